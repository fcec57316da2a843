// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace kinora::jobs {

/// Makes the calling thread, and every thread it starts from now on, yield to the window: work takes all cores that
/// nobody else wants, and the window never waits for it. Linux gives each thread its own nice value.
void yieldToTheWindow();

}  // namespace kinora::jobs
