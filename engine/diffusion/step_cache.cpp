// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/step_cache.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace kinora::diffusion {
namespace {

constexpr double kComputedShare = 0.1;

}  // namespace

double relativeChange(const at::Tensor& now, const at::Tensor& before) {
  return ((now - before).abs().mean() / before.abs().mean()).item<double>();
}

StepCache::StepCache(CacheSettings settings) : m_settings(std::move(settings)) {}

int StepCache::blocksBefore() const {
  return m_settings.kind == CacheKind::FirstBlock ? 1 : 0;
}

bool StepCache::mustCompute(int step) const {
  if (!m_residual.defined()) return true;
  if (m_settings.kind == CacheKind::FirstBlock) return false;
  const int first = std::max(1, static_cast<int>(std::lround(kComputedShare * m_settings.steps)));
  return step < first || step == m_settings.steps - 1;
}

double StepCache::outputChange(double change) const {
  if (m_settings.polynomial.empty()) return change;
  double value = 0;
  for (const double coefficient : m_settings.polynomial) value = value * change + coefficient;
  return value;
}

bool StepCache::reuse(const at::Tensor& probe, int step) {
  const bool accumulates = m_settings.kind == CacheKind::TeaCache;
  bool reuse = false;
  if (!mustCompute(step)) {
    const double change = relativeChange(probe, m_probe);
    m_sum = accumulates ? m_sum + outputChange(change) : change;
    reuse = m_sum < m_settings.threshold;  // false for not-a-number
  }
  if (!reuse) m_sum = 0;
  if (accumulates || !reuse) m_probe = probe;
  m_reused += reuse ? 1 : 0;
  return reuse;
}

void StepCache::reset() {
  m_probe.reset();
  m_residual.reset();
  m_sum = 0;
}

}  // namespace kinora::diffusion
