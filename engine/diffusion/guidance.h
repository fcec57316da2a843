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
};

/// The network with a choice of text. x [B,…] is given once, also for Both: the network repeats it itself.
using BranchDenoiser = std::function<at::Tensor(const at::Tensor& x, double timestep, int step, Branch branch)>;

struct Guidance {
  double scale = 1;      ///< <= 1: the negative branch is skipped
  bool batched = false;  ///< one pass of batch 2 instead of two passes: faster where memory allows

  /// Whether the negative prompt is needed at all.
  bool active() const { return scale > 1; }
};

/// unconditional + scale·(conditional - unconditional), in f32 (Ho and Salimans, "Classifier-free diffusion guidance").
at::Tensor combineGuidance(const at::Tensor& conditional, const at::Tensor& unconditional, double scale);

/// Makes a Denoiser of a BranchDenoiser. Keeps a copy of denoise.
Denoiser guided(BranchDenoiser denoise, Guidance guidance);

}  // namespace kinora::diffusion
