// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame.h"

namespace kinora::image {

/// Lanczos (a = 3) with antialiasing when shrinking; separable, edges clamped by renormalised weights, 8-bit rounding
/// after each pass as Pillow's Image.resize(LANCZOS) does, so that a reference picture reaches the model as upstream's
/// does: byte for byte, save that Pillow 13 takes the vertical pass first where the height shrinks far more than the
/// width. Returns frame itself when the size is already right, a null frame for a null frame or an empty size. Any
/// thread.
core::Frame resizeLanczos(const core::Frame& frame, core::Size size);
/// The same with Pillow's bicubic filter (a = -0.5), as CLIP's picture processor uses it.
core::Frame resizeBicubic(const core::Frame& frame, core::Size size);

/// The middle of frame, one of two odd rows or columns nearer to the end; a null frame where size is larger.
core::Frame cropCentre(const core::Frame& frame, core::Size size);

/// Scales so that size is covered and crops the centre.
core::Frame coverCrop(const core::Frame& frame, core::Size size);

/// The largest size of content's shape that fits into frame, at least 1×1.
core::Size fitSize(core::Size content, core::Size frame);

/// Centres frame, not larger than size, on black of that size.
core::Frame padTo(const core::Frame& frame, core::Size size);

/// Scales to fit inside size and pads with black: fitSize, resizeLanczos, padTo.
core::Frame fitPad(const core::Frame& frame, core::Size size);

/// Mixes a·(1-t) + b·t; t in [0,1]. A null frame for unequal sizes.
core::Frame blend(const core::Frame& a, const core::Frame& b, double t);

}  // namespace kinora::image
