// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/rational.h"

namespace kinora::media {

/// Which decoded picture each frame number means. Times (pts) are in units of timeBase seconds.
struct FrameIndex {
  std::vector<std::int64_t> times;     ///< of all pictures in display order, distinct
  std::vector<std::int64_t> keyTimes;  ///< of key frames, ascending
  core::Rational timeBase{1};
  core::Rational fps;
  std::int64_t frames = 0;
  bool constantRate = true;

  /// The time of the picture on screen at frame number index.
  std::int64_t timeOf(std::int64_t index) const;
  /// The last key frame at or before time; the first one if none is.
  std::int64_t keyBefore(std::int64_t time) const;
};

/// Sorts the times and finds the rate: the first of rates (the container's hints), then of the common ones, that puts
/// every picture within half a frame of its place; if none does, the file has a variable rate and is seen at its
/// average. times must not be empty.
void finishIndex(FrameIndex& index, const std::vector<core::Rational>& rates, std::int64_t lastDuration);

}  // namespace kinora::media
