// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "engine/core/frame.h"
#include "engine/core/rational.h"
#include "engine/core/result.h"

struct AVCodecContext;
struct AVFormatContext;
struct AVFrame;
struct AVPacket;
struct AVStream;
struct SwsContext;

// Ownership and small helpers over FFmpeg's C API; private to engine/media.
namespace kinora::media {

struct FfmpegDeleter {
  void operator()(AVFormatContext* p) const;
  void operator()(AVCodecContext* p) const;
  void operator()(AVFrame* p) const;
  void operator()(AVPacket* p) const;
  void operator()(SwsContext* p) const;
};
template <class T>
using FfmpegPtr = std::unique_ptr<T, FfmpegDeleter>;

/// Stops FFmpeg from writing to stderr: what fails comes back as an Error. Cheap to call again; any thread.
void silenceFfmpeg();
/// "Invalid data found when processing input"
std::string ffmpegError(int code);
/// A name FFmpeg takes for a local file whatever it looks like ("a:b.mp4").
std::string fileUrl(const std::string& path);

/// Flags for every conversion: full chroma, exact rounding, and the same bytes on every processor.
int scaleFlags();

/// Copies packed RGB24 rows out of an AVFrame, whose rows are padded for swscale's vector code.
core::Frame packFrame(const AVFrame& rgb);
/// A frame with buffers of its own, format an AVPixelFormat; null when memory is short.
FfmpegPtr<AVFrame> allocateFrame(int format, core::Size size);

}  // namespace kinora::media
