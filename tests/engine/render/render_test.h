// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/media/clip_writer.h"
#include "engine/project/project.h"
#include "tests/engine/media/media_test.h"

namespace kinora::test {

/// Writes frames numbered from first to path.
inline core::ClipInfo writeNumbered(const std::string& path, core::Size size, core::Rational fps, int frames,
                                    int first = 0) {
  media::ClipWriterOptions o;
  o.size = size;
  o.fps = fps;
  auto writer = media::ClipWriter::create(path, o);
  REQUIRE(writer.ok());
  for (int i = 0; i < frames; ++i)
    REQUIRE(writer.value()->push(numberedFrame(size.width, size.height, first + i)).ok());
  auto info = writer.value()->finish();
  REQUIRE(info.ok());
  return *info;
}

inline project::Asset assetOf(const char* id, const core::ClipInfo& info) {
  project::Asset asset;
  asset.id = asset.takeGroup = asset.name = id;
  asset.info = info;
  return asset;
}

inline project::Clip clipOf(const char* asset, std::int64_t start, std::int64_t length, std::int64_t in = 0) {
  project::Clip clip;
  clip.id = std::string("clip-") + asset + "-" + std::to_string(start);
  clip.asset = asset;
  clip.start = start;
  clip.length = length;
  clip.in = in;
  return clip;
}

/// An empty project of 128×80 at 24 frames a second.
inline project::Project smallProject() {
  project::Project p = project::newProject();
  p.size = {128, 80};
  p.fps = 24;
  return p;
}

inline bool isBlack(const core::Frame& frame) {
  return !frame.isNull() &&
         std::all_of(frame.data(), frame.data() + frame.byteCount(), [](std::uint8_t v) { return v == 0; });
}

}  // namespace kinora::test
