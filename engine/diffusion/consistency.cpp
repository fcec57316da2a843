// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/consistency.h"

#include <ATen/ATen.h>

#include "engine/diffusion/noise_level.h"
#include "engine/tensor/rng.h"

namespace kinora::diffusion {
namespace {

/// Has no state to keep: the noise of a step follows from the seed and the step's number.
class Consistency final : public Sampler {
 public:
  Consistency(Schedule schedule, std::uint64_t seed) : Sampler(std::move(schedule)), m_seed(seed) {}

 protected:
  at::Tensor advance(const at::Tensor& velocity, const at::Tensor& x) override {
    const at::Tensor clean = x.sub(velocity, levelAt(m_schedule, m_position).sigma);
    const NoiseLevel next = levelAt(m_schedule, m_position + 1);
    if (next.sigma == 0) return clean;
    const auto stream = static_cast<std::uint64_t>(m_position) + 1;
    const at::Tensor noise = tensor::normal(m_seed, stream, x.sizes().vec()).to(x.device());
    return clean.mul(next.alpha).add_(noise, next.sigma);
  }

 private:
  std::uint64_t m_seed;
};

}  // namespace

std::unique_ptr<Sampler> makeConsistency(Schedule schedule, std::uint64_t seed) {
  return std::make_unique<Consistency>(std::move(schedule), seed);
}

}  // namespace kinora::diffusion
