// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/model_info.h"

namespace kinora::core {

/// Weights in memory: some of their own, some used where they lie in the mapped file. Bytes.
struct HeldWeights {
  double own = 0;
  double mapped = 0;
  double sum() const { return own + mapped; }
};

/// In which type a network works, and where.
struct NetworkWork {
  bool f32 = true;      ///< else a type of 16 bits
  bool packed = false;  ///< the matrices of blocks and text encoder are kept in 8 bits
  bool gpu = false;
  std::string stored{};  ///< the word for that type in weight files
  double width() const { return f32 ? 4 : 2; }
};
/// dtype: of a request; what it leaves open ("auto", int8) counts as f32, which takes the most.
NetworkWork networkWork(const std::string& dtype, const std::string& device);

/// One transformer. streamed: of the blocks only those of the slots are there, and nothing is used from the file.
HeldWeights transformerWeights(const ModelInfo& model, const NetworkWork& work, bool streamed);
/// Without the token embedding, whose rows are read from the file. streamed: the largest that one layer takes.
HeldWeights textEncoderWeights(const TextEncoderShape& shape, const NetworkWork& work, bool streamed);
HeldWeights imageEncoderWeights(const ImageEncoderShape& shape, const NetworkWork& work);

/// What a pass of the transformer depends on beside the model.
struct PassShape {
  double tokens = 0;      ///< of one latent
  double batch = 1;       ///< prompts in the pass
  bool avoiding = false;  ///< normalized attention guidance
  bool control = false;
  int threads = 1;
};
/// Most that lives at once within a pass, by the tensors of engine/wan/transformer_block.cpp.
double passBytes(const ModelInfo& model, const PassShape& pass, const NetworkWork& work);
/// Keys and values of text (rows of each prompt) and picture tokens in every block.
double contextBytes(const ModelInfo& model, double prompts, double rows, double imageTokens, const NetworkWork& work);

/// Most that lives at once while a prompt of so many tokens, or a picture, is encoded.
double textEncoderBytes(const TextEncoderShape& shape, double tokens, const NetworkWork& work);
double imageEncoderBytes(const ImageEncoderShape& shape, const NetworkWork& work);

}  // namespace kinora::core
