// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame_sink.h"
#include "engine/core/result.h"
#include "engine/pipeline/run_context.h"

namespace kinora::pipeline {

/// Finished latents [1,C,T,h,w] to frames of the plan's size and rate, chunk by chunk. Errors: the sink's, Corrupt
/// (values that are no numbers). Throws tensor::Stopped.
core::Result<void> decode(RunContext& run, const at::Tensor& latents, core::FrameSink& sink);

}  // namespace kinora::pipeline
