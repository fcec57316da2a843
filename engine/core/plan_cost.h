// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/model_info.h"

namespace kinora::core {

/// The work a generation takes. Doubles, so that absurd sizes give large numbers and never overflow.
struct Cost {
  double tokens = 0;  ///< transformer tokens of one pass
  double tflop = 0;   ///< all passes of the transformer, and what is encoded and decoded
};

struct CostInput {
  Size size;
  std::int64_t frames = 0;
  int passes = 0;         ///< through the network: core::networkPasses
  int references = 0;     ///< pictures of what shall appear
  bool pictures = false;  ///< a start picture is given
};

/// Transformer as in the Wan papers' graph: linear layers 2N(6d² + 2·d·ffn) and attention 4N²d + 4N·M·d a layer, with M
/// tokens of text and picture; a VACE block is a block with a projection. VAE: about 1000·base² operations an output
/// pixel in the decoder (fitted to Wan 2.1 and 2.2, within a factor of two) and two thirds of that in the encoder,
/// which has two blocks a stage for three, over the square of the pixel patch. CLIP: two operations a parameter and
/// token.
Cost estimateCost(const ModelInfo& model, const CostInput& input);

/// "3.2 GiB", "140 MiB"
std::string byteText(double bytes);

}  // namespace kinora::core
