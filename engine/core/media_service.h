// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/clip_info.h"
#include "engine/core/frame.h"
#include "engine/core/result.h"

namespace kinora::core {

/// Looks into media files for those who may not include FFmpeg or OpenCV (ui/). Implemented by engine/media.
/// All calls are blocking and thread-safe; none belongs on the UI thread.
class MediaService {
 public:
  virtual ~MediaService() = default;
  virtual Result<ClipInfo> probe(const std::string& path) = 0;
  /// The picture, upright, alpha over white; scaled down so that its longer side is at most maxSide (0: full size).
  virtual Result<Frame> picture(const std::string& path, int maxSide) = 0;
  /// Frame number index of a video (or the picture itself), scaled down likewise.
  virtual Result<Frame> frameAt(const std::string& path, std::int64_t index, int maxSide) = 0;
  /// Writes frame as PNG, atomically.
  virtual Result<void> writePng(const std::string& path, const Frame& frame) = 0;
};

}  // namespace kinora::core
