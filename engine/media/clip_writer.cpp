// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/clip_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "engine/media/atomic_file.h"
#include "engine/media/ffmpeg.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace kinora::media {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using namespace std::string_view_literals;

// x264's output depends on its number of threads, so the number is ours and not the machine's.
constexpr int kEncoderThreads = 4;
constexpr std::size_t kIoBuffer = 1 << 18;

#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WriteBytes = const std::uint8_t*;
#else
using WriteBytes = std::uint8_t*;
#endif

/// What FFmpeg's muxer writes through. The first error is kept: the muxer reports some failures only as its own.
struct Output {
  AtomicFile file;
  std::int64_t position = 0;
  std::int64_t size = 0;
  int error = 0;

  static int write(void* opaque, WriteBytes data, int count) {
    auto& self = *static_cast<Output*>(opaque);
    if (self.error == 0) self.error = self.file.writeAt(data, static_cast<std::size_t>(count), self.position);
    if (self.error != 0) return AVERROR(self.error);
    self.position += count;
    self.size = std::max(self.size, self.position);
    return count;
  }

  static std::int64_t seek(void* opaque, std::int64_t offset, int whence) {
    auto& self = *static_cast<Output*>(opaque);
    switch (whence & ~AVSEEK_FORCE) {
      case AVSEEK_SIZE:
        return self.size;
      case SEEK_SET:
        self.position = offset;
        break;
      case SEEK_CUR:
        self.position += offset;
        break;
      case SEEK_END:
        self.position = self.size + offset;
        break;
      default:
        return AVERROR(EINVAL);
    }
    return self.position;
  }
};

struct AvioDeleter {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

Result<void> checkOptions(const ClipWriterOptions& o) {
  const std::string size = std::to_string(o.size.width) + "x" + std::to_string(o.size.height);
  if (o.size.isEmpty() || o.size.width % 2 != 0 || o.size.height % 2 != 0) {
    return Error{ErrorCode::InvalidInput, "H.264 4:2:0 needs an even size; got " + size, "size"};
  }
  if (o.size.width > 16384 || o.size.height > 16384) {
    return Error{ErrorCode::InvalidInput, "the size is too large; expected at most 16384 a side, got " + size, "size"};
  }
  if (!o.fps.isPositive() || o.fps > core::Rational(1000) || o.fps.den() > 1'000'000 || o.fps.num() > 1'000'000'000) {
    return Error{ErrorCode::InvalidInput,
                 "frame rate cannot be; expected above 0 and up to 1000, got " + o.fps.toString(), "fps"};
  }
  if (o.crf < 1 || o.crf > 51) {
    return Error{ErrorCode::InvalidInput, "crf cannot be; expected 1 to 51, got " + std::to_string(o.crf), "crf"};
  }
  // x264 would say this on stderr.
  constexpr std::array kPresets{"ultrafast"sv, "superfast"sv, "veryfast"sv, "faster"sv,  "fast"sv,
                                "medium"sv,    "slow"sv,      "slower"sv,   "veryslow"sv};
  if (std::find(kPresets.begin(), kPresets.end(), o.preset) == kPresets.end()) {
    return Error{ErrorCode::InvalidInput, "no such x264 preset; expected ultrafast to veryslow, got " + o.preset,
                 "preset"};
  }
  return {};
}

}  // namespace

struct ClipWriter::Impl {
  explicit Impl(AtomicFile file) : output{std::move(file)} {}

  ClipWriterOptions options;
  Output output;
  std::unique_ptr<AVIOContext, AvioDeleter> io;
  FfmpegPtr<AVFormatContext> format;
  FfmpegPtr<AVCodecContext> encoder;
  FfmpegPtr<SwsContext> scaler;
  FfmpegPtr<AVFrame> rgb;
  FfmpegPtr<AVFrame> yuv;
  FfmpegPtr<AVPacket> packet;
  AVStream* stream = nullptr;  ///< owned by format
  std::int64_t frames = 0;
  bool closed = false;  ///< finished or failed

  Error failure(const char* what, int code) const {
    if (output.error != 0) return writeError(output.error, output.file.target());
    if (code == AVERROR(ENOMEM)) return {ErrorCode::OutOfMemory, "no memory to encode the clip", output.file.target()};
    return {ErrorCode::Internal, std::string(what) + ": " + ffmpegError(code), output.file.target()};
  }

  Result<void> openEncoder();
  Result<void> openMuxer();
  Result<void> openScaler();
  Result<void> encode(const AVFrame* frame, const std::stop_token& stop = {});
};

