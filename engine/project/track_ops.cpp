// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/project/track_ops.h"

#include <algorithm>
#include <string>

namespace kinora::project {

int indexOf(const Track& track, const Id& clip) {
  for (std::size_t i = 0; i < track.clips.size(); ++i) {
    if (track.clips[i].id == clip) return static_cast<int>(i);
  }
  return -1;
}

Clip splitOff(Clip& clip, std::int64_t frame) {
  Clip right = clip;
  right.id = newId("c");
  right.start = frame;
  right.in = clip.in + (frame - clip.start);
  right.length = clip.end() - frame;
  clip.length = frame - clip.start;
  return right;
}

void carve(Track& track, std::int64_t start, std::int64_t length) {
  const std::int64_t end = start + length;
  std::vector<Clip> kept;
  for (Clip clip : track.clips) {
    if (clip.end() <= start || clip.start >= end) {
      kept.push_back(std::move(clip));
      continue;
    }
    const std::int64_t clipEnd = clip.end();
    if (clip.start < start) {
      Clip rest = splitOff(clip, start);
      kept.push_back(clip);
      if (clipEnd > end) kept.push_back(splitOff(rest, end));
    } else if (clipEnd > end) {
      // Trimmed at its head only: it stays the same clip.
      clip.in += end - clip.start;
      clip.length = clipEnd - end;
      clip.start = end;
      kept.push_back(std::move(clip));
    }
  }
  track.clips = std::move(kept);
}

core::Result<void> pushRight(Track& track, std::int64_t start, std::int64_t length) {
  if (!track.clips.empty() && track.clips.back().end() > start && track.clips.back().end() + length > kMaxFrame) {
    return core::Error{core::ErrorCode::InvalidInput,
                       "the timeline would be too long; expected at most " + std::to_string(kMaxFrame) + " frames",
                       track.name};
  }
  std::vector<Clip> moved;
  for (Clip clip : track.clips) {
    if (clip.start < start && clip.end() > start) {
      Clip right = splitOff(clip, start);
      moved.push_back(std::move(clip));
      clip = std::move(right);
    }
    if (clip.start >= start) clip.start += length;
    moved.push_back(std::move(clip));
  }
  track.clips = std::move(moved);
  return {};
}

void removeAndClose(Track& track, int index) {
  const auto it = track.clips.begin() + index;
  const std::int64_t length = it->length;
  for (auto later = track.clips.erase(it); later != track.clips.end(); ++later) later->start -= length;
}

void insertSorted(Track& track, Clip clip) {
  const auto at =
      std::find_if(track.clips.begin(), track.clips.end(), [&](const Clip& other) { return other.start > clip.start; });
  track.clips.insert(at, std::move(clip));
}

}  // namespace kinora::project
