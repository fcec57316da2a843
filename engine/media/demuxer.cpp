// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/demuxer.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <sys/stat.h>

#include "engine/media/orientation.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
}

namespace kinora::media {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

core::Rational toRational(AVRational r) {
  return {r.num, r.den};
}

/// A name from metadata that may hold a request: only JSON objects count.
std::string recipeOf(const AVDictionary* metadata) {
  for (const char* key : {"comment", "description"}) {
    const AVDictionaryEntry* entry = av_dict_get(metadata, key, nullptr, 0);
    if (entry && entry->value && entry->value[0] == '{') return entry->value;
  }
  return {};
}

Result<void> checkFile(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const ErrorCode code = errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Unreadable;
    return Error{code, std::string("the file cannot be opened: ") + std::strerror(errno), path};
  }
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::Unreadable, "not a file", path};
  if (status.st_size == 0) return Error{ErrorCode::Unreadable, "the file is empty (0 bytes)", path};
  return {};
}

}  // namespace

void InputDeleter::operator()(AVFormatContext* p) const {
  avformat_close_input(&p);
}

Result<InputPtr> openInput(const std::string& path) {
  silenceFfmpeg();
  if (auto checked = checkFile(path); !checked) return checked.error();
  AVDictionary* options = nullptr;
  // A playlist must not reach out to other machines.
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVFormatContext* context = nullptr;
  const int opened = avformat_open_input(&context, fileUrl(path).c_str(), nullptr, &options);
  av_dict_free(&options);
  if (opened == AVERROR(ENOMEM)) return Error{ErrorCode::OutOfMemory, "no memory to open the file", path};
  if (opened == AVERROR(EACCES)) return Error{ErrorCode::Unreadable, "no permission to read the file", path};
  if (opened < 0) {
    return Error{ErrorCode::Unreadable, "not a media file, or one that is damaged at its start: " + ffmpegError(opened),
                 path};
  }
  InputPtr input(context);
  const std::string_view name = input->iformat->name;
  if (name == "tty" || name == "image2" || name.ends_with("_pipe")) {
    return Error{ErrorCode::Unsupported, "expected a video, got a picture or a text", path};
  }
  if (const int found = avformat_find_stream_info(input.get(), nullptr); found < 0) {
    return Error{ErrorCode::Corrupt, "the streams cannot be read: " + ffmpegError(found), path};
  }
  return input;
}

AVStream* videoStream(AVFormatContext& input) {
  AVStream* best = nullptr;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    AVStream* s = input.streams[i];
    if (s->codecpar->codec_type != AVMEDIA_TYPE_VIDEO || (s->disposition & AV_DISPOSITION_ATTACHED_PIC) ||
        s->codecpar->width <= 0 || s->codecpar->height <= 0) {
      continue;
    }
    const bool better =
        !best || ((s->disposition & AV_DISPOSITION_DEFAULT) && !(best->disposition & AV_DISPOSITION_DEFAULT));
    if (better) best = s;
  }
  return best;
}

Error noVideo(const AVFormatContext& input, const std::string& path) {
  bool promised = input.nb_streams == 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& s = *input.streams[i];
    promised =
        promised || (s.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(s.disposition & AV_DISPOSITION_ATTACHED_PIC));
  }
  if (promised) return {ErrorCode::Corrupt, "the file is damaged or cut short: its header describes no picture", path};
  return {ErrorCode::Unsupported, "the file holds no video", path};
}

int streamOrientation(const AVStream& stream) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVPacketSideData* side = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  if (!side || side->size < 9 * sizeof(std::int32_t)) return 1;
  const std::uint8_t* bytes = side->data;
#else
  std::size_t size = 0;
  const std::uint8_t* bytes = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (!bytes || size < 9 * sizeof(std::int32_t)) return 1;
#endif
  std::int32_t matrix[9];
  std::memcpy(matrix, bytes, sizeof matrix);
  return orientationOfMatrix(matrix);
}

