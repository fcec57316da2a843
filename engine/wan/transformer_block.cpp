// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/transformer_block.h"

#include <algorithm>

#include "engine/tensor/ops.h"

namespace kinora::wan {
namespace {

// Entries of a block's modulation.
constexpr std::int64_t kShiftSelf = 0, kScaleSelf = 1, kGateSelf = 2, kShiftFeed = 3, kScaleFeed = 4, kGateFeed = 5;

/// Tokens whose hidden layer is held at once: the stop token is looked at between such pieces on the CPU, and together
/// they take no more than self-attention's queries, keys and values do.
std::int64_t tokensAtOnce(const at::Tensor& x, std::int64_t hidden) {
  constexpr std::int64_t kFewest = 512;
  const std::int64_t elements = x.is_cpu() ? std::int64_t{1} << 24 : std::int64_t{1} << 28;
  const std::int64_t share = std::max(kFewest, 2 * x.numel() / hidden);
  return std::max<std::int64_t>(1, std::min(elements / hidden, share));
}

at::Tensor heads(const at::Tensor& x, const BlockShape& shape) {
  return x.unflatten(-1, at::IntArrayRef{shape.heads, -1}).transpose(1, 2);  // [B,N,d] -> [B,H,N,D]
}

at::Tensor merged(const at::Tensor& x) {
  return x.transpose(1, 2).flatten(2);  // [B,H,N,D] -> [B,N,d]
}

/// What queries [B,H,N,D] find in the text: [B,N,d].
at::Tensor textAttention(const at::Tensor& q, const CrossKv& context, const tensor::StopCheck& stop) {
  tensor::AttentionOptions options;
  if (context.bias.defined()) options.bias = &context.bias;
  return merged(tensor::attention(q, context.keys, context.values, stop, options));
}

/// RMS norm and rotation of queries or keys: [B,N,d] -> [B,H,N,D]. The token's norm factor is folded into its
/// rotations, which are shared by all heads and so are far fewer than the channels.
at::Tensor normedAndRotated(const at::Tensor& x, const at::Tensor& weight, const BlockShape& shape) {
  const at::Tensor values = x.to(at::kFloat);
  const double width = static_cast<double>(x.size(-1));
  const at::Tensor factor =
      at::linalg_vector_norm(values, 2, at::IntArrayRef{-1}, true).square_().div_(width).add_(shape.eps).rsqrt_();
  const at::Tensor turns = (shape.rope * factor).unsqueeze(2);  // [B,N,1,D/2] complex
  const at::Tensor scaled = (values * weight).unflatten(-1, at::IntArrayRef{shape.heads, -1, 2});  // [B,N,H,D/2,2]
  at::Tensor pairs = at::view_as_complex(scaled);
  pairs.mul_(turns);
  return scaled.flatten(-2).transpose(1, 2).to(shape.dtype);  // [B,H,N,D]
}

/// What queries find in keys and values of the same tokens: [B,N,d]. A function of its own, so that its parts are gone
/// when the result is projected.
at::Tensor selfAttention(const at::Tensor& x, const BlockWeights& block, const BlockShape& shape,
                         const Modulation& modulation, const tensor::StopCheck& stop) {
  const std::int64_t dim = x.size(2);
  const at::Tensor qkv =
      block.selfQkv(modulation.normed(x, kShiftSelf, kScaleSelf, shape.eps, shape.dtype), stop);  // [B,N,3d]
  stop();
  const at::Tensor q = normedAndRotated(qkv.narrow(2, 0, dim), block.selfQueryNorm, shape);
  const at::Tensor k = normedAndRotated(qkv.narrow(2, dim, dim), block.selfKeyNorm, shape);
  const at::Tensor v = heads(qkv.narrow(2, 2 * dim, dim), shape);
  return merged(shape.share.attention(q, k, v, stop));
}

}  // namespace

at::Tensor Modulation::normed(const at::Tensor& x, std::int64_t shift, std::int64_t scale, double eps,
                              at::ScalarType dtype) const {
  const auto entry = [&](std::int64_t row, std::int64_t k) { return rows.select(0, row).select(0, k); };
  const at::IntArrayRef width = rows.sizes().slice(2);
  at::Tensor out = at::layer_norm(x, width, entry(0, scale), entry(0, shift), eps);
  if (cleanTokens > 0) {
    const at::Tensor clean = x.narrow(1, 0, cleanTokens);
    out.narrow(1, 0, cleanTokens).copy_(at::layer_norm(clean, width, entry(1, scale), entry(1, shift), eps));
  }
  return out.to(dtype);
}

void Modulation::addGated(at::Tensor& x, const at::Tensor& y, std::int64_t gate) const {
  const std::int64_t tokens = x.size(1);
  const auto part = [&](std::int64_t row, std::int64_t from, std::int64_t to) {
    if (to > from) x.narrow(1, from, to - from).addcmul_(y.narrow(1, from, to - from), rows[row][gate]);
  };
  part(0, cleanTokens, tokens);
  part(1, 0, cleanTokens);
}

at::Tensor normalizedHeads(const at::Tensor& x, const at::Tensor& weight, const BlockShape& shape) {
  return heads(tensor::rmsNorm(x, weight, shape.eps).to(shape.dtype), shape);
}

void addSelfAttention(at::Tensor& x, const BlockWeights& block, const BlockShape& shape, const Modulation& modulation,
                      const tensor::StopCheck& stop) {
  const at::Tensor mixed = selfAttention(x, block, shape, modulation, stop);
  modulation.addGated(x, block.selfOut(mixed, stop), kGateSelf);
}

void addCrossAttention(at::Tensor& x, const BlockWeights& block, const BlockShape& shape, const CrossKv& context,
                       const Avoided& avoided, const tensor::StopCheck& stop) {
  const at::Tensor input =
      at::layer_norm(x, {x.size(2)}, block.textNormWeight, block.textNormBias, shape.eps).to(shape.dtype);
  const at::Tensor q = normalizedHeads(block.crossQuery(input, stop), block.crossQueryNorm, shape);
  at::Tensor y = textAttention(q, context, stop);  // [B,N,d]
  if (avoided.context)
    y = diffusion::normalizedAttention(y, textAttention(q, *avoided.context, stop), avoided.settings);
  if (context.imageKeys.defined()) {
    const auto forAll = [&](const at::Tensor& kv) { return kv.expand({q.size(0), -1, -1, -1}); };
    y = y + merged(tensor::attention(q, forAll(context.imageKeys), forAll(context.imageValues), stop));
  }
  x.add_(block.crossOut(y, stop));
}

void addFeedForward(at::Tensor& x, const BlockWeights& block, const BlockShape& shape, const Modulation& modulation,
                    const tensor::StopCheck& stop) {
  const at::Tensor input = modulation.normed(x, kShiftFeed, kScaleFeed, shape.eps, shape.dtype);
  const auto feed = [&](const at::Tensor& part) {
    at::Tensor hidden = block.feedIn(part, stop);
    at::gelu_(hidden, "tanh");
    return block.feedOut(hidden, stop);
  };
  const std::int64_t tokens = x.size(0) * x.size(1);
  const std::int64_t atOnce = tokensAtOnce(x, block.feedIn.weight.size(0));
  if (tokens <= atOnce) {
    modulation.addGated(x, feed(input), kGateFeed);
    return;
  }
  const at::Tensor flat = input.flatten(0, 1);
  at::Tensor y = at::empty_like(flat);
  for (std::int64_t at = 0; at < tokens; at += atOnce) {
    const std::int64_t count = std::min(atOnce, tokens - at);
    y.narrow(0, at, count).copy_(feed(flat.narrow(0, at, count)));
  }
  modulation.addGated(x, y.view(input.sizes()), kGateFeed);
}

}  // namespace kinora::wan
