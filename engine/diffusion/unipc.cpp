// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/unipc.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "engine/diffusion/noise_level.h"

namespace kinora::diffusion {
namespace {

/// m is x0 as the network predicted it at a step; the newest are kept, because two steps are looked back at.
class UniPc final : public Sampler {
 public:
  explicit UniPc(Schedule schedule) : Sampler(std::move(schedule)) {}

  std::map<std::string, at::Tensor> state() const override {
    std::map<std::string, at::Tensor> kept;
    if (m_previous.defined()) kept = {{"previous", m_previous}, {"from", m_from}};
    if (m_earlier.defined()) kept.emplace("earlier", m_earlier);
    return kept;
  }

 protected:
  at::Tensor advance(const at::Tensor& velocity, const at::Tensor& x) override {
    const NoiseLevel now = levelAt(m_schedule, m_position);
    const at::Tensor m = x.sub(velocity, now.sigma);  // from x before correction
    const at::Tensor corrected = m_position > 0 ? correct(m) : x;
    const at::Tensor next = predict(m, corrected);
    m_earlier = m_previous;
    m_previous = m;
    m_from = corrected;
    return next;
  }

  void restoreState(const std::map<std::string, at::Tensor>& state) override {
    m_previous = m_position > 0 ? state.at("previous") : at::Tensor();
    m_from = m_position > 0 ? state.at("from") : at::Tensor();
    m_earlier = m_position > 1 ? state.at("earlier") : at::Tensor();
  }

  std::vector<std::string> stateNames(int position) const override {
    std::vector<std::string> names;
    if (position > 0) names = {"from", "previous"};
    if (position > 1) names.emplace_back("earlier");
    return names;
  }

 private:
  /// Order of the prediction made in a step: 1 in the first and the last, else 2.
  int order(int step) const { return std::min({2, steps() - step, step + 1}); }

  /// UniC: redoes the last prediction, now that the network's answer m at its end is known.
  at::Tensor correct(const at::Tensor& m) const {
    const NoiseLevel start = levelAt(m_schedule, m_position - 1);
    const NoiseLevel end = levelAt(m_schedule, m_position);
    const double h = end.lambda - start.lambda;
    const double b = std::expm1(-h);
    at::Tensor x = m_from.mul(end.sigma / start.sigma).sub_(m_previous, end.alpha * b);
    const at::Tensor difference = m.sub(m_previous);
    if (order(m_position - 1) == 1) return x.sub_(difference, end.alpha * b * 0.5);

    // The 2×2 system of the B2(h) corrector solved by hand; g and phi as in the paper with hh = -h.
    const double r = (levelAt(m_schedule, m_position - 2).lambda - start.lambda) / h;
    const double g = -h;
    const double phi = b / g - 1;
    const double b1 = phi / b;
    const double b2 = 2 * (phi / g - 0.5) / b;
    const double rho1 = (b1 - b2) / (1 - r);
    const double rho2 = b1 - rho1;
    x.sub_(m_earlier.sub(m_previous), end.alpha * b * rho1 / r);
    return x.sub_(difference, end.alpha * b * rho2);
  }

  /// UniP: from the corrected x at this step to the next noise level.
  at::Tensor predict(const at::Tensor& m, const at::Tensor& x) const {
    const NoiseLevel now = levelAt(m_schedule, m_position);
    const NoiseLevel next = levelAt(m_schedule, m_position + 1);
    if (next.sigma == 0) return m;  // the limit of the formula
    const double h = next.lambda - now.lambda;
    const double b = std::expm1(-h);
    at::Tensor result = x.mul(next.sigma / now.sigma).sub_(m, next.alpha * b);
    if (order(m_position) == 2) {
      const double r = (levelAt(m_schedule, m_position - 1).lambda - now.lambda) / h;
      result.sub_(m_previous.sub(m), next.alpha * b * 0.5 / r);
    }
    return result;
  }

  at::Tensor m_previous;  // m of the step before
  at::Tensor m_earlier;   // m of the step before that
  at::Tensor m_from;      // the corrected x that the last prediction started from
};

}  // namespace

std::unique_ptr<Sampler> makeUniPc(Schedule schedule) {
  return std::make_unique<UniPc>(std::move(schedule));
}

}  // namespace kinora::diffusion
