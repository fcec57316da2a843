// SPDX-License-Identifier: GPL-3.0-or-later
// The transformer's weights as its forward pass wants them. Internal to Transformer.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/weight_source.h"
#include "engine/wan/compute_options.h"
#include "engine/wan/config.h"

namespace kinora::wan {

struct Linear {
  at::Tensor weight;  ///< [out, in]
  at::Tensor bias;    ///< [out] or undefined

  at::Tensor operator()(const at::Tensor& x, const tensor::StopCheck& stop) const;
};

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
};

struct TransformerWeights {
  Linear patch;            ///< [d, Cin·volume], features in the order (channel, frame, row, column)
  Linear timeIn, timeOut;  ///< f32
  Linear timeProjection;   ///< [6d, d] f32
  Linear textIn, textOut;
  at::Tensor modulation;      ///< [1, L, 6, d] f32: shift, 1 + scale, gate of self-attention, then of the feed-forward
  at::Tensor headModulation;  ///< [1, 2, d] f32: shift, 1 + scale
  Linear head;                ///< [volume·Cout, d], features in the order (frame, row, column, channel)
  std::vector<BlockWeights> blocks;
  std::uint64_t bytes = 0;

  /// Walks the tensor table, converts and packs. Errors: ModelMismatch. Throws Stopped.
  static core::Result<TransformerWeights> load(const TransformerConfig& config, const tensor::WeightSource& source,
                                               const ComputeOptions& options);
};

}  // namespace kinora::wan
