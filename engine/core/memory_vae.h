// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace kinora::core {

/// The shape of a Wan VAE, as its config file gives it (engine/wan/vae_config.h says what the fields mean).
struct VaeShape {
  int encoderBase = 0;
  int decoderBase = 0;
  int latentChannels = 0;
  int resBlocks = 2;
  int patch = 1;
  bool residual = false;
  std::vector<int> dimMult;
  std::vector<bool> temporalDownsample;
  bool operator==(const VaeShape&) const = default;

  std::size_t stages() const { return dimMult.size(); }
  int spatialStride() const { return stages() == 0 ? 1 : patch << (stages() - 1); }
  int temporalStride() const;
};

/// A part of a picture that goes through the VAE at once: latent cells, and latent frames after the lone first one.
struct VaePart {
  double rows = 0;
  double columns = 0;
  double frames = 1;
};

/// Bytes at the peak of one decode or encode of a part, with what is remembered between its chunks: the activations of
/// engine/wan/vae_decoder.cpp and vae_encoder.cpp walked through block by block. Without weights, and without the
/// joined video of a tiled decode. width: bytes of a value.
double vaeDecodeBytes(const VaeShape& shape, const VaePart& part, double width);
double vaeEncodeBytes(const VaeShape& shape, const VaePart& part, double width);

/// Bytes that the convolutions' weights take once they are packed for the work (CausalConv keeps its last time tap a
/// second time, Upsampler its weight as four phases).
double vaeDecoderWeights(const VaeShape& shape, double width);
double vaeEncoderWeights(const VaeShape& shape, double width);

}  // namespace kinora::core
