// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame.h"
#include "engine/core/result.h"

namespace kinora::core {

/// Takes finished frames in display order, one at a time, from one thread. An error stops the producer.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual Result<void> push(const Frame& frame) = 0;
};

}  // namespace kinora::core
