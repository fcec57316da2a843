// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>

#include "engine/diffusion/schedule.h"

namespace kinora::diffusion {

/// One entry of a schedule as the multistep solvers see it, in fp64 from the stored fp32.
struct NoiseLevel {
  double sigma;
  double alpha;   ///< 1 - sigma
  double lambda;  ///< half the log signal-to-noise ratio; -inf at sigma 1, inf at sigma 0
};

inline NoiseLevel levelAt(const Schedule& schedule, int index) {
  const double sigma = schedule.sigmas.at(static_cast<std::size_t>(index));
  const double alpha = 1 - sigma;
  return {sigma, alpha, std::log(alpha) - std::log(sigma)};
}

}  // namespace kinora::diffusion
