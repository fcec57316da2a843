// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/guidance.h"

#include <ATen/ATen.h>

#include <utility>

namespace kinora::diffusion {
namespace {

/// Keeps the quotients finite where a tensor is all zeros.
constexpr double kTiny = 1e-8;

struct Velocities {
  at::Tensor conditional;
  at::Tensor unconditional;  ///< undefined where the scale does not ask for it
};

Velocities askNetwork(const BranchDenoiser& denoise, const Guidance& guidance, const at::Tensor& x, double timestep,
                      int step) {
  if (!guidance.active()) return {denoise(x, timestep, step, Branch::Conditional), {}};
  if (!guidance.batched) {
    const at::Tensor conditional = denoise(x, timestep, step, Branch::Conditional);
    return {conditional, denoise(x, timestep, step, Branch::Unconditional)};
  }
  const at::Tensor both = denoise(x, timestep, step, Branch::Both);
  TORCH_CHECK(both.size(0) == 2 * x.size(0), "batched guidance; expected a batch of ", 2 * x.size(0), ", got ",
              both.size(0));
  return {both.narrow(0, 0, x.size(0)), both.narrow(0, x.size(0), x.size(0))};
}

at::Tensor combine(const Velocities& velocities, const Guidance& guidance) {
  if (!velocities.unconditional.defined()) return velocities.conditional;
  const auto formula = guidance.kind == GuidanceKind::ZeroStar ? combineZeroStar : combineGuidance;
  return formula(velocities.conditional, velocities.unconditional, guidance.scale);
}

}  // namespace

at::Tensor combineGuidance(const at::Tensor& conditional, const at::Tensor& unconditional, double scale) {
  const at::Tensor base = unconditional.to(at::kFloat);
  return base.add(conditional.to(at::kFloat).sub(base), scale);
}

at::Tensor combineZeroStar(const at::Tensor& conditional, const at::Tensor& unconditional, double scale) {
  const at::Tensor u = unconditional.to(at::kFloat);
  const auto dot = [](const at::Tensor& a, const at::Tensor& b) {
    return (a * b).flatten(1).sum(1, false, at::kDouble);
  };
  const at::Tensor star = dot(conditional.to(at::kFloat), u) / (dot(u, u) + kTiny);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(u.dim()), 1);
  shape.front() = u.size(0);
  return combineGuidance(conditional, u * star.to(at::kFloat).view(shape), scale);
}

at::Tensor normalizedAttention(const at::Tensor& positive, const at::Tensor& negative, const NagSettings& settings) {
  const at::Tensor z = positive.to(at::kFloat);
  const at::Tensor far = z.mul(settings.scale).sub_(negative.to(at::kFloat), settings.scale - 1);
  const auto length = [](const at::Tensor& t) { return at::linalg_vector_norm(t, 1, at::IntArrayRef{-1}, true); };
  // A token that grew more than tau times is brought back to tau times its length.
  const at::Tensor most = length(z).mul_(settings.tau);
  const at::Tensor factor = (most / length(far).add_(kTiny)).clamp_max_(1);
  return at::lerp(z, far.mul_(factor), settings.alpha).to(positive.scalar_type());
}

Denoiser guided(BranchDenoiser denoise, Guidance guidance) {
  return [denoise = std::move(denoise), guidance](const at::Tensor& x, double timestep, int step) {
    if (guidance.active() && step < guidance.zeroSteps) return at::zeros_like(x);
    const Velocities velocities = askNetwork(denoise, guidance, x, timestep, step);
    at::Tensor velocity = combine(velocities, guidance);
    if (!guidance.skip.activeAt(step)) return velocity;
    const at::Tensor weakened = denoise(x, timestep, step, Branch::Weakened);
    const at::Tensor lost = velocities.conditional.to(at::kFloat).sub(weakened.to(at::kFloat));
    return velocity.to(at::kFloat).add(lost, guidance.skip.scale);
  };
}

}  // namespace kinora::diffusion
