// SPDX-License-Identifier: GPL-3.0-or-later
// The VACE branch of one pass (wan.md 2.5): a shorter stack of blocks beside the main one. Internal to Transformer.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "engine/tensor/stop_check.h"
#include "engine/wan/config.h"
#include "engine/wan/transformer_block.h"
#include "engine/wan/transformer_weights.h"

namespace kinora::wan {

/// Runs its blocks one by one beside the main ones, so that only one hint is held at a time. A branch that was not
/// started adds nothing. Refers to what it is made of; lives for one pass.
class ControlBranch {
 public:
  ControlBranch(const TransformerConfig& config, const ControlWeights& weights, const std::vector<CrossKv>& contexts,
                double scale)
      : m_config(config), m_weights(weights), m_contexts(contexts), m_scale(scale) {}

  /// control: embedded patches [B or 1,N,d]; tokens: those of the noise before the first main block [kB,N,d].
  void start(const at::Tensor& control, const at::Tensor& tokens, const BlockShape& shape,
             const tensor::StopCheck& stop);
  /// Behind main block `layer`: adds the hint that belongs there, if one does. times: [1,1,6,d] of the timestep.
  void addHint(at::Tensor& tokens, std::int64_t layer, const at::Tensor& times, const BlockShape& shape,
               const tensor::StopCheck& stop);

 private:
  const TransformerConfig& m_config;
  const ControlWeights& m_weights;
  const std::vector<CrossKv>& m_contexts;
  double m_scale;
  at::Tensor m_state;      ///< [kB,N,d] f32; undefined until start
  std::size_t m_next = 0;  ///< block that makes the next hint
};

}  // namespace kinora::wan
