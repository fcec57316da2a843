// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/embeddings.h"

#include <ATen/ATen.h>

#include <cmath>

namespace kinora::wan {
namespace {

constexpr double kTheta = 10000.0;

/// [positions, pairs] complex64.
at::Tensor axisTable(std::int64_t positions, std::int64_t pairs) {
  const at::Tensor exponents = at::arange(pairs, at::kDouble).mul_(-1.0 / static_cast<double>(pairs));
  const at::Tensor frequencies = at::pow(at::scalar_tensor(kTheta, at::kDouble), exponents);
  const at::Tensor angles = at::outer(at::arange(positions, at::kDouble), frequencies);
  return at::complex(angles.cos().to(at::kFloat), angles.sin().to(at::kFloat));
}

}  // namespace

std::array<std::int64_t, 3> ropePairs(std::int64_t headDim) {
  const std::int64_t sixth = headDim / 6;
  return {headDim / 2 - 2 * sixth, sixth, sixth};
}

at::Tensor ropeTable(std::int64_t frames, std::int64_t rows, std::int64_t columns, std::int64_t headDim) {
  const auto pairs = ropePairs(headDim);
  const auto spread = [&](const at::Tensor& axis, std::int64_t width) {
    return axis.expand({frames, rows, columns, width});
  };
  const at::Tensor byFrame = spread(axisTable(frames, pairs[0]).view({frames, 1, 1, pairs[0]}), pairs[0]);
  const at::Tensor byRow = spread(axisTable(rows, pairs[1]).view({1, rows, 1, pairs[1]}), pairs[1]);
  const at::Tensor byColumn = spread(axisTable(columns, pairs[2]).view({1, 1, columns, pairs[2]}), pairs[2]);
  return at::cat({byFrame, byRow, byColumn}, -1).view({frames * rows * columns, headDim / 2});
}

at::Tensor timeVector(const at::Tensor& timesteps, std::int64_t width) {
  const std::int64_t half = width / 2;
  const at::Tensor exponents = at::arange(half, timesteps.options()).mul_(-std::log(kTheta)).div_(half);
  const at::Tensor angles = timesteps.unsqueeze(1) * exponents.exp().unsqueeze(0);  // [R, half]
  return at::cat({angles.cos(), angles.sin()}, -1);
}

}  // namespace kinora::wan
