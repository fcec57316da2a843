// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "engine/tensor/device.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::wan {

/// Where and in which precision a network of a model runs.
struct ComputeOptions {
  /// Of linears and attention; norms, modulation, softmax and the residual stream are f32 in any case. Default: f32
  /// (torch fixes the number; transformer.cpp checks it).
  c10::ScalarType dtype = static_cast<c10::ScalarType>(6);
  /// int8 or fp8 (e4m3), to keep the matrices of the blocks in (tensor/quantise.h); they are turned back piece by piece
  /// where they are used. Of transformer and text encoder; others take no notice.
  std::optional<c10::ScalarType> packed;
  tensor::ComputeDevice device;
  tensor::StopCheck stop;  ///< asked between tensors while loading
};

}  // namespace kinora::wan
