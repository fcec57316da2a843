// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "engine/diffusion/sampler.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::diffusion {

/// Which text a network pass is conditioned on.
enum class Branch {
  Conditional,    ///< the prompt
  Unconditional,  ///< the negative prompt
  Both,           ///< one pass of twice the batch: returns [2B,…], prompt first
  Weakened,       ///< the prompt, with the network's blocks skipped that SkipGuidance is about
};

/// The network with a choice of text. x [B,…] is given once, also for Both: the network repeats it itself.
using BranchDenoiser = std::function<at::Tensor(const at::Tensor& x, double timestep, int step, Branch branch)>;

enum class GuidanceKind {
  Plain,     ///< combineGuidance
  ZeroStar,  ///< combineZeroStar
};

/// Steers away from what the network makes with some of its blocks skipped: one more pass in each of its steps
/// (skip-layer guidance of Stability AI's SD 3.5; spatiotemporal guidance, Hyung et al. 2024).
struct SkipGuidance {
  double scale = 0;
  int firstStep = 0;
  int endStep = 0;  ///< one past the last

  bool activeAt(int step) const { return scale != 0 && step >= firstStep && step < endStep; }
};

struct Guidance {
  double scale = 1;      ///< <= 1: the negative branch is skipped
  bool batched = false;  ///< one pass of batch 2 instead of two passes: faster where memory allows
  GuidanceKind kind = GuidanceKind::Plain;
  int zeroSteps = 0;  ///< first steps of an active guidance in which x stays and the network is not asked
  SkipGuidance skip{};

  /// Whether the negative prompt is needed at all.
  bool active() const { return scale > 1; }
};

/// unconditional + scale·(conditional - unconditional), in f32 (Ho and Salimans, "Classifier-free diffusion guidance").
at::Tensor combineGuidance(const at::Tensor& conditional, const at::Tensor& unconditional, double scale);

/// combineGuidance with st·unconditional in place of unconditional, where st = <c,u>/<u,u> for each entry of the batch:
/// the multiple of u that is nearest to c (Fan et al., "CFG-Zero*", 2025, algorithm 1).
at::Tensor combineZeroStar(const at::Tensor& conditional, const at::Tensor& unconditional, double scale);

/// Normalized attention guidance (Chen et al., "Normalized Attention Guidance", 2025, equations 6 to 9).
struct NagSettings {
  double scale = 1;  ///< 1: off
  double tau = 2.5;  ///< most that the L1 norm of a token may grow
  double alpha = 0.25;
};

/// positive, negative: attention outputs [B,N,d] before the output projection, any float dtype; returns positive's.
at::Tensor normalizedAttention(const at::Tensor& positive, const at::Tensor& negative, const NagSettings& settings);

/// Makes a Denoiser of a BranchDenoiser. Keeps a copy of denoise.
Denoiser guided(BranchDenoiser denoise, Guidance guidance);

}  // namespace kinora::diffusion
