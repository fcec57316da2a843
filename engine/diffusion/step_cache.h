// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace kinora::diffusion {

enum class CacheKind {
  /// Liu et al., "Timestep Embedding Tells: It's Time to Cache" (TeaCache, 2024): the probe is the time modulation, its
  /// relative L1 change since the step before is added up, and the network runs again when the sum reaches the
  /// threshold. The first steps (a tenth, at least one) and the last are always computed.
  TeaCache,
  /// First-block cache (ParaAttention; diffusers FirstBlockCache): the probe is what the first block adds; the others
  /// are reused while it is within the threshold of what it was when they last ran.
  FirstBlock,
};

struct CacheSettings {
  CacheKind kind = CacheKind::TeaCache;
  double threshold = 0;
  int steps = 0;  ///< of the run
  /// TeaCache: coefficients, highest power first, from the probe's change to the output's, fitted for a model; empty:
  /// the change as it is.
  std::vector<double> polynomial;
};

/// Lets a network reuse over the steps of a run what its later blocks add to the tokens. One object for each kind of
/// pass (prompt, negative prompt, …) and expert. Not thread-safe: one run owns it.
class StepCache {
 public:
  explicit StepCache(CacheSettings settings);

  /// Blocks that run before reuse() can be asked: 0 or 1.
  int blocksBefore() const;
  /// Whether step (from 0) may add residual() in place of the blocks that are left. probe: f32, of the same shape in
  /// every step. Ask once a step.
  bool reuse(const at::Tensor& probe, int step);
  /// Keeps what the blocks after blocksBefore() have added, when reuse() said no.
  void keep(at::Tensor residual) { m_residual = std::move(residual); }
  const at::Tensor& residual() const { return m_residual; }
  /// Forgets everything but the count, as when another network takes over.
  void reset();
  /// Times that reuse() said yes.
  int reused() const { return m_reused; }

 private:
  bool mustCompute(int step) const;
  double outputChange(double change) const;

  CacheSettings m_settings;
  at::Tensor m_probe;     // TeaCache: of the step before; FirstBlock: of the step computed last
  at::Tensor m_residual;  // of the step computed last
  double m_sum = 0;       // TeaCache: change since then
  int m_reused = 0;
};

/// mean|now - before| / mean|before|.
double relativeChange(const at::Tensor& now, const at::Tensor& before);

}  // namespace kinora::diffusion
