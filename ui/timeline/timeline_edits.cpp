// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_edits.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

namespace kinora::timeline {
namespace {

using core::Error;
using core::ErrorCode;
using project::Id;
using project::Project;

struct Placed {
  project::Clip clip;
  int track = 0;
};

/// The clips in order of start, left-most first.
core::Result<std::vector<Placed>> collect(const Project& project, const std::vector<Id>& ids) {
  std::vector<Placed> clips;
  for (const Id& id : ids) {
    const project::Clip* clip = project.clip(id);
    if (!clip) return Error{ErrorCode::NotFound, "there is no clip " + id + " on the timeline", {}};
    clips.push_back({*clip, project.trackOf(id)});
  }
  std::sort(clips.begin(), clips.end(), [](const Placed& a, const Placed& b) { return a.clip.start < b.clip.start; });
  return clips;
}

project::Clip* find(Project& project, const Id& id) {
  for (project::Track& track : project.timeline.tracks) {
    for (project::Clip& clip : track.clips) {
      if (clip.id == id) return &clip;
    }
  }
  return nullptr;
}

/// Places clip at start and lets it keep its id and what else it carries.
core::Result<void> put(Project& project, const project::Clip& clip, int track, std::int64_t start,
                       project::PlaceMode mode) {
  auto id = project::placeClip(project, track, start, clip.asset, mode, clip.in, clip.length);
  if (!id) return id.error();
  project::Clip* placed = find(project, *id);
  if (!placed) return Error{ErrorCode::Internal, "the clip that was placed is not there", clip.id};
  placed->id = clip.id;
  placed->extra = clip.extra;
  return {};
}

}  // namespace

std::vector<Id> toIds(const QStringList& ids) {
  std::vector<Id> result;
  for (const QString& id : ids) result.push_back(id.toStdString());
  return result;
}

core::Result<void> moveClips(Project& project, const std::vector<Id>& ids, std::int64_t delta, int tracks) {
  if (delta == 0 && tracks == 0) return {};
  auto clips = collect(project, ids);
  if (!clips) return clips.error();
  if (clips->empty()) return {};
  delta = std::max(delta, -clips->front().clip.start);
  const auto count = static_cast<int>(project.timeline.tracks.size());
  for (const Placed& placed : *clips) {
    if (placed.track + tracks < 0 || placed.track + tracks >= count) {
      return Error{ErrorCode::InvalidInput, "there is no track to move the clip to", placed.clip.id};
    }
  }
  Project next = project;
  if (clips->size() == 1) {
    const Placed& only = clips->front();
    auto result = project::moveClip(next, only.clip.id, only.track + tracks, only.clip.start + delta,
                                    project::PlaceMode::Overwrite);
    if (!result) return result;
  } else {
    // All out, then all in again: none of them may overwrite another on the way.
    if (auto lifted = project::liftClips(next, ids); !lifted) return lifted;
    for (const Placed& placed : *clips) {
      auto result =
          put(next, placed.clip, placed.track + tracks, placed.clip.start + delta, project::PlaceMode::Overwrite);
      if (!result) return result;
    }
  }
  project = std::move(next);
  return {};
}

core::Result<void> reorderClips(Project& project, const std::vector<Id>& ids, int track, std::int64_t frame) {
  auto clips = collect(project, ids);
  if (!clips) return clips.error();
  if (clips->empty()) return {};
  if (track < 0 || track >= static_cast<int>(project.timeline.tracks.size())) {
    return Error{ErrorCode::InvalidInput, "there is no track to move the clip to", {}};
  }
  for (const project::Clip& clip : project.timeline.tracks[static_cast<std::size_t>(track)].clips) {
    if (frame > clip.start && frame < clip.end()) {
      frame = frame - clip.start < clip.end() - frame ? clip.start : clip.end();
      break;
    }
  }
  std::int64_t removed = 0;
  for (const Placed& placed : *clips) {
    if (placed.track == track && placed.clip.start < frame)
      removed += std::min(placed.clip.end(), frame) - placed.clip.start;
  }
  Project next = project;
  if (auto result = project::rippleDelete(next, ids); !result) return result;
  std::int64_t at = std::max<std::int64_t>(0, frame - removed);
  for (const Placed& placed : *clips) {
    if (auto result = put(next, placed.clip, track, at, project::PlaceMode::Insert); !result) return result;
    at += placed.clip.length;
  }
  project = std::move(next);
  return {};
}

Id assetForFile(Project& project, const core::ClipInfo& info, const QString& name, std::int64_t now) {
  for (const project::Asset& asset : project.assets) {
    if (asset.info.path == info.path) return asset.id;
  }
  project::Asset asset;
  asset.id = project::newId("asset-");
  asset.name = name.toStdString();
  asset.info = info;
  asset.takeGroup = asset.id;
  asset.createdAt = now;
  project.assets.push_back(asset);
  return asset.id;
}

core::Result<void> replaceAsTake(Project& project, const Id& clip, const Id& asset) {
  const project::Clip* place = project.clip(clip);
  const project::Asset* former = place ? project.asset(place->asset) : nullptr;
  const Id group = former ? former->takeGroup : Id();
  if (auto replaced = project::replaceTake(project, clip, asset); !replaced) return replaced;
  project::Asset* take = project.asset(asset);
  if (!group.empty() && project.takes(take->takeGroup).size() <= 1) take->takeGroup = group;
  return {};
}

QByteArray copyClips(const Project& project, const std::vector<Id>& ids) {
  QJsonArray list;
  const auto clips = collect(project, ids);
  if (!clips || clips->empty()) return {};
  const std::int64_t first = clips->front().clip.start;
  for (const Placed& placed : *clips) {
    list.append(QJsonObject{{QStringLiteral("asset"), QString::fromStdString(placed.clip.asset)},
                            {QStringLiteral("track"), placed.track},
                            {QStringLiteral("offset"), static_cast<qint64>(placed.clip.start - first)},
                            {QStringLiteral("in"), static_cast<qint64>(placed.clip.in)},
                            {QStringLiteral("length"), static_cast<qint64>(placed.clip.length)}});
  }
  return QJsonDocument(list).toJson(QJsonDocument::Compact);
}

core::Result<std::vector<Id>> pasteClips(Project& project, const QByteArray& copied, std::int64_t frame,
                                         project::PlaceMode mode) {
  const QJsonArray list = QJsonDocument::fromJson(copied).array();
  Project next = project;
  std::vector<Id> ids;
  for (const QJsonValue& value : list) {
    const QJsonObject object = value.toObject();
    const Id asset = object.value(QLatin1String("asset")).toString().toStdString();
    const int track = object.value(QLatin1String("track")).toInt(-1);
    const qint64 in = object.value(QLatin1String("in")).toInteger();
    const qint64 length = object.value(QLatin1String("length")).toInteger();
    const qint64 offset = object.value(QLatin1String("offset")).toInteger();
    if (!next.asset(asset) || track < 0 || track >= static_cast<int>(next.timeline.tracks.size())) continue;
    if (in < 0 || length <= 0 || offset < 0) continue;
    auto id = project::placeClip(next, track, frame + offset, asset, mode, in, length);
    if (!id) return id.error();
    ids.push_back(*id);
  }
  if (ids.empty()) return Error{ErrorCode::NotFound, "there is nothing to paste here", {}};
  project = std::move(next);
  return ids;
}

std::vector<std::int64_t> cuts(const Project& project) {
  std::set<std::int64_t> frames = {0};
  for (const project::Track& track : project.timeline.tracks) {
    for (const project::Clip& clip : track.clips) {
      frames.insert(clip.start);
      frames.insert(clip.end());
    }
  }
  return {frames.begin(), frames.end()};
}

std::optional<std::int64_t> cutAfter(const Project& project, std::int64_t frame) {
  const auto frames = cuts(project);
  const auto it = std::upper_bound(frames.begin(), frames.end(), frame);
  return it == frames.end() ? std::nullopt : std::optional(*it);
}

std::optional<std::int64_t> cutBefore(const Project& project, std::int64_t frame) {
  const auto frames = cuts(project);
  const auto it = std::lower_bound(frames.begin(), frames.end(), frame);
  return it == frames.begin() ? std::nullopt : std::optional(*std::prev(it));
}

std::int64_t snapDelta(std::int64_t delta, std::int64_t start, std::int64_t end,
                       const std::vector<std::int64_t>& points, std::int64_t tolerance,
                       std::optional<std::int64_t>& snapped) {
  snapped.reset();
  std::int64_t best = tolerance + 1;
  std::int64_t result = delta;
  for (const std::int64_t point : points) {
    for (const std::int64_t edge : {start, end}) {
      const std::int64_t distance = std::abs(point - (edge + delta));
      if (distance >= best) continue;
      best = distance;
      result = point - edge;
      snapped = point;
    }
  }
  return result;
}

}  // namespace kinora::timeline
