// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/ffmpeg.h"

#include <cstring>
#include <mutex>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace kinora::media {

void FfmpegDeleter::operator()(AVFormatContext* p) const {
  avformat_free_context(p);
}
void FfmpegDeleter::operator()(AVCodecContext* p) const {
  avcodec_free_context(&p);
}
void FfmpegDeleter::operator()(AVFrame* p) const {
  av_frame_free(&p);
}
void FfmpegDeleter::operator()(AVPacket* p) const {
  av_packet_free(&p);
}
void FfmpegDeleter::operator()(SwsContext* p) const {
  sws_freeContext(p);
}

int scaleFlags() {
  return SWS_BICUBIC | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_ACCURATE_RND | SWS_BITEXACT;
}

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

FfmpegPtr<AVFrame> allocateFrame(int format, core::Size size) {
  FfmpegPtr<AVFrame> frame(av_frame_alloc());
  if (!frame) return nullptr;
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  if (av_frame_get_buffer(frame.get(), 64) < 0) return nullptr;
  return frame;
}

}  // namespace kinora::media