core::Size squareSize(const AVStream& stream) {
  core::Size size{stream.codecpar->width, stream.codecpar->height};
  AVRational aspect =
      stream.sample_aspect_ratio.num > 0 ? stream.sample_aspect_ratio : stream.codecpar->sample_aspect_ratio;
  if (aspect.num > 0 && aspect.den > 0 && aspect.num != aspect.den) {
    const double wide = size.width * av_q2d(aspect);
    if (wide >= 1 && wide <= 32768) size.width = static_cast<int>(std::lround(wide));
  }
  return size;
}

core::ClipInfo describe(AVFormatContext& input, const std::string& path) {
  core::ClipInfo info;
  std::error_code ignored;
  info.path = std::filesystem::absolute(path, ignored).lexically_normal().string();
  info.recipe = recipeOf(input.metadata);
  const AVStream* audio = nullptr;
  for (unsigned i = 0; i < input.nb_streams && !audio; ++i) {
    if (input.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) audio = input.streams[i];
  }
  info.hasAudio = audio != nullptr;
  if (const AVStream* video = videoStream(input)) {
    info.kind = core::MediaKind::Video;
    info.codec = avcodec_get_name(video->codecpar->codec_id);
    info.size = orientedSize(squareSize(*video), streamOrientation(*video));
    if (info.recipe.empty()) info.recipe = recipeOf(video->metadata);
  } else if (audio) {
    info.kind = core::MediaKind::Audio;
    info.codec = avcodec_get_name(audio->codecpar->codec_id);
    if (input.duration > 0) info.duration = core::Rational(input.duration, AV_TIME_BASE);
  }
  return info;
}

Result<FrameIndex> scanPackets(AVFormatContext& input, AVStream& stream) {
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    input.streams[i]->discard = input.streams[i] == &stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  const std::string path = input.url ? input.url : "";
  FfmpegPtr<AVPacket> packet(av_packet_alloc());
  if (!packet) return Error{ErrorCode::OutOfMemory, "no memory to read the file", path};
  FrameIndex index;
  index.timeBase = toRational(stream.time_base);
  bool timed = true, cut = false;
  std::int64_t packets = 0, lastTime = INT64_MIN, lastDuration = 0;
  int code = 0;
  for (; (code = av_read_frame(&input, packet.get())) >= 0; av_packet_unref(packet.get())) {
    if (packet->stream_index != stream.index) continue;
    ++packets;
    cut = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    if (packet->flags & AV_PKT_FLAG_DISCARD) continue;  // before the edit list's start
    if (packet->pts == AV_NOPTS_VALUE) {
      timed = false;
      continue;
    }
    index.times.push_back(packet->pts);
    if (packet->flags & AV_PKT_FLAG_KEY) index.keyTimes.push_back(packet->pts);
    if (packet->pts > lastTime) {
      lastTime = packet->pts;
      lastDuration = packet->duration;
    }
  }
  // MP4 and its kin list every sample up front: fewer packets mean that the end of the file is missing.
  const bool listed = std::strstr(input.iformat->name, "mp4") != nullptr;
  const std::int64_t expected = listed ? avformat_index_get_entries_count(&stream) : 0;
  if (cut || packets < expected || (code != AVERROR_EOF && packets == 0)) {
    return Error{ErrorCode::Corrupt,
                 "the file is cut short; expected " + std::to_string(std::max(expected, packets)) + " frames, got " +
                     std::to_string(cut ? packets - 1 : packets),
                 path};
  }
  if (packets == 0) return Error{ErrorCode::Corrupt, "the video stream holds no frame", path};
  if (!timed) {
    index.times.clear();
    index.keyTimes.clear();
    return index;
  }
  if (index.times.empty()) return Error{ErrorCode::Corrupt, "the video stream shows no frame", path};
  finishIndex(index, {toRational(stream.r_frame_rate), toRational(stream.avg_frame_rate)}, lastDuration);
  return index;
}

}  // namespace kinora::media
