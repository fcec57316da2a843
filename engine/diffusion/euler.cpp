// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/euler.h"

#include <ATen/ATen.h>

#include "engine/diffusion/noise_level.h"

namespace kinora::diffusion {
namespace {

class Euler final : public Sampler {
 public:
  explicit Euler(Schedule schedule) : Sampler(std::move(schedule)) {}

 protected:
  at::Tensor advance(const at::Tensor& velocity, const at::Tensor& x) override {
    const double change = levelAt(m_schedule, m_position + 1).sigma - levelAt(m_schedule, m_position).sigma;
    return x.add(velocity, change);
  }
};

}  // namespace

std::unique_ptr<Sampler> makeEuler(Schedule schedule) {
  return std::make_unique<Euler>(std::move(schedule));
}

}  // namespace kinora::diffusion
