// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/project/edit.h"

#include <algorithm>
#include <set>
#include <string>

#include "engine/project/track_ops.h"

namespace kinora::project {
namespace {

using core::Error;
using core::ErrorCode;
using core::MediaKind;
using core::Result;

struct Place {
  std::size_t track = 0;
  std::size_t clip = 0;
};

Error invalid(std::string message, std::string where = {}) {
  return {ErrorCode::InvalidInput, std::move(message), std::move(where)};
}

Result<void> checkTrack(const Project& project, int track) {
  const auto count = project.timeline.tracks.size();
  if (track < 0 || static_cast<std::size_t>(track) >= count)
    return invalid("track; expected 0…" + std::to_string(count) + " (excluded), got " + std::to_string(track));
  if (project.timeline.tracks[static_cast<std::size_t>(track)].locked)
    return invalid("the track is locked", project.timeline.tracks[static_cast<std::size_t>(track)].name);
  return {};
}

/// Where the clip is; NotFound, or InvalidInput on a locked track.
Result<Place> findEditable(const Project& project, const Id& clip) {
  const int track = project.trackOf(clip);
  if (track < 0) return Error{ErrorCode::NotFound, "there is no such clip", clip};
  if (auto open = checkTrack(project, track); !open) return open.error();
  const auto index = static_cast<std::size_t>(track);
  return Place{index, static_cast<std::size_t>(indexOf(project.timeline.tracks[index], clip))};
}

Result<const Asset*> findAsset(const Project& project, const Id& id) {
  const Asset* asset = project.asset(id);
  if (!asset) return Error{ErrorCode::NotFound, "the project has no such medium", id};
  return asset;
}

/// Pictures and video show on video tracks; sound, also a video's, plays on audio tracks.
Result<void> checkKind(const Asset& asset, const Track& track) {
  const bool fits = track.kind == TrackKind::Video   ? asset.info.kind != MediaKind::Audio
                    : track.kind == TrackKind::Audio ? asset.info.kind == MediaKind::Audio || asset.info.hasAudio
                                                     : false;
  if (fits) return {};
  return invalid("this kind of medium does not go on this kind of track", track.name);
}

/// Timeline frames the source has from its head on; pictures never end.
std::int64_t sourceFrames(const Project& project, const Asset& asset) {
  return asset.info.kind == MediaKind::Picture ? kMaxFrame : project.lengthInFrames(asset);
}

Result<void> checkSpan(std::int64_t start, std::int64_t length) {
  if (start < 0 || start > kMaxFrame || length > kMaxFrame - start) {
    return invalid("start; expected 0 or more and an end of at most " + std::to_string(kMaxFrame) + ", got " +
                   std::to_string(start));
  }
  return {};
}

Result<void> makeRoom(Track& track, std::int64_t start, std::int64_t length, PlaceMode mode) {
  if (mode == PlaceMode::Insert) return pushRight(track, start, length);
  carve(track, start, length);
  return {};
}

/// The clips, each once, grouped as given; NotFound or locked fails before anything is touched.
Result<std::set<Id>> checkAll(const Project& project, const std::vector<Id>& clips) {
  std::set<Id> ids(clips.begin(), clips.end());
  for (const Id& id : ids) {
    if (auto place = findEditable(project, id); !place) return place.error();
  }
  return ids;
}

}  // namespace

Result<Id> placeClip(Project& project, int track, std::int64_t start, const Id& asset, PlaceMode mode, std::int64_t in,
                     std::int64_t length) {
  if (auto open = checkTrack(project, track); !open) return open.error();
  const auto found = findAsset(project, asset);
  if (!found) return found.error();
  Track next = project.timeline.tracks[static_cast<std::size_t>(track)];
  if (auto fits = checkKind(**found, next); !fits) return fits.error();
  const std::int64_t reach = sourceFrames(project, **found);
  if (in < 0 || in >= reach)
    return invalid("in; expected 0…" + std::to_string(reach - 1) + ", got " + std::to_string(in), (*found)->name);
  if (length < 0) return invalid("length; expected 0 or more, got " + std::to_string(length));

  Clip clip;
  clip.id = newId("c");
  clip.asset = asset;
  clip.start = start;
  clip.in = in;
  const bool whole = length == 0;
  const std::int64_t rest = std::max<std::int64_t>(1, project.lengthInFrames(**found) - in);
  clip.length = whole ? rest : std::min(length, reach - in);
  if (auto span = checkSpan(start, clip.length); !span) return span.error();
  if (auto room = makeRoom(next, start, clip.length, mode); !room) return room.error();
  const Id id = clip.id;
  insertSorted(next, std::move(clip));
  project.timeline.tracks[static_cast<std::size_t>(track)] = std::move(next);
  return id;
}

Result<void> moveClip(Project& project, const Id& clip, int track, std::int64_t start, PlaceMode mode) {
  const auto place = findEditable(project, clip);
  if (!place) return place.error();
  if (auto open = checkTrack(project, track); !open) return open.error();
  const auto target = static_cast<std::size_t>(track);
  Timeline next = project.timeline;
  Track& from = next.tracks[place->track];
  Clip moved = from.clips[place->clip];
  if (auto span = checkSpan(start, moved.length); !span) return span.error();
  if (target != place->track) {
    const auto asset = findAsset(project, moved.asset);
    if (!asset) return asset.error();
    if (auto fits = checkKind(**asset, next.tracks[target]); !fits) return fits.error();
  }
  if (mode == PlaceMode::Insert && target == place->track) {
    // Reordering: the gap closes, so that places behind it come nearer by the clip's length.
    if (start >= moved.end()) {
      start -= moved.length;
    } else if (start > moved.start) {
      start = moved.start;
    }
    removeAndClose(from, static_cast<int>(place->clip));
  } else {
    from.clips.erase(from.clips.begin() + static_cast<std::ptrdiff_t>(place->clip));
  }
  if (auto room = makeRoom(next.tracks[target], start, moved.length, mode); !room) return room.error();
  moved.start = start;
  insertSorted(next.tracks[target], std::move(moved));
  project.timeline = std::move(next);
  return {};
}

Result<void> trimStart(Project& project, const Id& clip, std::int64_t newStart) {
  const auto place = findEditable(project, clip);
  if (!place) return place.error();
  std::vector<Clip>& clips = project.timeline.tracks[place->track].clips;
  Clip& edited = clips[place->clip];
  const auto asset = findAsset(project, edited.asset);
  if (!asset) return asset.error();
  const bool picture = (*asset)->info.kind == MediaKind::Picture;
  const std::int64_t neighbour = place->clip == 0 ? 0 : clips[place->clip - 1].end();
  const std::int64_t head = picture ? 0 : edited.start - edited.in;
  newStart = std::clamp(newStart, std::max(neighbour, head), edited.end() - 1);
  const std::int64_t shift = newStart - edited.start;
  edited.start = newStart;
  edited.length -= shift;
  edited.in = std::max<std::int64_t>(0, edited.in + shift);
  return {};
}

Result<void> trimEnd(Project& project, const Id& clip, std::int64_t newEnd) {
  const auto place = findEditable(project, clip);
  if (!place) return place.error();
  std::vector<Clip>& clips = project.timeline.tracks[place->track].clips;
  Clip& edited = clips[place->clip];
  const auto asset = findAsset(project, edited.asset);
  if (!asset) return asset.error();
  const std::int64_t neighbour = place->clip + 1 < clips.size() ? clips[place->clip + 1].start : kMaxFrame;
  const bool picture = (*asset)->info.kind == MediaKind::Picture;
  const std::int64_t tail = picture ? kMaxFrame : edited.start + (sourceFrames(project, **asset) - edited.in);
  // A source that became shorter than its clip keeps at least one frame.
  const std::int64_t most = std::max(std::min(neighbour, tail), edited.start + 1);
  edited.length = std::clamp(newEnd, edited.start + 1, most) - edited.start;
  return {};
}

Result<Id> splitClip(Project& project, const Id& clip, std::int64_t frame) {
  const auto place = findEditable(project, clip);
  if (!place) return place.error();
  Track& track = project.timeline.tracks[place->track];
  Clip& left = track.clips[place->clip];
  if (frame <= left.start || frame >= left.end()) {
    return invalid("frame; expected inside the clip, " + std::to_string(left.start + 1) + "…" +
                   std::to_string(left.end() - 1) + ", got " + std::to_string(frame));
  }
  Clip right = splitOff(left, frame);
  const Id id = right.id;
  insertSorted(track, std::move(right));
  return id;
}

Result<std::vector<Id>> splitAt(Project& project, std::int64_t frame, std::optional<int> track) {
  if (track) {
    if (auto open = checkTrack(project, *track); !open) return open.error();
  }
  std::vector<Id> right;
  for (std::size_t i = 0; i < project.timeline.tracks.size(); ++i) {
    Track& candidate = project.timeline.tracks[i];
    if (candidate.locked || (track && static_cast<std::size_t>(*track) != i)) continue;
    const auto under = std::find_if(candidate.clips.begin(), candidate.clips.end(),
                                    [&](const Clip& clip) { return clip.start < frame && frame < clip.end(); });
    if (under == candidate.clips.end()) continue;
    Clip half = splitOff(*under, frame);
    right.push_back(half.id);
    insertSorted(candidate, std::move(half));
  }
  return right;
}

Result<void> liftClips(Project& project, const std::vector<Id>& clips) {
  const auto ids = checkAll(project, clips);
  if (!ids) return ids.error();
  for (Track& track : project.timeline.tracks)
    std::erase_if(track.clips, [&](const Clip& clip) { return ids->count(clip.id) > 0; });
  return {};
}

Result<void> rippleDelete(Project& project, const std::vector<Id>& clips) {
  const auto ids = checkAll(project, clips);
  if (!ids) return ids.error();
  for (Track& track : project.timeline.tracks) {
    for (int i = static_cast<int>(track.clips.size()) - 1; i >= 0; --i) {
      if (ids->count(track.clips[static_cast<std::size_t>(i)].id) > 0) removeAndClose(track, i);
    }
  }
  return {};
}

Result<void> replaceTake(Project& project, const Id& clip, const Id& asset) {
  const auto place = findEditable(project, clip);
  if (!place) return place.error();
  const auto take = findAsset(project, asset);
  if (!take) return take.error();
  Track& track = project.timeline.tracks[place->track];
  if (auto fits = checkKind(**take, track); !fits) return fits.error();
  Clip& edited = track.clips[place->clip];
  const std::int64_t reach = sourceFrames(project, **take);
  edited.asset = asset;
  edited.in = std::min(edited.in, reach - 1);
  edited.length = std::min(edited.length, reach - edited.in);
  return {};
}

std::vector<std::int64_t> snapPoints(const Project& project, const std::vector<Id>& ignore) {
  std::set<std::int64_t> points{0, project.playhead};
  for (const Track& track : project.timeline.tracks) {
    for (const Clip& clip : track.clips) {
      if (std::find(ignore.begin(), ignore.end(), clip.id) != ignore.end()) continue;
      points.insert(clip.start);
      points.insert(clip.end());
    }
  }
  return {points.begin(), points.end()};
}

std::int64_t snap(std::int64_t frame, const std::vector<std::int64_t>& points, std::int64_t tolerance) {
  std::int64_t best = frame;
  std::int64_t distance = tolerance;
  bool found = false;
  for (const std::int64_t point : points) {
    const std::int64_t away = point > frame ? point - frame : frame - point;
    if (away > distance || (found && away == distance)) continue;
    best = point;
    distance = away;
    found = true;
  }
  return best;
}

}  // namespace kinora::project
