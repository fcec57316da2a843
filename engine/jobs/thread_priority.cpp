// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/jobs/thread_priority.h"

#include <sys/resource.h>

namespace kinora::jobs {

void yieldToTheWindow() {
  constexpr int kNice = 10;
  // A refusal costs smoothness only, and there is nothing to be done about it.
  (void)setpriority(PRIO_PROCESS, 0, kNice);
}

}  // namespace kinora::jobs
