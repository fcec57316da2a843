// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

#include "engine/core/frame.h"
#include "engine/core/rational.h"
#include "engine/core/result.h"

// Ownership and small helpers over FFmpeg's C API; private to engine/media.
namespace kinora::media {

struct FfmpegDeleter {
  void operator()(AVFormatContext* p) const { avformat_free_context(p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(SwsContext* p) const { sws_freeContext(p); }
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
inline constexpr int kScaleFlags =
    SWS_BICUBIC | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_ACCURATE_RND | SWS_BITEXACT;

/// Copies packed RGB24 rows out of an AVFrame, whose rows are padded for swscale's vector code.
core::Frame packFrame(const AVFrame& rgb);
/// A frame with buffers of its own; null when memory is short.
FfmpegPtr<AVFrame> allocateFrame(AVPixelFormat format, core::Size size);

}  // namespace kinora::media