Result<void> ClipWriter::Impl::openEncoder() {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (!codec) return Error{ErrorCode::Unsupported, "this FFmpeg has no libx264 encoder", "H.264"};
  encoder.reset(avcodec_alloc_context3(codec));
  if (!encoder) return Error{ErrorCode::OutOfMemory, "no memory for the encoder", "H.264"};
  AVCodecContext& c = *encoder;
  c.width = options.size.width;
  c.height = options.size.height;
  c.pix_fmt = AV_PIX_FMT_YUV420P;
  c.framerate = {static_cast<int>(options.fps.num()), static_cast<int>(options.fps.den())};
  c.time_base = {c.framerate.den, c.framerate.num};
  c.sample_aspect_ratio = {1, 1};
  c.color_primaries = AVCOL_PRI_BT709;
  c.color_trc = AVCOL_TRC_BT709;
  c.colorspace = AVCOL_SPC_BT709;
  c.color_range = AVCOL_RANGE_MPEG;
  c.chroma_sample_location = AVCHROMA_LOC_LEFT;
  c.profile = FF_PROFILE_H264_HIGH;
  // A key frame a second: scrubbing decodes at most that much.
  c.gop_size = static_cast<int>(std::max<std::int64_t>(1, options.fps.round()));
  c.thread_count = kEncoderThreads;
  c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  if (av_opt_set(c.priv_data, "preset", options.preset.c_str(), 0) < 0 ||
      av_opt_set_double(c.priv_data, "crf", options.crf, 0) < 0 ||
      // Without this x264 picks some algorithms by processor, and the bytes differ between machines.
      av_opt_set(c.priv_data, "x264-params", "cpu-independent=1:lookahead-threads=1", 0) < 0) {
    return Error{ErrorCode::Internal, "libx264 refused an option", "H.264"};
  }
  if (const int code = avcodec_open2(&c, codec, nullptr); code < 0) {
    return Error{ErrorCode::Unsupported, "the encoder did not open: " + ffmpegError(code), "H.264"};
  }
  return {};
}

Result<void> ClipWriter::Impl::openMuxer() {
  AVFormatContext* context = nullptr;
  if (const int code = avformat_alloc_output_context2(&context, nullptr, "mp4", nullptr); code < 0) {
    return failure("the MP4 writer did not open", code);
  }
  format.reset(context);
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kIoBuffer));
  if (!buffer) return Error{ErrorCode::OutOfMemory, "no memory for the writer", output.file.target()};
  io.reset(avio_alloc_context(buffer, static_cast<int>(kIoBuffer), 1, &output, nullptr, &Output::write, &Output::seek));
  if (!io) {
    av_free(buffer);
    return Error{ErrorCode::OutOfMemory, "no memory for the writer", output.file.target()};
  }
  format->pb = io.get();
  format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  // faststart moves the index to the front in a second pass, for which the muxer opens the file by this name to read.
  format->url = av_strdup(fileUrl(output.file.temporaryPath()).c_str());
  stream = avformat_new_stream(format.get(), nullptr);
  if (!stream || !format->url) return Error{ErrorCode::OutOfMemory, "no memory for the writer", output.file.target()};
  stream->time_base = encoder->time_base;
  stream->avg_frame_rate = stream->r_frame_rate = encoder->framerate;
  if (const int code = avcodec_parameters_from_context(stream->codecpar, encoder.get()); code < 0) {
    return failure("the stream's parameters were refused", code);
  }
  if (!options.recipe.empty()) {
    av_dict_set(&format->metadata, "comment", options.recipe.c_str(), 0);
    av_dict_set(&format->metadata, "description", options.recipe.c_str(), 0);
  }
  if (!options.title.empty()) av_dict_set(&format->metadata, "title", options.title.c_str(), 0);
  AVDictionary* muxerOptions = nullptr;
  av_dict_set(&muxerOptions, "movflags", "+faststart", 0);
  const int code = avformat_write_header(format.get(), &muxerOptions);
  av_dict_free(&muxerOptions);
  if (code < 0) return failure("the file's header could not be written", code);
  return {};
}

Result<void> ClipWriter::Impl::openScaler() {
  const auto [width, height] = options.size;
  scaler.reset(sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUV420P, scaleFlags(), nullptr,
                              nullptr, nullptr));
  const int* bt709 = sws_getCoefficients(SWS_CS_ITU709);
  rgb = allocateFrame(AV_PIX_FMT_RGB24, options.size);
  yuv = allocateFrame(AV_PIX_FMT_YUV420P, options.size);
  packet.reset(av_packet_alloc());
  if (!scaler || !rgb || !yuv || !packet) {
    return Error{ErrorCode::OutOfMemory, "no memory for the writer", output.file.target()};
  }
  // Full-range RGB in, limited-range BT.709 out.
  if (sws_setColorspaceDetails(scaler.get(), bt709, 1, bt709, 0, 0, 1 << 16, 1 << 16) < 0) {
    return Error{ErrorCode::Internal, "swscale refused BT.709", output.file.target()};
  }
  return {};
}

