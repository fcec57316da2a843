// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/result.h"
#include "engine/pipeline/conditioning.h"
#include "engine/pipeline/run_context.h"

namespace kinora::pipeline {

/// All steps from noise [1,C,T,h,w] f32 to finished latents of the clip, in the model's normalised space and without
/// frames of references. Errors: InvalidInput (sampler settings), Corrupt (values that are no numbers, at the first
/// step that has them), what loading an expert gives. Throws tensor::Stopped.
core::Result<at::Tensor> denoise(RunContext& run, const Conditioning& conditioning, const at::Tensor& noise);

}  // namespace kinora::pipeline
