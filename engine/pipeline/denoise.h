// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/result.h"
#include "engine/pipeline/conditioning.h"
#include "engine/pipeline/run_context.h"

namespace kinora::pipeline {

/// What steps lead to: the clip, or before it the picture that it begins with (drawsFirstFrame). Each has a sampler,
/// step caches, a journal and dump files of its own.
enum class Target { FirstFrame, Clip };
/// Of the target's files and of its noise in a noise file: "first_" or none.
const char* prefixOf(Target target);

/// All steps from noise [1,C,T,h,w] f32 to finished latents of the target, in the model's normalised space and without
/// frames of references. Errors: InvalidInput (sampler settings), Corrupt (values that are no numbers, at the first
/// step that has them), what loading an expert gives. Throws tensor::Stopped.
core::Result<at::Tensor> denoise(RunContext& run, const Conditioning& conditioning, const at::Tensor& noise,
                                 Target target);

}  // namespace kinora::pipeline
