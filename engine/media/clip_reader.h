// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/core/clip_info.h"
#include "engine/core/frame.h"
#include "engine/core/result.h"

namespace kinora::media {

/// Reads any video FFmpeg opens. Frames are upright RGB, numbered from 0 in display order; for a variable rate the file
/// is seen at its average rate and each index shows the frame that is on screen at that time. One thread at a time.
class ClipReader {
 public:
  static core::Result<std::unique_ptr<ClipReader>> open(const std::string& path);
  ~ClipReader();

  const core::ClipInfo& info() const;
  /// Exact frame by index; sequential reads decode on, others seek. InvalidInput outside [0, frames).
  /// size empty: the clip's own; else scaled by swscale (bicubic, full chroma).
  core::Result<core::Frame> frame(std::int64_t index, core::Size size = {});

 private:
  struct Impl;
  explicit ClipReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::media
