// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/result.h"
#include "engine/diffusion/sampler.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::pipeline {

/// How far a generation has come, on disk: after each step the latents and what the sampler remembers, in one file
/// (<prefix>latents.safetensors in the job's folder) that is replaced as a whole. A run that was cut off goes on from
/// there and gives the same bytes as one that was not.
class Journal {
 public:
  /// folder: made when needed; empty: nothing is kept. run: names all that the result depends on, so that one job's
  /// latents never end in another's clip. prefix: of the file, where a run has several.
  Journal(std::string folder, std::string run, std::string prefix = {})
      : m_folder(std::move(folder)), m_run(std::move(run)), m_prefix(std::move(prefix)) {}
  bool enabled() const { return !m_folder.empty(); }

  /// Writes latents as they are after sampler's last step. Errors: NotWritable, DiskFull.
  core::Result<void> keep(const diffusion::Sampler& sampler, const at::Tensor& latents) const;
  /// Brings sampler to where the journal stands and gives the latents there, of noise's shape and on its device; noise
  /// where nothing was kept yet. Errors: Corrupt (damaged), ModelMismatch (of another run); sampler is as it was then.
  core::Result<at::Tensor> restore(diffusion::Sampler& sampler, const at::Tensor& noise) const;

 private:
  std::string path() const { return m_folder + "/" + m_prefix + "latents.safetensors"; }

  std::string m_folder;
  std::string m_run;
  std::string m_prefix;
};

}  // namespace kinora::pipeline
