// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/core/frame.h"

namespace kinora::media {

/// Brings stored pixels upright. orientation: 1 to 8 as EXIF 2.32, tag 0x0112 defines it; others count as 1.
core::Frame applyOrientation(const core::Frame& frame, int orientation);
/// Size after applyOrientation: 5 to 8 swap the sides.
core::Size orientedSize(core::Size size, int orientation);
/// The EXIF orientation nearest to a video's display matrix (3×3, as in libavutil/display.h: x' = a·x + c·y, y' = b·x +
/// d·y).
int orientationOfMatrix(const std::int32_t* matrix);

}  // namespace kinora::media
