// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include "engine/pipeline/run_context.h"

namespace kinora::pipeline {

/// What the control branch of a VACE model reads (wan.md 8.5), made as diffusers makes it from control video, mask,
/// start and end picture and references of the run: [1, 2C + s², references + T, h, w], s the VAE's spatial stride.
/// Frames that nothing is given for are mid grey and to be made; pictures stand at their places and are kept. Reference
/// pictures are letter-boxed on white; the last one given comes first, as diffusers has it. Throws tensor::Stopped.
at::Tensor controlInput(const RunContext& run);

}  // namespace kinora::pipeline
