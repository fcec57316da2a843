// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/quantise.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "engine/tensor/ops.h"

namespace kinora::tensor {
namespace {

constexpr double kTiny = 1e-30;
constexpr double kLargestInt8 = 127;
constexpr double kLargestE4m3 = 448;
// Of a matrix, turned back at once. On the CPU small enough for a core's cache to be of use, on a GPU to be few calls.
constexpr std::int64_t kPieceOnCpu = 1 << 20;
constexpr std::int64_t kPieceOnGpu = 1 << 26;

std::int64_t rowsAtOnce(const at::Tensor& matrix) {
  const std::int64_t columns = std::max<std::int64_t>(1, matrix.size(1));
  return std::max<std::int64_t>(1, (matrix.is_cpu() ? kPieceOnCpu : kPieceOnGpu) / columns);
}

// Where the largest value of a row comes to lie below the largest number, in thirds of a factor of two: how well the
// values of a row hit the finer halves of their binades depends on it. Numbers without a point need no such choice.
constexpr std::array kE4m3Room{1.0, 1.2599, 1.5874};

void quantiseToInt8(const at::Tensor& matrix, const at::Tensor& largest, at::Tensor& values, at::Tensor& scale) {
  scale.copy_(largest / kLargestInt8);
  values.copy_((matrix / scale).round_());
}

void quantiseToE4m3(const at::Tensor& matrix, const at::Tensor& largest, at::Tensor& values, at::Tensor& scale) {
  at::Tensor least;  // squared error of each row
  for (const double room : kE4m3Room) {
    const at::Tensor factor = largest * (room / kLargestE4m3);
    const at::Tensor rounded = (matrix / factor).clamp_(-kLargestE4m3, kLargestE4m3).to(at::kFloat8_e4m3fn);
    const at::Tensor error = (rounded.to(at::kFloat) * factor).sub_(matrix).square_().sum(at::IntArrayRef{1}, true);
    const at::Tensor better = least.defined() ? error < least : at::ones_like(error, at::kBool);
    least = least.defined() ? at::minimum(error, least) : error;
    scale.copy_(at::where(better, factor, scale));
  }
  values.copy_((matrix / scale).clamp_(-kLargestE4m3, kLargestE4m3));
}

}  // namespace

void quantise(const at::Tensor& matrix, at::Tensor& values, at::Tensor& scale) {
  const std::int64_t atOnce = rowsAtOnce(matrix);
  for (std::int64_t row = 0; row < matrix.size(0); row += atOnce) {
    const std::int64_t count = std::min(atOnce, matrix.size(0) - row);
    const at::Tensor part = matrix.narrow(0, row, count);
    at::Tensor partValues = values.narrow(0, row, count), partScale = scale.narrow(0, row, count);
    // A row of zeros stays one.
    const at::Tensor largest = at::amax(part.abs(), at::IntArrayRef{1}, true).clamp_min_(kTiny);
    (values.scalar_type() == at::kChar ? quantiseToInt8 : quantiseToE4m3)(part, largest, partValues, partScale);
  }
}

at::Tensor quantisedLinear(const at::Tensor& x, const at::Tensor& values, const at::Tensor& scale,
                           const at::Tensor& bias, const StopCheck& stop) {
  const std::int64_t outputs = values.size(0);
  const std::int64_t atOnce = rowsAtOnce(values);
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = outputs;
  at::Tensor out = at::empty(shape, x.options());
  for (std::int64_t row = 0; row < outputs; row += atOnce) {
    const std::int64_t count = std::min(atOnce, outputs - row);
    const at::Tensor weight =
        values.narrow(0, row, count).to(at::kFloat).mul_(scale.narrow(0, row, count)).to(x.scalar_type());
    const at::Tensor offset = bias.defined() ? bias.narrow(0, row, count) : at::Tensor();
    out.narrow(-1, row, count).copy_(linear(x, weight, offset, stop));
  }
  return out;
}

}  // namespace kinora::tensor