Result<void> ClipWriter::Impl::encode(const AVFrame* frame, const std::stop_token& stop) {
  if (const int code = avcodec_send_frame(encoder.get(), frame); code < 0) return failure("encoding failed", code);
  for (;;) {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "writing was cancelled", output.file.target()};
    const int got = avcodec_receive_packet(encoder.get(), packet.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
    if (got < 0) return failure("encoding failed", got);
    // libx264 leaves the duration open, and the muxer would then guess the last frame's.
    packet->duration = 1;
    packet->stream_index = stream->index;
    av_packet_rescale_ts(packet.get(), encoder->time_base, stream->time_base);
    const int code = av_interleaved_write_frame(format.get(), packet.get());
    if (code < 0 || output.error != 0) return failure("writing failed", code);
  }
}

ClipWriter::ClipWriter(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ClipWriter::~ClipWriter() = default;

Result<std::unique_ptr<ClipWriter>> ClipWriter::create(const std::string& path, const ClipWriterOptions& options) {
  silenceFfmpeg();
  if (auto checked = checkOptions(options); !checked) return checked.error();
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) return file.error();
  auto impl = std::make_unique<Impl>(std::move(file).value());
  impl->options = options;
  if (auto opened = impl->openEncoder(); !opened) return opened.error();
  if (auto opened = impl->openScaler(); !opened) return opened.error();
  if (auto opened = impl->openMuxer(); !opened) return opened.error();
  return std::unique_ptr<ClipWriter>(new ClipWriter(std::move(impl)));
}

Result<void> ClipWriter::push(const core::Frame& frame) {
  Impl& d = *m_impl;
  if (d.closed)
    return Error{ErrorCode::InvalidInput, "the clip is closed; no frame can follow", d.output.file.target()};
  if (frame.isNull() || frame.size() != d.options.size) {
    return Error{ErrorCode::InvalidInput,
                 "frame of another size; expected " + std::to_string(d.options.size.width) + "x" +
                     std::to_string(d.options.size.height) + ", got " + std::to_string(frame.width()) + "x" +
                     std::to_string(frame.height()),
                 d.output.file.target()};
  }
  // Through rows padded to what swscale's vector code reads; a packed frame may end at a page's end.
  for (int y = 0; y < frame.height(); ++y) {
    std::memcpy(d.rgb->data[0] + static_cast<std::ptrdiff_t>(y) * d.rgb->linesize[0], frame.row(y), frame.stride());
  }
  if (const int code = av_frame_make_writable(d.yuv.get()); code < 0) return d.failure("no frame buffer", code);
  sws_scale(d.scaler.get(), d.rgb->data, d.rgb->linesize, 0, frame.height(), d.yuv->data, d.yuv->linesize);
  d.yuv->pts = d.frames++;
  Result<void> encoded = d.encode(d.yuv.get());
  if (!encoded) d.closed = true;
  return encoded;
}

Result<core::ClipInfo> ClipWriter::finish(std::stop_token stop) {
  Impl& d = *m_impl;
  const std::string& target = d.output.file.target();
  if (d.closed) return Error{ErrorCode::InvalidInput, "the clip is closed already", target};
  if (d.frames == 0) return Error{ErrorCode::InvalidInput, "a clip needs at least one frame; got none", target};
  d.closed = true;
  if (auto flushed = d.encode(nullptr, stop); !flushed) return flushed.error();
  const int code = av_write_trailer(d.format.get());
  avio_flush(d.io.get());
  if (code < 0 || d.output.error != 0) return d.failure("the file's index could not be written", code);
  Result<std::string> sha = d.output.file.sha256();
  if (!sha) return sha.error();
  if (auto committed = d.output.file.commit(); !committed) return committed.error();
  core::ClipInfo info;
  info.kind = core::MediaKind::Video;
  info.path = target;
  info.size = d.options.size;
  info.frames = d.frames;
  info.fps = d.options.fps;
  info.duration = core::Rational(d.frames) / d.options.fps;
  info.codec = "h264";
  info.recipe = d.options.recipe;
  info.sha256 = std::move(sha).value();
  return info;
}

}  // namespace kinora::media
