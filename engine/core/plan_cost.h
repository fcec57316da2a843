// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/core/model_info.h"
#include "engine/core/plan.h"

namespace kinora::core {

/// What a generation takes. Doubles, so that absurd sizes give large numbers and never overflow.
struct Cost {
  double tokens = 0;  ///< transformer tokens of one pass
  double bytes = 0;   ///< at the peak: weights, activations, caches
  double tflop = 0;   ///< all passes of the transformer and the decoding
};

struct CostInput {
  Size size;
  std::int64_t frames = 0;
  int passes = 0;            ///< through the network: core::networkPasses
  int keptHiddenStates = 0;  ///< core::cachedHiddenStates
  int bytesPerValue = 4;     ///< 4 for f32, 2 for bf16 and f16
};

/// Transformer as in the Wan papers' graph: linear layers 2N(6d² + 2·d·ffn) and attention 4N²d + 4N·512·d a layer.
/// Memory: 14 values of N·d at the attention's peak in 16 bit, the feed-forward's hidden state, cross keys and values.
/// Decoder: about 1000·base² operations and 50·base values an output pixel (fitted to Wan 2.1 and 2.2, within a factor
/// of two), both over the square of the pixel patch that the Wan 2.2 decoder works on.
Cost estimateCost(const ModelInfo& model, const CostInput& input);

/// "3.2 GiB", "140 MiB"
std::string byteText(double bytes);

}  // namespace kinora::core
