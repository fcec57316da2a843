// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/tensor/weight_store.h"
#include "engine/wan/lora_file.h"

namespace kinora::wan {

struct WeightedLora {
  LoraFile file;
  double weight = 1;
};

/// The change that LoRAs together make to the weights of one network: W + Σ weight · factor · up · down, summed in f64
/// and rounded once to f32. One of weight 0 counts as absent. Holds the files' mappings.
tensor::Overlay loraOverlay(const std::vector<WeightedLora>& loras, Expert expert);

}  // namespace kinora::wan
