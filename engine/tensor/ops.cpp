// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/ops.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace kinora::tensor {
namespace {

// A piece of 3 GFLOP takes 30 ms on two cores of a laptop and 250 ms only at 12 GFLOP/s.
constexpr double kFlopsAtOnce = 3e9;
// Fewer rows than this in a piece, and reading the other factor again for each piece costs more than the arithmetic.
constexpr std::int64_t kFewestRows = 256;

/// The size of a piece of a rows × columns job, where columns are weights' outputs or attention heads.
struct Piece {
  std::int64_t rows;
  std::int64_t columns;
};

/// Cuts along the rows, and where that would make thin slices, along the columns too. GPUs work on the whole.
Piece pieceOf(std::int64_t rows, std::int64_t columns, double flopsPerCell, bool cpu) {
  const double cells = static_cast<double>(rows) * static_cast<double>(columns);
  if (!cpu || flopsPerCell * cells <= kFlopsAtOnce) return {rows, columns};
  const auto cellsAtOnce = static_cast<std::int64_t>(std::max(1.0, kFlopsAtOnce / flopsPerCell));
  const std::int64_t few = std::min(rows, kFewestRows);
  const std::int64_t width = std::clamp<std::int64_t>(cellsAtOnce / few, 1, columns);
  return {std::clamp<std::int64_t>(cellsAtOnce / width, 1, rows), width};
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
  const double flops = 4.0 * static_cast<double>(batch) * static_cast<double>(k.size(2) * q.size(3));
  const Piece piece = pieceOf(queries, heads, flops, q.is_cpu());
  std::optional<at::Tensor> bias;
  if (options.bias) bias = *options.bias;
  if (piece.rows >= queries && piece.columns >= heads) return attend(q, k, v, options, bias);

  // [B,N,H,D] in memory: what the caller gets by transposing back is contiguous, as from one call.
  at::Tensor out = at::empty({batch, queries, heads, v.size(3)}, q.options()).transpose(1, 2);
  for (std::int64_t head = 0; head < heads; head += piece.columns) {
    const std::int64_t width = std::min(piece.columns, heads - head);
    const at::Tensor keys = k.narrow(1, head, width);
    const at::Tensor values = v.narrow(1, head, width);
    for (std::int64_t row = 0; row < queries; row += piece.rows) {
      stop();
      const std::int64_t count = std::min(piece.rows, queries - row);
      std::optional<at::Tensor> part = bias;
      if (part && part->dim() >= 3 && part->size(-3) == heads) part = part->narrow(-3, head, width);
      if (part && part->dim() >= 2 && part->size(-2) == queries) part = part->narrow(-2, row, count);
      const at::Tensor some = q.narrow(1, head, width).narrow(2, row, count);
      out.narrow(1, head, width).narrow(2, row, count).copy_(attend(some, keys, values, options, part));
    }
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
  const std::int64_t outputs = weight.size(0);
  const Piece piece = pieceOf(tokens, outputs, 2.0 * static_cast<double>(inputs), x.is_cpu());
  if (piece.rows >= tokens && piece.columns >= outputs) return at::linear(x, weight, offset);

  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = outputs;
  const at::Tensor flat = x.reshape({tokens, inputs});
  at::Tensor out = at::empty({tokens, outputs}, x.options());
  for (std::int64_t row = 0; row < tokens; row += piece.rows) {
    const std::int64_t count = std::min(piece.rows, tokens - row);
    for (std::int64_t column = 0; column < outputs; column += piece.columns) {
      stop();
      const std::int64_t width = std::min(piece.columns, outputs - column);
      std::optional<at::Tensor> some;
      if (offset) some = offset->narrow(0, column, width);
      at::Tensor part = out.narrow(0, row, count).narrow(1, column, width);
      at::linear_out(part, flat.narrow(0, row, count), weight.narrow(0, column, width), some);
    }
  }
  return out.view(shape);
}

}  // namespace kinora::tensor
