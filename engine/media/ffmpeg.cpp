// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/ffmpeg.h"

#include <cstring>
#include <mutex>

namespace kinora::media {

void silenceFfmpeg() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });
}

std::string ffmpegError(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

std::string fileUrl(const std::string& path) {
  return "file:" + path;
}

core::Frame packFrame(const AVFrame& rgb) {
  const std::size_t rowBytes = static_cast<std::size_t>(rgb.width) * 3;
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[rowBytes * static_cast<std::size_t>(rgb.height)]);
  for (int y = 0; y < rgb.height; ++y) {
    std::memcpy(pixels.get() + static_cast<std::size_t>(y) * rowBytes,
                rgb.data[0] + static_cast<std::ptrdiff_t>(y) * rgb.linesize[0], rowBytes);
  }
  return {rgb.width, rgb.height, std::move(pixels)};
}

FfmpegPtr<AVFrame> allocateFrame(AVPixelFormat format, core::Size size) {
  FfmpegPtr<AVFrame> frame(av_frame_alloc());
  if (!frame) return nullptr;
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  if (av_frame_get_buffer(frame.get(), 64) < 0) return nullptr;
  return frame;
}

}  // namespace kinora::media
