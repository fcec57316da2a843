// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/dpm.h"

#include <ATen/ATen.h>

#include <cmath>

#include "engine/diffusion/noise_level.h"

namespace kinora::diffusion {
namespace {

class Dpm final : public Sampler {
 public:
  explicit Dpm(Schedule schedule) : Sampler(std::move(schedule)) {}

  std::map<std::string, at::Tensor> state() const override {
    if (!m_previous.defined()) return {};
    return {{"previous", m_previous}};
  }

 protected:
  at::Tensor advance(const at::Tensor& velocity, const at::Tensor& x) override {
    const NoiseLevel now = levelAt(m_schedule, m_position);
    const NoiseLevel next = levelAt(m_schedule, m_position + 1);
    const at::Tensor predicted = x.sub(velocity, now.sigma);
    at::Tensor result = predicted;
    if (next.sigma > 0) {
      const double h = next.lambda - now.lambda;
      const double weight = -next.alpha * std::expm1(-h);
      result = x.mul(next.sigma / now.sigma).add_(predicted, weight);
      const bool secondOrder = m_position > 0 && m_position + 1 < steps();
      if (secondOrder) {
        // r is infinite behind sigma 1, and the correction then vanishes.
        const double r = (now.lambda - levelAt(m_schedule, m_position - 1).lambda) / h;
        result.add_(predicted - m_previous, weight * 0.5 / r);
      }
    }
    m_previous = predicted;
    return result;
  }

  void restoreState(const std::map<std::string, at::Tensor>& state) override {
    m_previous = m_position > 0 ? state.at("previous") : at::Tensor();
  }

  std::vector<std::string> stateNames(int position) const override {
    return position > 0 ? std::vector<std::string>{"previous"} : std::vector<std::string>{};
  }

 private:
  at::Tensor m_previous;  // x0 as predicted in the step before
};

}  // namespace

std::unique_ptr<Sampler> makeDpm(Schedule schedule) {
  return std::make_unique<Dpm>(std::move(schedule));
}

}  // namespace kinora::diffusion
