// SPDX-License-Identifier: GPL-3.0-or-later
// The one list of each network's tensors: loaders, model check and tests walk it. Names as in the diffusers layout,
// aliases as in the original Wan files and, for the text encoder, llama.cpp (wan.md sections 3 and 5.4).
#pragma once

#include <string_view>
#include <vector>

#include "engine/tensor/weight_source.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/config.h"

namespace kinora::wan {

std::vector<tensor::TensorSpec> transformerTable(const TransformerConfig& config);
std::vector<tensor::TensorSpec> textEncoderTable(const TextEncoderConfig& config);

/// Tensors that some files hold and nobody needs.
bool ignoredTransformerTensor(std::string_view name);
bool ignoredTextEncoderTensor(std::string_view name);

/// Norms, time embedding and modulation: f32 in every precision, as upstream keeps them.
bool transformerTensorStaysF32(std::string_view name);
bool textEncoderTensorStaysF32(std::string_view name);

/// config without the CLIP parts where the weights have none: some published configs name sizes of parts that are not
/// in the files.
TransformerConfig withoutAbsentImageParts(TransformerConfig config, const tensor::WeightSource& weights);

}  // namespace kinora::wan
