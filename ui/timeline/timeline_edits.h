// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/clip_info.h"
#include "engine/project/edit.h"
#include "engine/project/project.h"

// What the timeline's gestures do to a project, on top of engine/project's operations. Pure functions: a drag runs them
// on a copy for its live picture, the release runs them once more as the edit.
namespace kinora::timeline {

inline constexpr char kAssetMime[] = "application/x-kinora-asset";  ///< asset id, UTF-8
inline constexpr char kClipsMime[] = "application/x-kinora-clips";  ///< JSON of copied clips

std::vector<project::Id> toIds(const QStringList& ids);

/// Moves clips together by delta frames and tracks, ids kept. None may leave the timeline's start or the video tracks.
core::Result<void> moveClips(project::Project& project, const std::vector<project::Id>& clips, std::int64_t delta,
                             int tracks);

/// Takes clips out, closes their gaps and puts them in one after the other at frame, pushing the rest right:
/// reordering. A frame inside a clip goes to that clip's nearer edge.
core::Result<void> reorderClips(project::Project& project, const std::vector<project::Id>& clips, int track,
                                std::int64_t frame);

/// The file's asset if the project has one, else a new one, which is added.
project::Id assetForFile(project::Project& project, const core::ClipInfo& info, const QString& name, std::int64_t now);

/// asset takes the clip's place, trim kept, and becomes a take of what was there; one with takes of its own stays
/// theirs.
core::Result<void> replaceAsTake(project::Project& project, const project::Id& clip, const project::Id& asset);

/// Copied clips as JSON: asset, in, length and place relative to the first.
QByteArray copyClips(const project::Project& project, const std::vector<project::Id>& clips);
/// Puts copied clips at frame, on the tracks they came from. Gives the new ids; clips whose asset is gone are left out.
core::Result<std::vector<project::Id>> pasteClips(project::Project& project, const QByteArray& copied,
                                                  std::int64_t frame, project::PlaceMode mode);

/// Starts and ends of all clips, sorted, each once; 0 and the end included.
std::vector<std::int64_t> cuts(const project::Project& project);
std::optional<std::int64_t> cutAfter(const project::Project& project, std::int64_t frame);
std::optional<std::int64_t> cutBefore(const project::Project& project, std::int64_t frame);

/// delta, changed so that the start or the end of [start, end) lands on a snap point within tolerance; snapped tells
/// which frame it was.
std::int64_t snapDelta(std::int64_t delta, std::int64_t start, std::int64_t end,
                       const std::vector<std::int64_t>& points, std::int64_t tolerance,
                       std::optional<std::int64_t>& snapped);

}  // namespace kinora::timeline
