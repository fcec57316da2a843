// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/clip_reader.h"

#include <algorithm>
#include <thread>

#include "engine/media/demuxer.h"
#include "engine/media/ffmpeg.h"
#include "engine/media/orientation.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace kinora::media {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

constexpr int kMaxDecoderThreads = 4;
/// Decoding on beats seeking when the wanted frame is at most this many frames ahead.
constexpr std::int64_t kDecodeOnFrames = 12;

/// swscale's number of the matrix a frame is coded in. Untagged: what players take, by the number of lines.
int matrixOf(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }
}

/// The old "J" formats are plain ones in full range; swscale warns about them.
AVPixelFormat plainFormat(AVPixelFormat format, bool& fullRange) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      fullRange = true;
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      fullRange = true;
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      fullRange = true;
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      fullRange = true;
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      fullRange = true;
      return AV_PIX_FMT_YUV411P;
    default:
      return format;
  }
}

}  // namespace

struct ClipReader::Impl {
  std::string path;
  core::ClipInfo info;
  FrameIndex index;
  bool counted = false;  ///< no display times in the file: pictures are numbered as they come
  int orientation = 1;
  core::Size stored;  ///< square pixels, before rotation

  InputPtr input;
  AVStream* stream = nullptr;  ///< owned by input
  FfmpegPtr<AVCodecContext> decoder;
  FfmpegPtr<AVPacket> packet;
  FfmpegPtr<AVFrame> current, ahead;  ///< the last picture at or before the wanted time, and the one after it
  bool hasCurrent = false, hasAhead = false, drained = false, atStart = false;
  std::int64_t currentTime = 0, aheadTime = 0, counter = 0;

  SwsContext* scaler = nullptr;
  FfmpegPtr<AVFrame> rgb;

  ~Impl() { sws_freeContext(scaler); }

  Error corrupt(const std::string& what) const { return {ErrorCode::Corrupt, what, path}; }
  Result<void> openStream();
  Result<void> countFrames();
  Result<void> restart();
  Result<void> seek(std::int64_t time);
  /// Next picture into ahead; false at the end.
  Result<bool> decodeNext();
  Result<void> decodeTo(std::int64_t time);
  Result<core::Frame> convert(core::Size size);
};

Result<void> ClipReader::Impl::openStream() {
  Result<InputPtr> opened = openInput(path);
  if (!opened) return opened.error();
  input = std::move(opened).value();
  stream = videoStream(*input);
  if (!stream) return noVideo(*input, path);
  const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
  if (!codec) {
    return Error{ErrorCode::Unsupported, std::string("no decoder for ") + avcodec_get_name(stream->codecpar->codec_id),
                 path};
  }
  decoder.reset(avcodec_alloc_context3(codec));
  packet.reset(av_packet_alloc());
  current.reset(av_frame_alloc());
  ahead.reset(av_frame_alloc());
  if (!decoder || !packet || !current || !ahead)
    return Error{ErrorCode::OutOfMemory, "no memory for the decoder", path};
  if (const int code = avcodec_parameters_to_context(decoder.get(), stream->codecpar); code < 0) {
    return corrupt("the stream's parameters are wrong: " + ffmpegError(code));
  }
  decoder->thread_count = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxDecoderThreads);
  decoder->pkt_timebase = stream->time_base;
  if (const int code = avcodec_open2(decoder.get(), codec, nullptr); code < 0) {
    return corrupt("the decoder did not open: " + ffmpegError(code));
  }
  return {};
}

/// From the first packet on, whatever the container can do.
Result<void> ClipReader::Impl::restart() {
  decoder.reset();
  if (auto opened = openStream(); !opened) return opened;
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    if (input->streams[i] != stream) input->streams[i]->discard = AVDISCARD_ALL;
  }
  hasCurrent = hasAhead = drained = false;
  counter = 0;
  atStart = true;
  return {};
}

