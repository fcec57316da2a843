// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>

#include "engine/core/result.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_source.h"
#include "engine/wan/compute_options.h"

namespace kinora::wan {

/// A small network that decodes latents nearly as the VAE does, at a hundredth of the cost: TAEHV (O. Boer Bohan,
/// github.com/madebyollin/taehv, the plain form), whose files for Wan are taew2_1 (16 latent channels) and taew2_2
/// (48). Three stages of blocks that see the frame before, each of which doubles the picture and, where the file's
/// shapes say so, the frames. Const after load: any thread may decode. Calls need a c10::InferenceMode of the caller's.
class TinyDecoder {
 public:
  /// Sizes come from the shapes. Works in f32. Errors: ModelMismatch (tensors missing or misshapen; another variant).
  /// Throws Stopped.
  static core::Result<std::unique_ptr<TinyDecoder>> load(const tensor::WeightSource& weights,
                                                         const ComputeOptions& options = {});
  ~TinyDecoder();
  TinyDecoder(const TinyDecoder&) = delete;
  TinyDecoder& operator=(const TinyDecoder&) = delete;

  std::int64_t latentChannels() const;

  /// latent [1,C,T,h,w] in model space (normalised, as the transformer has it), any floating dtype and device; returns
  /// [1,3,F,H,W] f32 in [-1,1], F = stride·(T - 1) + 1, on the decoder's device. Throws Stopped, std::invalid_argument
  /// (channels).
  at::Tensor decode(const at::Tensor& latent, const tensor::StopCheck& stop) const;

 private:
  struct Impl;
  explicit TinyDecoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::wan
