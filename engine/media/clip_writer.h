// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "engine/core/clip_info.h"
#include "engine/core/frame_sink.h"
#include "engine/core/rational.h"

namespace kinora::media {

struct ClipWriterOptions {
  core::Size size;  ///< even width and height
  core::Rational fps;
  int crf = 17;                   ///< x264 constant rate factor
  std::string preset = "medium";  ///< x264 preset
  std::string recipe;             ///< request JSON, written as the container's comment
  std::string title;
};

/// H.264 High, yuv420p, BT.709 limited range and tagged so, MP4 with +faststart. Writes to a temporary file beside the
/// target and renames it after fsync in finish(); destroyed without finish(), it leaves nothing. One thread.
/// The same frames and options give the same bytes.
class ClipWriter : public core::FrameSink {
 public:
  /// NotWritable, InvalidInput (odd size, no rate) or Unsupported (no encoder).
  static core::Result<std::unique_ptr<ClipWriter>> create(const std::string& path, const ClipWriterOptions& options);
  ~ClipWriter() override;

  core::Result<void> push(const core::Frame& frame) override;
  /// Flushes, fsyncs, renames; gives what was written, with its SHA-256. Needs at least one frame.
  /// Cancelled soon after stop (the encoder still holds some dozens of frames): nothing is left then.
  core::Result<core::ClipInfo> finish(std::stop_token stop = {});

 private:
  struct Impl;
  explicit ClipWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::media
