// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of linears and norms as the networks keep them. Internal to engine/wan.
#pragma once

#include <ATen/ATen.h>

#include "engine/tensor/stop_check.h"

namespace kinora::wan {

struct Linear {
  at::Tensor weight;  ///< [out, in] in the compute dtype, or int8 or fp8, to be multiplied by scale
  at::Tensor bias;    ///< [out] or undefined
  at::Tensor scale;   ///< [out, 1] f32 of an int8 or fp8 weight, else undefined

  at::Tensor operator()(const at::Tensor& x, const tensor::StopCheck& stop) const;
};

struct NormWeights {
  at::Tensor weight, bias;  ///< f32
};

}  // namespace kinora::wan
