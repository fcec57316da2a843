// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/rational.h"
#include "engine/core/result.h"

namespace kinora::runtime {

/// How many frames of a video are wanted, and how dense.
struct FrameRange {
  core::Rational fps;      ///< the video is seen at this rate
  std::int64_t count = 0;  ///< at most this many, from its beginning
  int maxSide = 0;         ///< larger frames are scaled down
};

/// Frames of a video for the model, or one of a picture; none for an empty path. Errors: those of the reader,
/// Cancelled.
core::Result<std::vector<core::Frame>> loadFrames(const std::string& path, const FrameRange& range,
                                                  std::stop_token stop);
/// Pictures at full size, in the order given.
core::Result<std::vector<core::Frame>> loadPictures(const std::vector<std::string>& paths);

}  // namespace kinora::runtime
