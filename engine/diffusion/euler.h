// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/diffusion/sampler.h"

namespace kinora::diffusion {

/// x += (sigma_next - sigma)·velocity.
std::unique_ptr<Sampler> makeEuler(Schedule schedule);

}  // namespace kinora::diffusion