Result<void> ClipReader::Impl::countFrames() {
  counted = true;
  const core::Rational rates[] = {{stream->avg_frame_rate.num, stream->avg_frame_rate.den},
                                  {stream->r_frame_rate.num, stream->r_frame_rate.den}};
  if (auto restarted = restart(); !restarted) return restarted;
  for (;;) {
    Result<bool> more = decodeNext();
    if (!more) return more.error();
    if (!*more) break;
    index.times.push_back(aheadTime);
    hasAhead = false;
  }
  if (index.times.empty()) return corrupt("no frame of the video can be decoded");
  index.frames = static_cast<std::int64_t>(index.times.size());
  index.fps = core::Rational(25);
  for (const core::Rational& rate : rates) {
    if (!rate.isPositive() || rate > core::Rational(1000)) continue;
    index.fps = rate;
    break;
  }
  return {};
}

Result<void> ClipReader::Impl::seek(std::int64_t time) {
  if (counted) return restart();
  const std::int64_t key = index.keyBefore(time);
  if (key <= index.times.front() || av_seek_frame(input.get(), stream->index, key, AVSEEK_FLAG_BACKWARD) < 0) {
    return restart();
  }
  avcodec_flush_buffers(decoder.get());
  hasCurrent = hasAhead = drained = false;
  atStart = false;
  return {};
}

Result<bool> ClipReader::Impl::decodeNext() {
  for (;;) {
    av_frame_unref(ahead.get());
    const int got = avcodec_receive_frame(decoder.get(), ahead.get());
    if (got >= 0) {
      const std::int64_t time = counted ? counter++ : ahead->best_effort_timestamp;
      if (time == AV_NOPTS_VALUE) continue;
      aheadTime = time;
      hasAhead = true;
      return true;
    }
    if (got == AVERROR_EOF) return false;
    if (got == AVERROR(ENOMEM)) return Error{ErrorCode::OutOfMemory, "no memory to decode the video", path};
    if (got != AVERROR(EAGAIN)) return corrupt("the video cannot be decoded: " + ffmpegError(got));
    if (drained) return false;
    int code = 0;
    do {
      av_packet_unref(packet.get());
      code = av_read_frame(input.get(), packet.get());
    } while (code >= 0 && packet->stream_index != stream->index);
    if (code < 0 && code != AVERROR_EOF) return corrupt("the file cannot be read on: " + ffmpegError(code));
    drained = code < 0;
    const int sent = avcodec_send_packet(decoder.get(), drained ? nullptr : packet.get());
    av_packet_unref(packet.get());
    if (sent == AVERROR(ENOMEM)) return Error{ErrorCode::OutOfMemory, "no memory to decode the video", path};
    // One damaged packet is skipped: the decoder goes on at the next one, and the frame before stays on screen.
    if (sent < 0 && sent != AVERROR_INVALIDDATA && sent != AVERROR_EOF) {
      return corrupt("the video cannot be decoded: " + ffmpegError(sent));
    }
  }
}

/// Leaves in current the last picture at or before time.
Result<void> ClipReader::Impl::decodeTo(std::int64_t time) {
  for (;;) {
    if (hasCurrent && currentTime == time) return {};
    if (!hasAhead) {
      Result<bool> more = decodeNext();
      if (!more) return more.error();
      if (!*more) {
        if (hasCurrent) return {};
        if (atStart) return corrupt("no frame of the video can be decoded");
        if (auto restarted = restart(); !restarted) return restarted;
        continue;
      }
    }
    if (aheadTime > time) {
      if (hasCurrent) return {};
      if (!atStart) {  // the seek landed behind the wanted frame
        if (auto restarted = restart(); !restarted) return restarted;
        continue;
      }
    }
    std::swap(current, ahead);
    currentTime = aheadTime;
    hasCurrent = true;
    hasAhead = false;
    if (currentTime >= time) return {};
  }
}

