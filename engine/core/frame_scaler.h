// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame.h"
#include "engine/core/result.h"

namespace kinora::core {

/// Brings the frames of one clip to the size they are delivered in: each once, in display order, from one thread.
class FrameScaler {
 public:
  virtual ~FrameScaler() = default;
  virtual Result<Frame> scale(const Frame& frame) = 0;
};

}  // namespace kinora::core
