// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/project/project.h"

#include <algorithm>
#include <cstdio>
#include <random>

#include "engine/project/track_ops.h"

namespace kinora::project {
namespace {

constexpr core::Rational kPictureSeconds{5};

/// a × b rounded to the nearest whole, halves up, in 128 bits; at least 1, at most kMaxFrame.
std::int64_t framesFor(const core::Rational& seconds, const core::Rational& fps) {
  const auto num = static_cast<__int128>(seconds.num()) * fps.num();
  const auto den = static_cast<__int128>(seconds.den()) * fps.den();
  if (num <= 0) return 1;
  const __int128 rounded = num / den + (num % den >= (den + 1) / 2 ? 1 : 0);
  if (rounded < 1) return 1;
  return rounded > kMaxFrame ? kMaxFrame : static_cast<std::int64_t>(rounded);
}

}  // namespace

Id newId(const char* prefix) {
  std::random_device random;
  char digits[16];
  std::snprintf(digits, sizeof digits, "%06x%06x", random() & 0xFFFFFFu, random() & 0xFFFFFFu);
  return std::string(prefix) + digits;
}

std::int64_t Timeline::length() const {
  std::int64_t end = 0;
  for (const Track& track : tracks) {
    if (!track.clips.empty()) end = std::max(end, track.clips.back().end());
  }
  return end;
}

const Asset* Project::asset(const Id& id) const {
  const auto it = std::find_if(assets.begin(), assets.end(), [&](const Asset& a) { return a.id == id; });
  return it == assets.end() ? nullptr : &*it;
}

Asset* Project::asset(const Id& id) {
  const auto it = std::find_if(assets.begin(), assets.end(), [&](const Asset& a) { return a.id == id; });
  return it == assets.end() ? nullptr : &*it;
}

const Clip* Project::clip(const Id& id) const {
  for (const Track& track : timeline.tracks) {
    for (const Clip& clip : track.clips) {
      if (clip.id == id) return &clip;
    }
  }
  return nullptr;
}

int Project::trackOf(const Id& clip) const {
  for (std::size_t i = 0; i < timeline.tracks.size(); ++i) {
    for (const Clip& candidate : timeline.tracks[i].clips) {
      if (candidate.id == clip) return static_cast<int>(i);
    }
  }
  return -1;
}

std::int64_t Project::lengthInFrames(const Asset& asset) const {
  if (asset.info.kind == core::MediaKind::Picture) return framesFor(kPictureSeconds, fps);
  if (asset.info.duration.isPositive()) return framesFor(asset.info.duration, fps);
  if (!asset.info.fps.isPositive()) return 1;
  const core::Rational rate = asset.info.fps;
  const auto perFrame = core::Rational(rate.den(), rate.num());
  const auto num = static_cast<__int128>(asset.info.frames) * perFrame.num();
  return num > INT64_MAX ? kMaxFrame : framesFor(core::Rational(static_cast<std::int64_t>(num), perFrame.den()), fps);
}

std::vector<const Asset*> Project::takes(const Id& takeGroup) const {
  std::vector<const Asset*> found;
  for (const Asset& asset : assets) {
    if (!takeGroup.empty() && asset.takeGroup == takeGroup) found.push_back(&asset);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Asset* a, const Asset* b) { return a->createdAt < b->createdAt; });
  return found;
}

Project newProject() {
  Project project;
  Track track;
  track.id = newId("t");
  track.name = "V1";
  project.timeline.tracks.push_back(std::move(track));
  return project;
}

}  // namespace kinora::project
