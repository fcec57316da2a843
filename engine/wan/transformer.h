// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/diffusion/guidance.h"
#include "engine/diffusion/step_cache.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_source.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/compute_options.h"
#include "engine/wan/config.h"

namespace kinora::wan {

struct TransformerOptions : ComputeOptions {
  /// Attend to one padding row with the weight of all of them instead of to each: the same sum, since they are equal.
  /// Takes effect in f32 on the CPU only; elsewhere a mask costs more than it saves.
  bool foldPadding = true;
  tensor::Overlay overlay;  ///< changes made while the weights are loaded
  /// Blocks are read from the weight files each time they are used, one ahead of the work, and two are in memory.
  bool streamBlocks = false;
  /// Devices that share each pass, the tokens split evenly (see token_share.h): their number divides the heads. Each
  /// different one holds the weights. Fewer than two: `device` alone.
  std::vector<tensor::ComputeDevice> ranks;
};

/// Keys and values of cross-attention in every block for one or more prompts, and those of a picture's tokens: they do
/// not depend on the timestep, so they are made once a prompt. They belong to the transformer that made them. A value;
/// copying shares the tensors; any thread may read.
class TextContext {
 public:
  TextContext() = default;
  /// Prompts in it.
  std::int64_t batch() const;
  /// The context of one of its prompts alone.
  TextContext only(std::int64_t entry) const;

 private:
  friend class Transformer;
  friend class ContextMaker;
  struct Data;
  std::vector<std::shared_ptr<const Data>> m_data;  ///< one for each copy of the weights
};

/// Called with block -1 and the patch embedding, then with each block's index and its output: f32 [B,N,d], only to be
/// read during the call. A pass that is observed runs on the first device alone.
using BlockObserver = std::function<void(int block, const at::Tensor& tokens)>;

/// What a pass is told besides latents, timestep and context. Tensors are not owned and outlive the call.
struct PassOptions {
  bool firstFrameClean = false;         ///< tokens of latent frame 0 have timestep 0 (the TI2V form)
  const at::Tensor* control = nullptr;  ///< VACE: [B or 1, vaceChannels, T, h, w], any floating dtype; needed there
  double controlScale = 1;              ///< factor of the control branch's hints
  std::vector<int> skippedBlocks;       ///< left out, from 0 (skip-layer guidance)
  /// Context of as many negative prompts as there are prompts: the main blocks' attention to text is steered away from
  /// it.
  const TextContext* avoided = nullptr;
  diffusion::NagSettings nag;             ///< how, with avoided
  diffusion::StepCache* cache = nullptr;  ///< of this kind of pass; nullptr: every block runs
  int step = 0;                           ///< from 0, for cache
  BlockObserver observer;
};

/// WanTransformer3DModel and WanVACETransformer3DModel of Wan 2.1 and 2.2 (wan.md section 2). What a model has beyond
/// the common graph is decided by its config: image_dim (picture tokens in cross-attention), vace_layers (control
/// branch), in_channels (mask and picture latents behind the noise).
/// Weights are const after load (but for setOverlay) and scratch is per call: any thread may call any method.
class Transformer {
 public:
  /// Errors: ModelMismatch (tensors), InvalidInput (ranks). Throws Stopped.
  static core::Result<std::unique_ptr<Transformer>> load(const TransformerConfig& config,
                                                         const tensor::WeightSource& weights,
                                                         const TransformerOptions& options = {});
  ~Transformer();
  Transformer(const Transformer&) = delete;
  Transformer& operator=(const Transformer&) = delete;

  const TransformerConfig& config() const;
  /// Bytes of weights, of all copies.
  std::uint64_t bytes() const;

  /// Puts other changes in place of those the weights were loaded with. Reads from the weight files only the tensors
  /// that the old or the new ones change, and gives their table names. The one call that changes weights: none other
  /// may run meanwhile, and contexts made before are void. Where it throws (Stopped) the weights are partly old and
  /// partly new and the transformer must go.
  std::vector<std::string> setOverlay(tensor::Overlay overlay, const tensor::StopCheck& stop = {});

  /// rows: for each prompt the text encoder's rows of its real tokens, [n, textDim], n in 1…kTextTokens, any floating
  /// dtype and device; the zero rows behind them are understood. imageStates: [n, imageDim] of CLIP for models with
  /// picture tokens, those of the first and the last picture one behind the other in first-last-frame models; none
  /// for others. Throws Stopped, std::invalid_argument.
  TextContext prepareContext(const std::vector<at::Tensor>& rows, const tensor::StopCheck& stop = {},
                             const at::Tensor* imageStates = nullptr) const;

  /// Velocity at x. x: [B, inChannels, T, h, w], any floating dtype; context: B prompts, or k·B, then x is taken k
  /// times (guidance: the part before the first cross-attention is done once). timestep lies on 0…1000.
  /// Returns f32 [context.batch(), outChannels, T, h, w]. Throws Stopped, std::invalid_argument (shapes).
  at::Tensor forward(const at::Tensor& x, double timestep, const TextContext& context,
                     const tensor::StopCheck& stop = {}, const PassOptions& options = {}) const;

 private:
  struct Replica;
  struct Impl;
  explicit Transformer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

/// InvalidInput where a latent's frames, rows or columns are no multiple of the patch or outgrow the position table.
core::Result<void> checkLatentSize(const TransformerConfig& config, std::int64_t frames, std::int64_t rows,
                                   std::int64_t columns);

}  // namespace kinora::wan
