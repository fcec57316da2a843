// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/model_info.h"

namespace kinora::models {

/// What the config files say that tells architectures apart.
struct Traits {
  std::string pipelineClass;     ///< model_index.json
  std::string transformerClass;  ///< transformer/config.json
  bool expandTimesteps = false;
  bool hasBoundary = false;  ///< boundary_ratio is set
  bool hasTransformer2 = false;
  bool hasImageEncoder = false;
  bool hasEndPositions = false;  ///< pos_embed_seq_len is set (first-last-frame)
  bool residualVae = false;
  int inChannels = 0;
  int outChannels = 0;
  int latentChannels = 0;
  int dim = 0;
};

/// Sets architecture, abilities, defaults (the model authors' sampling settings) and, where this engine cannot run it,
/// problem. Leaves architecture empty for what is no Wan model at all.
void classify(const Traits& traits, core::ModelInfo& info);

}  // namespace kinora::models
