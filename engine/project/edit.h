// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "engine/core/result.h"
#include "engine/project/project.h"

// Edit operations: functions on a Project value. Each leaves the project untouched when it fails, keeps tracks sorted
// and free of overlaps, and is undone by putting the former Timeline back. A locked track refuses with InvalidInput.
namespace kinora::project {

enum class PlaceMode {
  Overwrite,  ///< what lies under the new clip is trimmed, split or removed
  Insert,     ///< everything from start on moves right by the clip's length; a clip across start is split
};

/// Puts length frames of asset (0: all of it; never more than the source has) at start. Gives the new clip's id.
/// InvalidInput: a track that is not there or does not take this kind of medium, in past the source's end, start < 0.
core::Result<Id> placeClip(Project& project, int track, std::int64_t start, const Id& asset, PlaceMode mode,
                           std::int64_t in = 0, std::int64_t length = 0);
/// Moves a clip to another start and track, as one step. Overwrite leaves a gap behind. Insert on the same track
/// reorders: the gap closes too, and start is meant in the times before that (moving to the end of the next clip swaps
/// the two; moving onto itself changes nothing). Insert on another track leaves a gap behind.
core::Result<void> moveClip(Project& project, const Id& clip, int track, std::int64_t start, PlaceMode mode);
/// New left edge; clamped to the source's head, the neighbour and one frame of length.
core::Result<void> trimStart(Project& project, const Id& clip, std::int64_t newStart);
/// New right edge; clamped likewise (pictures have no end).
core::Result<void> trimEnd(Project& project, const Id& clip, std::int64_t newEnd);
/// Cuts at frame; the right part's new id. InvalidInput when frame is not inside the clip.
core::Result<Id> splitClip(Project& project, const Id& clip, std::int64_t frame);
/// Splits what lies under frame: on all unlocked tracks, or on the given one. Gives the right parts' ids; nothing under
/// frame is no failure.
core::Result<std::vector<Id>> splitAt(Project& project, std::int64_t frame, std::optional<int> track = std::nullopt);
/// Removes and leaves a gap.
core::Result<void> liftClips(Project& project, const std::vector<Id>& clips);
/// Removes and closes the gap.
core::Result<void> rippleDelete(Project& project, const std::vector<Id>& clips);
/// Same place, another take; in and length are kept as far as the new take reaches.
core::Result<void> replaceTake(Project& project, const Id& clip, const Id& asset);

/// Frames to which edges snap: 0, playhead, starts and ends of clips (except those of ignore).
std::vector<std::int64_t> snapPoints(const Project& project, const std::vector<Id>& ignore);
/// Nearest snap point within tolerance, or frame itself.
std::int64_t snap(std::int64_t frame, const std::vector<std::int64_t>& points, std::int64_t tolerance);

}  // namespace kinora::project
