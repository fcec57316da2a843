// SPDX-License-Identifier: GPL-3.0-or-later
// The few operations every network of ours is made of. None records gradients: the pipeline runner holds a
// c10::InferenceMode for the whole run (tests hold their own); nothing here sets one.
// Those that take a StopCheck cut long CPU work into pieces of a few GFLOP and call it between them; on a GPU, where
// work is queued, they call it once. They throw Stopped. Shapes that do not fit throw c10::Error, as in torch.
#pragma once

#include <optional>

#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::tensor {

struct AttentionOptions {
  const at::Tensor* bias = nullptr;  ///< added to the scores; broadcasts to [B,H,N,M], same dtype as q
  std::optional<double> scale;       ///< of the scores; default 1/sqrt(D)
};

/// softmax(scale·q·kᵀ + bias)·v. q [B,H,N,D], k and v [B,H,M,D], any strides with D innermost; returns [B,H,N,D].
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const StopCheck& stop,
                     const AttentionOptions& options = {});

/// Rotates interleaved pairs: (a,b) at channels (2p,2p+1) becomes (a·cos - b·sin, a·sin + b·cos).
/// x [B,H,N,D]; cos and sin [N,D/2] f32. f32 maths, x's dtype out.
at::Tensor applyRope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

/// x·rsqrt(mean(x²)+eps)·weight over the last axis, in f32, x's dtype out. weight [D].
at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// (x-mean)/sqrt(var+eps) over the last axis, then ·weight+bias where these are given ([D]); f32 maths, x's dtype out.
at::Tensor layerNorm(const at::Tensor& x, double eps, const at::Tensor* weight = nullptr,
                     const at::Tensor* bias = nullptr);

/// x·weightᵀ + bias. x [...,in], weight [out,in], bias [out] or undefined; returns [...,out].
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const StopCheck& stop);

}  // namespace kinora::tensor
