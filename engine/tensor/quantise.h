// SPDX-License-Identifier: GPL-3.0-or-later
// Matrices kept in one byte a value. Symmetric, with one factor a row, as torch's int8 weight-only linears have it:
// q = round(w / s), s = max|w of the row| / 127. For fp8 without rounding to integers, and s = r·max / 448, the largest
// number of e4m3, with that r of three in 1…2 whose squared error is least. Rows are independent, so a matrix can be
// put together and changed row by row.
#pragma once

#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::tensor {

/// Writes matrix, f32 [rows,columns], to values (the same shape, int8 or float8_e4m3fn) and scale (f32 [rows,1]).
void quantise(const at::Tensor& matrix, at::Tensor& values, at::Tensor& scale);

/// x·(values·scale)ᵀ + bias in x's dtype; values [out,in] and scale [out,1] of quantise, bias [out] or undefined. A
/// piece of the matrix is turned back at a time: memory is that of x and the result, and a few MiB. Throws Stopped.
at::Tensor quantisedLinear(const at::Tensor& x, const at::Tensor& values, const at::Tensor& scale,
                           const at::Tensor& bias, const StopCheck& stop);

}  // namespace kinora::tensor
