// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/core/result.h"
#include "engine/project/project.h"

// Building blocks of the edit operations on one track. They assume and keep: sorted by start, no overlaps.
namespace kinora::project {

/// Last frame number a timeline may have: a year at 24 fps, and far from overflow.
inline constexpr std::int64_t kMaxFrame = 1'000'000'000;

/// Index of the clip; -1 if it is not on this track.
int indexOf(const Track& track, const Id& clip);
/// The part of clip from frame on, with a fresh id; clip keeps the part before. frame lies inside the clip.
Clip splitOff(Clip& clip, std::int64_t frame);
/// Empties [start, start + length): clips are trimmed, split or removed.
void carve(Track& track, std::int64_t start, std::int64_t length);
/// Moves everything from start on right by length; a clip across start is split. InvalidInput past kMaxFrame.
core::Result<void> pushRight(Track& track, std::int64_t start, std::int64_t length);
/// Removes the clip and moves all later ones left by its length.
void removeAndClose(Track& track, int index);
/// Puts clip at its place among the others. The space is free.
void insertSorted(Track& track, Clip clip);

}  // namespace kinora::project
