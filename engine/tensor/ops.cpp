// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/ops.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace kinora::tensor {
namespace {

// A piece of 4 GFLOP takes 40 ms on two cores of a laptop and 250 ms only at 16 GFLOP/s.
constexpr double kFlopsAtOnce = 4e9;

/// How many of count rows of `flops` each to do between two looks at the stop token.
std::int64_t rowsAtOnce(std::int64_t count, double flopsPerRow, bool cpu) {
  if (!cpu || flopsPerRow * static_cast<double>(count) <= kFlopsAtOnce) return count;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(kFlopsAtOnce / flopsPerRow));
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionOptions& options,
                  const std::optional<at::Tensor>& bias) {
  return at::scaled_dot_product_attention(q, k, v, bias, 0.0, false, options.scale);
}

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const StopCheck& stop,
                     const AttentionOptions& options) {
  stop();
  const std::int64_t batch = q.size(0);
  const std::int64_t heads = q.size(1);
  const std::int64_t queries = q.size(2);
  const double flops = 4.0 * static_cast<double>(batch * heads) * static_cast<double>(k.size(2) * q.size(3));
  const std::int64_t rows = rowsAtOnce(queries, flops, q.is_cpu());
  std::optional<at::Tensor> bias;
  if (options.bias) bias = *options.bias;
  if (rows >= queries) return attend(q, k, v, options, bias);

  // [B,N,H,D] in memory: what the caller gets by transposing back is contiguous, as from one call.
  at::Tensor out = at::empty({batch, queries, heads, v.size(3)}, q.options()).transpose(1, 2);
  for (std::int64_t at = 0; at < queries; at += rows) {
    stop();
    const std::int64_t count = std::min(rows, queries - at);
    std::optional<at::Tensor> part = bias;
    if (bias && bias->dim() >= 2 && bias->size(-2) == queries) part = bias->narrow(-2, at, count);
    out.narrow(2, at, count).copy_(attend(q.narrow(2, at, count), k, v, options, part));
  }
  return out;
}

at::Tensor applyRope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  TORCH_CHECK(x.size(-1) == 2 * cos.size(-1) && x.size(-2) == cos.size(-2), "rope table; expected [", x.size(-2), ",",
              x.size(-1) / 2, "], got ", cos.sizes());
  // A pair turned by an angle is a complex number times e^(i·angle): one pass over memory.
  at::Tensor values = x.to(at::kFloat);
  bool paired = values.stride(-1) == 1 && values.storage_offset() % 2 == 0;
  for (std::int64_t axis = 0; axis + 1 < values.dim(); ++axis) paired = paired && values.stride(axis) % 2 == 0;
  if (!paired) values = values.clone(at::MemoryFormat::Contiguous);
  const at::Tensor pairs = at::view_as_complex(values.unflatten(-1, at::IntArrayRef{-1, 2}));
  const at::Tensor turned = pairs.mul(at::complex(cos, sin));
  return at::view_as_real(turned).flatten(-2).to(x.scalar_type());
}

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor values = x.to(at::kFloat);
  const at::Tensor norm = at::linalg_vector_norm(values, 2, at::IntArrayRef{-1}, true);
  const at::Tensor factor = norm.square().div_(static_cast<double>(x.size(-1))).add_(eps).rsqrt_();
  return values.mul(factor).mul_(weight).to(x.scalar_type());
}

at::Tensor layerNorm(const at::Tensor& x, double eps, const at::Tensor* weight, const at::Tensor* bias) {
  std::optional<at::Tensor> scale;
  std::optional<at::Tensor> offset;
  if (weight) scale = weight->to(at::kFloat);
  if (bias) offset = bias->to(at::kFloat);
  return at::layer_norm(x.to(at::kFloat), {x.size(-1)}, scale, offset, eps).to(x.scalar_type());
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const StopCheck& stop) {
  stop();
  std::optional<at::Tensor> offset;
  if (bias.defined()) offset = bias;
  const std::int64_t inputs = weight.size(1);
  const std::int64_t tokens = inputs > 0 ? x.numel() / inputs : 0;
  const double flops = 2.0 * static_cast<double>(inputs) * static_cast<double>(weight.size(0));
  const std::int64_t rows = rowsAtOnce(tokens, flops, x.is_cpu());
  if (rows >= tokens) return at::linear(x, weight, offset);

  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  const at::Tensor flat = x.reshape({tokens, inputs});
  at::Tensor out = at::empty({tokens, weight.size(0)}, x.options());
  for (std::int64_t at = 0; at < tokens; at += rows) {
    stop();
    const std::int64_t count = std::min(rows, tokens - at);
    at::Tensor part = out.narrow(0, at, count);
    at::linear_out(part, flat.narrow(0, at, count), weight, offset);
  }
  return out.view(shape);
}

}  // namespace kinora::tensor
