// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runtime/input_frames.h"

#include "engine/media/clip_reader.h"
#include "engine/media/picture.h"

namespace kinora::runtime {

core::Result<std::vector<core::Frame>> loadFrames(const std::string& path, const FrameRange& range,
                                                  std::stop_token stop) {
  if (path.empty()) return std::vector<core::Frame>();
  if (media::isPicture(path)) return loadPictures({path});
  auto reader = media::ClipReader::open(path);
  if (!reader) return reader.error();
  const core::ClipInfo& info = (*reader)->info();
  const core::Size size = media::limitedSize(info.size, range.maxSide);
  std::vector<core::Frame> frames;
  for (std::int64_t i = 0; i < range.count; ++i) {
    if (stop.stop_requested()) return core::Error{core::ErrorCode::Cancelled, "cancelled", path};
    const std::int64_t index = (core::Rational(i) * info.fps / range.fps).floor();
    if (index >= info.frames) break;
    auto frame = (*reader)->frame(index, size);
    if (!frame) return frame.error();
    frames.push_back(std::move(frame).value());
  }
  return frames;
}

core::Result<std::vector<core::Frame>> loadPictures(const std::vector<std::string>& paths) {
  std::vector<core::Frame> pictures;
  for (const std::string& path : paths) {
    auto picture = media::loadPicture(path);
    if (!picture) return picture.error();
    pictures.push_back(std::move(picture).value());
  }
  return pictures;
}

}  // namespace kinora::runtime
