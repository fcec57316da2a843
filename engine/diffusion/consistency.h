// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>

#include "engine/diffusion/sampler.h"

namespace kinora::diffusion {

/// Multistep consistency sampling (Song et al., "Consistency Models", 2023, algorithm 1), as LCM and DMD models want
/// it: x0 = x - sigma·velocity, then x = (1-sigma_next)·x0 + sigma_next·noise with fresh noise in every step. The noise
/// of step i (from 0) is tensor::normal(seed, i + 1, …): stream 0 is the start noise.
std::unique_ptr<Sampler> makeConsistency(Schedule schedule, std::uint64_t seed);

}  // namespace kinora::diffusion
