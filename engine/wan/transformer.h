// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_source.h"
#include "engine/wan/compute_options.h"
#include "engine/wan/config.h"

namespace kinora::wan {

struct TransformerOptions : ComputeOptions {
  /// Attend to one padding row with the weight of all of them instead of to each: the same sum, since they are equal.
  /// Takes effect in f32 on the CPU only; elsewhere a mask costs more than it saves.
  bool foldPadding = true;
};

/// Keys and values of cross-attention in every block for one or more prompts: they do not depend on the timestep, so
/// they are made once a prompt. A value; copying shares the tensors; any thread may read.
class TextContext {
 public:
  TextContext() = default;
  /// Prompts in it.
  std::int64_t batch() const;
  /// The context of one of its prompts alone.
  TextContext only(std::int64_t entry) const;

 private:
  friend class Transformer;
  struct Data;
  std::shared_ptr<const Data> m_data;
};

/// Called with block -1 and the patch embedding, then with each block's index and its output: f32 [B,N,d], only to be
/// read during the call.
using BlockObserver = std::function<void(int block, const at::Tensor& tokens)>;

/// WanTransformer3DModel of Wan 2.1 and 2.2 (wan.md section 2), without the CLIP branch of Wan 2.1 image-to-video.
/// Weights are const after load and scratch is per call: any thread may call any method.
class Transformer {
 public:
  /// Errors: ModelMismatch (tensors), Unsupported (a model with CLIP tokens). Throws Stopped.
  static core::Result<std::unique_ptr<Transformer>> load(const TransformerConfig& config,
                                                         const tensor::WeightSource& weights,
                                                         const TransformerOptions& options = {});
  ~Transformer();
  Transformer(const Transformer&) = delete;
  Transformer& operator=(const Transformer&) = delete;

  const TransformerConfig& config() const;
  /// Bytes of weights.
  std::uint64_t bytes() const;

  /// rows: for each prompt the text encoder's rows of its real tokens, [n, textDim], n in 1…kTextTokens, any floating
  /// dtype and device; the zero rows behind them are understood. Throws Stopped, std::invalid_argument.
  TextContext prepareText(const std::vector<at::Tensor>& rows, const tensor::StopCheck& stop = {}) const;

  /// InvalidInput where the latent's frames, rows or columns are no multiple of the patch or outgrow the position
  /// table.
  core::Result<void> checkSize(std::int64_t frames, std::int64_t rows, std::int64_t columns) const;

  /// Velocity at x. x: [B, inChannels, T, h, w], any floating dtype; text: B prompts, or k·B, then x is taken k times
  /// (guidance: the part before the first cross-attention is done once). timestep lies on 0…1000; with firstFrameClean
  /// the tokens of latent frame 0 have timestep 0 (the TI2V form). Returns f32 [text.batch(), outChannels, T, h, w].
  /// Throws Stopped, std::invalid_argument (shapes).
  at::Tensor forward(const at::Tensor& x, double timestep, bool firstFrameClean, const TextContext& text,
                     const tensor::StopCheck& stop = {}, const BlockObserver& observer = {}) const;

 private:
  struct Impl;
  explicit Transformer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::wan
