// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kinora::core {

// What the memory of a model depends on beside the geometry in ModelInfo: shapes of its networks, and in which type
// ("F32", "F16", "BF16", …; empty: not known) each lies on disk. 0 layers: the model has no such part.

struct TextEncoderShape {
  int dim = 0;
  int ffnDim = 0;
  int layers = 0;
  int heads = 0;
  int headDim = 0;
  std::string stored;
  bool operator==(const TextEncoderShape&) const = default;
};

/// CLIP's vision tower.
struct ImageEncoderShape {
  int dim = 0;
  int ffnDim = 0;
  int layers = 0;  ///< those that are used
  int tokens = 0;
  std::string stored;
  bool operator==(const ImageEncoderShape&) const = default;
};

/// The fields of engine/wan/vae_config.h.
struct VaeShape {
  int encoderBase = 0;
  int decoderBase = 0;
  int latentChannels = 0;
  int resBlocks = 2;
  int patch = 1;
  bool residual = false;
  std::vector<int> dimMult;
  std::vector<bool> temporalDownsample;  ///< one fewer than dimMult
  bool operator==(const VaeShape&) const = default;

  std::size_t stages() const { return dimMult.size(); }
  /// Pixels per latent cell and side.
  int spatialStride() const { return stages() == 0 ? 1 : patch << (stages() - 1); }
  /// Pixel frames per latent frame after the first.
  int temporalStride() const {
    int stride = 1;
    for (const bool halves : temporalDownsample) stride *= halves ? 2 : 1;
    return stride;
  }
};

struct MemoryShape {
  int heads = 0;            ///< of the transformer
  int inChannels = 0;       ///< of the transformer: more than a latent's where pictures are read behind the noise
  int controlLayers = 0;    ///< blocks of the VACE branch
  int controlChannels = 0;  ///< channels that the branch reads
  int imageDim = 0;         ///< width of CLIP's states where blocks attend to picture tokens; else 0
  int experts = 1;          ///< transformers, of which one works at a time
  std::string stored;       ///< of the transformer
  TextEncoderShape text;
  ImageEncoderShape image;
  VaeShape vae;
  bool operator==(const MemoryShape&) const = default;
};

}  // namespace kinora::core
