// SPDX-License-Identifier: GPL-3.0-or-later
// The one tensor table of both VAEs, in diffusers naming, with the names of the original files as aliases (wan.md 4.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/tensor/weight_store.h"
#include "engine/wan/vae_config.h"

namespace kinora::wan {

/// All tensors of a VAE: 194 for VAE 2.1, 196 for VAE 2.2.
std::vector<tensor::TensorSpec> vaeTensorTable(const VaeConfig& config);

/// Whether a tensor of the table belongs to the decoder (with post_quant_conv) or to the encoder (with quant_conv).
bool isDecoderTensor(std::string_view name);

// Prefixes of the parts that the two forms name differently, e.g. "encoder.down_blocks.0.resnets.1.".
std::string encoderResnet(const VaeConfig& config, std::size_t stage, std::int64_t index);
std::string encoderDownsampler(const VaeConfig& config, std::size_t stage);
std::string decoderResnet(std::size_t stage, std::int64_t index);
std::string decoderUpsampler(const VaeConfig& config, std::size_t stage);

}  // namespace kinora::wan
