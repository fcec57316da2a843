// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/diffusion/sampler.h"

namespace kinora::diffusion {

/// DPM-Solver++ 2M, midpoint form, predicting x0, first order in the first and last step (Lu et al., "DPM-Solver++",
/// 2022; settings of diffusers' DPMSolverMultistepScheduler).
std::unique_ptr<Sampler> makeDpm(Schedule schedule);

}  // namespace kinora::diffusion
