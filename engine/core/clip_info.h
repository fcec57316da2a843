// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/frame.h"
#include "engine/core/rational.h"

namespace kinora::core {

enum class MediaKind { Video, Picture, Audio };

/// What is known of a media file without its pixels. A picture has frames = 1 and fps = 0.
struct ClipInfo {
  MediaKind kind = MediaKind::Video;
  std::string path;  ///< absolute
  Size size;         ///< as displayed, after rotation
  std::int64_t frames = 0;
  Rational fps;
  Rational duration;  ///< seconds
  std::string codec;  ///< e.g. "h264"
  bool hasAudio = false;
  std::string recipe;  ///< request JSON found in the container's comment; empty if none
  std::string sha256;  ///< set by the writer only

  bool operator==(const ClipInfo&) const = default;
};

}  // namespace kinora::core
