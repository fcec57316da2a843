// SPDX-License-Identifier: GPL-3.0-or-later
// The transformer's weights as its forward pass wants them. Internal to Transformer.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/weight_source.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/block_source.h"
#include "engine/wan/compute_options.h"
#include "engine/wan/config.h"
#include "engine/wan/linear.h"

namespace kinora::wan {

struct BlockWeights {
  Linear selfQkv;     ///< [3d, d]: queries, keys and values from one product
  Linear selfOut;     ///< [d, d]
  Linear crossQuery;  ///< [d, d]
  Linear crossKv;     ///< [2d, d]
  Linear crossOut;    ///< [d, d]
  Linear feedIn;      ///< [ffn, d]
  Linear feedOut;     ///< [d, ffn]
  at::Tensor selfQueryNorm, selfKeyNorm, crossQueryNorm, crossKeyNorm;  ///< [d] f32
  at::Tensor textNormWeight, textNormBias;                              ///< [d] f32, before cross-attention
  Linear imageKv;           ///< [2d, d] of picture tokens; undefined in models without them
  at::Tensor imageKeyNorm;  ///< [d] f32
};

/// Calls with each tensor that is there.
template <class Visit>
void forEachTensor(BlockWeights& block, const Visit& visit) {
  for (Linear* linear : {&block.selfQkv, &block.selfOut, &block.crossQuery, &block.crossKv, &block.crossOut,
                         &block.feedIn, &block.feedOut, &block.imageKv}) {
    if (linear->weight.defined()) visit(linear->weight);
    if (linear->bias.defined()) visit(linear->bias);
    if (linear->scale.defined()) visit(linear->scale);
  }
  for (at::Tensor* tensor : {&block.selfQueryNorm, &block.selfKeyNorm, &block.crossQueryNorm, &block.crossKeyNorm,
                             &block.textNormWeight, &block.textNormBias, &block.imageKeyNorm}) {
    if (tensor->defined()) visit(*tensor);
  }
}

/// CLIP states to picture tokens; undefined in models without them.
struct ImageEmbedderWeights {
  at::Tensor positions;  ///< [1, tokens, imageDim]; undefined but for first-last-frame models
  NormWeights normIn, normOut;
  Linear in, out;
};

/// The VACE branch; empty in models without it.
struct ControlWeights {
  Linear patch;               ///< [d, vaceChannels·volume]
  Linear in;                  ///< [d, d], before the first block
  at::Tensor modulation;      ///< [1, V, 6, d] as that of the main blocks
  BlockSource blocks;         ///< V
  std::vector<Linear> hints;  ///< [d, d], behind each block
};

struct TransformerWeights {
  Linear patch;            ///< [d, Cin·volume], features in the order (channel, frame, row, column)
  Linear timeIn, timeOut;  ///< f32
  Linear timeProjection;   ///< [6d, d] f32
  Linear textIn, textOut;
  at::Tensor modulation;      ///< [1, L, 6, d] f32: shift, 1 + scale, gate of self-attention, then of the feed-forward
  at::Tensor headModulation;  ///< [1, 2, d] f32: shift, 1 + scale
  Linear head;                ///< [volume·Cout, d], features in the order (frame, row, column, channel)
  BlockSource blocks;
  ImageEmbedderWeights image;
  ControlWeights control;
  std::uint64_t bytes = 0;  ///< of what stays in memory

  /// Walks the tensor table, converts and packs. streamed: blocks are loaded when they are used, from source, which
  /// lives on in them. Errors: ModelMismatch. Throws Stopped.
  static core::Result<TransformerWeights> load(const TransformerConfig& config, const tensor::WeightSource& source,
                                               const ComputeOptions& options, const tensor::Overlay& overlay = {},
                                               bool streamed = false);
  /// Reads the named tensors (by table name) anew and puts them in their places; the others stay as they are. Blocks
  /// that are streamed come with the new overlay from now on. All arguments but overlay and names as at the load. Gives
  /// the names of what was read. Throws Stopped.
  std::vector<std::string> reload(const TransformerConfig& config, const tensor::WeightSource& source,
                                  const ComputeOptions& options, const tensor::Overlay& overlay,
                                  const std::set<std::string, std::less<>>& names);
};

}  // namespace kinora::wan
