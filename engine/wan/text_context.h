// SPDX-License-Identifier: GPL-3.0-or-later
// What cross-attention attends to: keys and values of text and picture tokens. Internal to Transformer.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "engine/tensor/stop_check.h"
#include "engine/wan/transformer.h"
#include "engine/wan/transformer_block.h"
#include "engine/wan/transformer_weights.h"

namespace kinora::wan {

struct TextContext::Data {
  std::vector<CrossKv> blocks;
  std::vector<CrossKv> controlBlocks;  ///< of the VACE branch
  std::vector<std::int64_t> rows;      ///< of each prompt; the rest of its keys is masked out
};

/// Makes the contexts of one transformer. Refers to what it is made of.
class ContextMaker {
 public:
  ContextMaker(const TransformerConfig& config, const TransformerWeights& weights, const TransformerOptions& options,
               const tensor::StopCheck& stop)
      : m_config(config), m_weights(weights), m_options(options), m_stop(stop) {}

  /// As Transformer::prepareContext; imageStates may be undefined. Throws std::invalid_argument for shapes that cannot
  /// be.
  std::shared_ptr<const TextContext::Data> make(const std::vector<at::Tensor>& textRows,
                                                const at::Tensor& imageStates) const;

 private:
  /// One prompt behind the text projection, and how many of its rows are tokens.
  struct Prompt {
    at::Tensor states;  ///< [tokens, or tokens + 1 where padding follows, d]
    std::int64_t tokens = 0;
    std::int64_t rows = 0;  ///< keys made of it
  };

  bool folds() const;
  Prompt embed(const at::Tensor& textRows) const;
  at::Tensor embedImage(const at::Tensor& states) const;
  at::Tensor paddingBias(const std::vector<Prompt>& prompts) const;
  CrossKv keysAndValues(const BlockWeights& block, const std::vector<Prompt>& prompts, const at::Tensor& bias,
                        const at::Tensor& image) const;
  at::Tensor splitHeads(const at::Tensor& values) const;

  const TransformerConfig& m_config;
  const TransformerWeights& m_weights;
  const TransformerOptions& m_options;
  const tensor::StopCheck& m_stop;
};

}  // namespace kinora::wan
