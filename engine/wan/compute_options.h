// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/tensor/device.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::wan {

/// Where and in which precision a network of a model runs.
struct ComputeOptions {
  /// Of linears and attention; norms, modulation, softmax and the residual stream are f32 in any case. Default: f32
  /// (torch fixes the number; transformer.cpp checks it).
  c10::ScalarType dtype = static_cast<c10::ScalarType>(6);
  tensor::ComputeDevice device;
  tensor::StopCheck stop;  ///< asked between tensors while loading
};

}  // namespace kinora::wan
