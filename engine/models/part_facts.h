// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace kinora::models {

// What parts say of themselves: a folder by its config.json (diffusers), a file by the shapes of its tensors. No value
// is read. All of them throw ConfigError.

struct TransformerFacts {
  std::string className;  ///< WanTransformer3DModel or WanVACETransformer3DModel; of a config: whatever it names
  int inChannels = 0;
  int outChannels = 0;
  int dim = 0;
  int layers = 0;
  int ffnDim = 0;
  int textDim = 0;
  int freqDim = 0;
  int imageDim = 0;        ///< width of CLIP states; 0: no picture tokens
  int imagePositions = 0;  ///< of first and last picture together; 0: no such table
  int vaceLayers = 0;
  int vaceChannels = 0;
};
TransformerFacts transformerFacts(const std::string& part);

/// Parameters of the transformer, by the shapes of its tensors.
std::uint64_t parameterCount(const TransformerFacts& facts);

struct VaeFacts {
  int latentChannels = 0;
  int decoderBaseDim = 0;
  int spatialStride = 0;
  int temporalStride = 0;
  bool residual = false;  ///< Wan 2.2
};
VaeFacts vaeFacts(const std::string& part);

}  // namespace kinora::models
