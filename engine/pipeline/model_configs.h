// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "engine/core/model_info.h"
#include "engine/core/result.h"
#include "engine/pipeline/experts.h"
#include "engine/wan/config.h"
#include "engine/wan/vae_config.h"

namespace kinora::pipeline {

/// What the parts of a model are, read and checked against each other.
struct WanConfigs {
  wan::ModelIndex index;
  wan::TransformerConfig transformer;  ///< of both experts, where there are two
  wan::TextEncoderConfig textEncoder;
  wan::VaeConfig vae;
  std::optional<wan::ClipVisionConfig> clip;
  bool drawsFirstFrame = false;  ///< TI2V: without a start picture the first frame is made first, as a picture

  /// Mask and picture latents are read behind the noise (image-to-video but for TI2V).
  bool takesChannels() const { return transformer.inChannels != transformer.outChannels; }
  bool takesStart() const { return takesChannels() || index.expandTimesteps || transformer.hasControl(); }
  bool needsStart() const { return takesChannels(); }
  /// First and last frame: where there are CLIP tokens, only those trained for two pictures take two.
  bool takesEnd() const {
    return transformer.hasControl() || (takesChannels() && (!transformer.imageDim || transformer.imagePositions));
  }
  bool needsEnd() const { return transformer.imageDim && transformer.imagePositions; }
};

/// Where a model's parts lie: as its description says, or where that names only a folder, the diffusers layout in it.
core::ModelParts partsOf(const core::ModelInfo& model);

/// Of each part: its config.json where there is one, else what its weights say (wan/config_from_weights). Of the whole:
/// model_index.json of model.directory, else what is published of model.architecture; and kinora.json. Only headers are
/// read. Errors: NotFound, Corrupt, Unsupported, ModelMismatch (parts of different models).
core::Result<WanConfigs> readWanConfigs(const core::ModelInfo& model);

/// A transformer's weights with their config.
core::Result<Experts::Part> openTransformer(const std::string& part);

}  // namespace kinora::pipeline
