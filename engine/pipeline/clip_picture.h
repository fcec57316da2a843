// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/core/frame.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::pipeline {

/// A picture as CLIP's tower of side×side pixels reads it: [1,3,side,side] f32, normalised. The shorter side is scaled
/// to the square (bicubic) and the middle is cut out, as diffusers' CLIPImageProcessor does it; the original Wan code
/// squeezes the whole picture into the square instead, which gives other states for pictures that are not square.
at::Tensor clipPixels(const core::Frame& picture, std::int64_t side);

}  // namespace kinora::pipeline
