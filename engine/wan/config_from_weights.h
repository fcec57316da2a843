// SPDX-License-Identifier: GPL-3.0-or-later
// Configs of weights that come without the diffusers folder around them: ComfyUI files, GGUF files, folders in the
// original layout. Shapes say nearly everything (wan.md 1.1, 4, 5.1); what they do not say has the value of the
// published models, or stands in a config.json beside the weights. Whether all tensors are there is checked by the
// tensor tables. Errors: ModelMismatch (not such a network, or a size that no file says), Corrupt (config.json).
#pragma once

#include "engine/tensor/weight_source.h"
#include "engine/wan/config.h"
#include "engine/wan/vae_config.h"

namespace kinora::wan {

/// A config.json of diffusers beside the weights decides. One of the original layout (`dim`, `num_heads`, …) must agree
/// with the shapes and gives the number of heads, which is otherwise dim / 128.
core::Result<TransformerConfig> transformerConfigOf(const tensor::WeightSource& weights);

/// A config.json of diffusers beside the weights decides. Otherwise mean and deviation of the latent are those of the
/// published models of 16 and 48 channels.
core::Result<VaeConfig> vaeConfigOf(const tensor::WeightSource& weights);

/// A config.json of transformers beside the weights decides.
core::Result<TextEncoderConfig> textEncoderConfigOf(const tensor::WeightSource& weights);

/// A config.json of transformers beside the weights decides. Otherwise heads are 80 wide, as those of ViT-H/14.
core::Result<ClipVisionConfig> clipVisionConfigOf(const tensor::WeightSource& weights);

}  // namespace kinora::wan
