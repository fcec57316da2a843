// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/diffusion/sampler.h"

namespace kinora::diffusion {

/// UniPC of order 2 in its B2(h) form, predicting x0, with corrector and first order in the last step (Zhao et al.,
/// "UniPC", NeurIPS 2023; settings of diffusers' UniPCMultistepScheduler for Wan).
std::unique_ptr<Sampler> makeUniPc(Schedule schedule);

}  // namespace kinora::diffusion
