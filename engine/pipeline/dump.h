// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/result.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::pipeline {

/// Writes the tensors of --dump DIR (interfaces.md section 3), each file by temporary file and rename. Does nothing
/// when made with an empty folder.
class Dump {
 public:
  explicit Dump(std::string folder) : m_folder(std::move(folder)) {}
  bool enabled() const { return !m_folder.empty(); }

  /// prompt.safetensors: ids [1,512] int64, embeddings [1,512,D]; negative may be undefined.
  core::Result<void> prompt(const at::Tensor& ids, const at::Tensor& embeds, const at::Tensor& negative) const;
  /// <prefix>step_000.safetensors, …: latents [1,C,T,h,w] after a step.
  core::Result<void> step(const std::string& prefix, int index, const at::Tensor& latents) const;
  /// <prefix>latents.safetensors: final, in the model's normalised space.
  core::Result<void> latents(const std::string& prefix, const at::Tensor& latents) const;
  /// video.safetensors: [1,3,F,H,W] in [-1,1].
  core::Result<void> video(const at::Tensor& video) const;

 private:
  std::string m_folder;
};

}  // namespace kinora::pipeline
