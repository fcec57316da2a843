// SPDX-License-Identifier: GPL-3.0-or-later
// One transformer block and its parts (wan.md 2.2). Internal to Transformer.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "engine/diffusion/guidance.h"
#include "engine/tensor/stop_check.h"
#include "engine/wan/token_share.h"
#include "engine/wan/transformer_weights.h"

namespace kinora::wan {

/// Shift, 1 + scale and gate for the tokens: row 0 is for all of them, or where there is a row 1, that one is for the
/// first cleanTokens of each sequence (a latent frame with timestep 0).
struct Modulation {
  at::Tensor rows;  ///< [R, k, d] f32, R is 1 or 2
  std::int64_t cleanTokens = 0;

  /// LN(x)·scale + shift with entries scale and shift of rows; x f32 [B,N,d]; out has dtype.
  at::Tensor normed(const at::Tensor& x, std::int64_t shift, std::int64_t scale, double eps,
                    at::ScalarType dtype) const;
  /// x += gate·y in place.
  void addGated(at::Tensor& x, const at::Tensor& y, std::int64_t gate) const;
};

/// What one forward pass gives every block.
struct BlockShape {
  std::int64_t heads = 0;
  double eps = 0;
  at::ScalarType dtype = at::kFloat;
  at::Tensor rope;   ///< [N, headDim/2] complex64
  TokenShare share;  ///< N is its count
};

/// Keys and values of cross-attention: [B, heads, M, headDim]; bias [B,1,1,M] or undefined. Picture tokens, where the
/// model has them, are attended to apart and are the same for the whole batch: [1, heads, n, headDim].
struct CrossKv {
  at::Tensor keys;
  at::Tensor values;
  at::Tensor bias;
  at::Tensor imageKeys;
  at::Tensor imageValues;
};

/// Negative prompt of normalized attention guidance in one block; context nullptr: none.
struct Avoided {
  const CrossKv* context = nullptr;
  diffusion::NagSettings settings{};
};

/// x += gate·SelfAttn(…), in place; x f32 [B,N,d].
void addSelfAttention(at::Tensor& x, const BlockWeights& block, const BlockShape& shape, const Modulation& modulation,
                      const tensor::StopCheck& stop);
/// x += CrossAttn(…), in place; text attention is steered away from avoided.
void addCrossAttention(at::Tensor& x, const BlockWeights& block, const BlockShape& shape, const CrossKv& context,
                       const Avoided& avoided, const tensor::StopCheck& stop);
/// x += gate·FFN(…), in place, a few tokens at a time where the hidden layer is large.
void addFeedForward(at::Tensor& x, const BlockWeights& block, const BlockShape& shape, const Modulation& modulation,
                    const tensor::StopCheck& stop);

/// RMS norm over all of d, before the split into heads: x [...,d] of any strides; weight [d] f32.
at::Tensor normalizedHeads(const at::Tensor& x, const at::Tensor& weight, const BlockShape& shape);

}  // namespace kinora::wan
