// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/guidance.h"

#include <ATen/ATen.h>

#include <utility>

namespace kinora::diffusion {

at::Tensor combineGuidance(const at::Tensor& conditional, const at::Tensor& unconditional, double scale) {
  const at::Tensor base = unconditional.to(at::kFloat);
  return base.add(conditional.to(at::kFloat).sub(base), scale);
}

Denoiser guided(BranchDenoiser denoise, Guidance guidance) {
  return [denoise = std::move(denoise), guidance](const at::Tensor& x, double timestep, int step) {
    if (!guidance.active()) return denoise(x, timestep, step, Branch::Conditional);
    if (guidance.batched) {
      const at::Tensor both = denoise(x, timestep, step, Branch::Both);
      TORCH_CHECK(both.size(0) == 2 * x.size(0), "batched guidance; expected a batch of ", 2 * x.size(0), ", got ",
                  both.size(0));
      return combineGuidance(both.narrow(0, 0, x.size(0)), both.narrow(0, x.size(0), x.size(0)), guidance.scale);
    }
    const at::Tensor conditional = denoise(x, timestep, step, Branch::Conditional);
    return combineGuidance(conditional, denoise(x, timestep, step, Branch::Unconditional), guidance.scale);
  };
}

}  // namespace kinora::diffusion
