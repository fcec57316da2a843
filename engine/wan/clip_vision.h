// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_source.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/compute_options.h"
#include "engine/wan/config.h"

namespace kinora::wan {

/// The vision tower of CLIP ViT-H/14 that Wan 2.1 image-to-video models see the picture through (wan.md 6). Weights are
/// const after load: any thread may call any method.
class ClipVision {
 public:
  /// Errors: ModelMismatch. Throws Stopped.
  static core::Result<std::unique_ptr<ClipVision>> load(const ClipVisionConfig& config,
                                                        const tensor::WeightSource& weights,
                                                        const ComputeOptions& options = {});
  ~ClipVision();
  ClipVision(const ClipVision&) = delete;
  ClipVision& operator=(const ClipVision&) = delete;

  const ClipVisionConfig& config() const;
  /// Bytes of weights held.
  std::uint64_t bytes() const;

  /// Normalises pixels [1,3,S,S] in 0…255 (S = config().imageSize) with CLIP's mean and deviation: f32, same shape.
  static at::Tensor normalized(const at::Tensor& pixels);

  /// Hidden states before the last layer, class token first, without a norm behind: f32 [tokens, dim]. pixels: one
  /// normalised picture [1,3,S,S]. Throws Stopped, std::invalid_argument (shape).
  at::Tensor states(const at::Tensor& pixels, const tensor::StopCheck& stop = {}) const;

 private:
  struct Impl;
  explicit ClipVision(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

/// Whether the weights are named as in the original Wan folders (open-clip's `visual.…`, attention in one piece), not
/// as transformers names them (with or without `vision_model.` in front).
bool isOriginalClip(const tensor::WeightSource& weights);
/// The tensors that are used; files also hold a last layer, a norm behind it, and perhaps a text tower. The original
/// files differ in more than names: queries, keys and values are one tensor, and two tensors have axes of 1 in front.
std::vector<tensor::TensorSpec> clipVisionTable(const ClipVisionConfig& config, bool original);
bool ignoredClipVisionTensor(std::string_view name);

}  // namespace kinora::wan
