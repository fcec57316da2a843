// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame.h"
#include "engine/tensor/torch_fwd.h"

// The one bridge between tensors and pixels.
namespace kinora::pipeline {

/// [1,3,H,W] f32 in 0…255.
at::Tensor toPixels(const core::Frame& frame);

/// [1,3,1,H,W] f32 in [-1,1], as upstream's video processor makes it: value/255·2-1.
at::Tensor toTensor(const core::Frame& frame);

/// Frame index of video [1,3,F,H,W] in [-1,1]: round((v/2+0.5)·255) after clamping.
core::Frame toFrame(const at::Tensor& video, std::int64_t index);

}  // namespace kinora::pipeline