Result<core::Frame> ClipReader::Impl::convert(core::Size size) {
  const core::Size target = size.isEmpty() ? stored : orientedSize(size, orientation);
  bool fullRange = current->color_range == AVCOL_RANGE_JPEG;
  const AVPixelFormat format = plainFormat(static_cast<AVPixelFormat>(current->format), fullRange);
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  if (!descriptor || (descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL)) {
    return Error{ErrorCode::Unsupported, "the video's pixel format cannot be shown", path};
  }
  if (descriptor->flags & AV_PIX_FMT_FLAG_RGB) fullRange = true;
  scaler = sws_getCachedContext(scaler, current->width, current->height, format, target.width, target.height,
                                AV_PIX_FMT_RGB24, scaleFlags(), nullptr, nullptr, nullptr);
  if (!scaler) {
    return Error{ErrorCode::Unsupported,
                 std::string("no conversion from ") + descriptor->name + " at " + std::to_string(current->width) + "x" +
                     std::to_string(current->height),
                 path};
  }
  const int* matrix = sws_getCoefficients(matrixOf(*current));
  sws_setColorspaceDetails(scaler, matrix, fullRange ? 1 : 0, matrix, 1, 0, 1 << 16, 1 << 16);
  if (!rgb || rgb->width != target.width || rgb->height != target.height) {
    rgb = allocateFrame(AV_PIX_FMT_RGB24, target);
    if (!rgb) return Error{ErrorCode::OutOfMemory, "no memory for a frame", path};
  }
  sws_scale(scaler, current->data, current->linesize, 0, current->height, rgb->data, rgb->linesize);
  return applyOrientation(packFrame(*rgb), orientation);
}

ClipReader::ClipReader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ClipReader::~ClipReader() = default;

Result<std::unique_ptr<ClipReader>> ClipReader::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  Impl& d = *impl;
  d.path = path;
  if (auto opened = d.openStream(); !opened) return opened.error();
  Result<FrameIndex> index = scanPackets(*d.input, *d.stream);
  if (!index) return Error{index.error().code, index.error().message, path};
  d.index = std::move(index).value();
  d.orientation = streamOrientation(*d.stream);
  d.stored = squareSize(*d.stream);
  if (d.index.times.empty()) {
    if (auto counted = d.countFrames(); !counted) return counted.error();
  }
  d.info = describe(*d.input, path);
  d.info.frames = d.index.frames;
  d.info.fps = d.index.fps;
  d.info.duration = core::Rational(d.index.frames) / d.index.fps;
  // The scan stands at the file's end; the first frame() call begins anew.
  d.drained = true;
  return std::unique_ptr<ClipReader>(new ClipReader(std::move(impl)));
}

const core::ClipInfo& ClipReader::info() const {
  return m_impl->info;
}

Result<core::Frame> ClipReader::frame(std::int64_t number, core::Size size) {
  Impl& d = *m_impl;
  if (number < 0 || number >= d.info.frames) {
    return Error{
        ErrorCode::InvalidInput,
        "no such frame; expected 0 to " + std::to_string(d.info.frames - 1) + ", got " + std::to_string(number),
        d.path};
  }
  const std::int64_t time = d.index.timeOf(number);
  const auto& times = d.index.times;
  const auto steps = d.hasCurrent ? std::lower_bound(times.begin(), times.end(), time) -
                                        std::lower_bound(times.begin(), times.end(), d.currentTime)
                                  : -1;
  if (!(d.hasCurrent && d.currentTime == time)) {
    const bool nearby = steps >= 0 && (steps <= kDecodeOnFrames || d.counted ||
                                       (!d.counted && d.index.keyBefore(time) <= d.currentTime));
    const bool fresh = !d.hasCurrent && d.atStart && !d.drained;
    if (!nearby && !(fresh && number == 0)) {
      if (auto sought = d.seek(time); !sought) return sought.error();
    }
    if (auto decoded = d.decodeTo(time); !decoded) return decoded.error();
  }
  return d.convert(size);
}

}  // namespace kinora::media
