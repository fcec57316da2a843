// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/core/memory_shape.h"

namespace kinora::core {

/// A part of a picture that goes through the VAE at once.
struct VaePart {
  std::int64_t rows = 0;  ///< latent cells
  std::int64_t columns = 0;
  std::int64_t frames = 0;  ///< latent frames of a chunk behind the lone first one; 0: there is none but that one
};

/// How values are held: bytes of one, on the CPU or a GPU. Norms are fused in f32 on the CPU and else make f32 copies.
struct VaeWork {
  int width = 4;
  bool gpu = false;
  bool fusedNorms() const { return !gpu && width == 4; }
};

/// Bytes that live at the peak of decoding or encoding a part, with what is remembered between its chunks: the tensors
/// of engine/wan/vae_decoder.cpp and vae_encoder.cpp walked through operation by operation. Without weights, the
/// encoder's video and the joined video of a tiled decode.
double vaeDecodeBytes(const VaeShape& shape, const VaePart& part, const VaeWork& work);
double vaeEncodeBytes(const VaeShape& shape, const VaePart& part, const VaeWork& work);

/// Values of the convolutions' weights as they are kept for the work (CausalConv keeps its last time tap a second time,
/// Upsampler its weight as four phases), encoder and decoder.
double vaeWeightValues(const VaeShape& shape);

}  // namespace kinora::core
