// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame_sink.h"
#include "engine/pipeline/conditioning.h"
#include "engine/pipeline/denoise.h"
#include "engine/pipeline/run_context.h"

namespace kinora::pipeline {

/// One generation with one model: text -> (pictures -> latents) -> noise -> steps -> decode -> delivery. Each stage is
/// a function in a file of its own; run() reads top to bottom. Made, run once and thrown away on one thread, inside a
/// c10::InferenceMode of the caller's. Throws tensor::Stopped and what torch throws; the engine turns these into
/// errors.
class WanRun {
 public:
  WanRun(WanModel& model, const GenerationInputs& inputs, const GenerationObserver& observer, core::MemoryPlan memory,
         tensor::StopCheck stop);

  core::Result<GenerationReport> run(core::FrameSink& sink);

 private:
  /// A stage, and into the report the most that tensors took meanwhile.
  template <class Stage>
  auto metered(const char* name, const Stage& stage);
  /// Where the plan says so, frees the networks whose work is done: between stages none but the VAE has any.
  void freeIdle();
  /// The first of the experts, so that its load is not counted as steps.
  core::Result<void> loadExpert();
  core::Result<GenerationReport> runStages(core::FrameSink& sink);
  core::Result<void> checkInputs() const;
  /// From noise to the clip's latents; where the model draws the first frame itself, that comes first and becomes part
  /// of the conditioning.
  core::Result<at::Tensor> denoiseClip(Conditioning& conditioning);
  /// Of the request's noise file or else its seed. The first frame's is a tensor of its own in the file; where there is
  /// none, it comes from the seed all the same.
  core::Result<at::Tensor> startNoise(Target target, const std::vector<std::int64_t>& shape) const;
  std::int64_t latentFrames() const;
  /// [1,C,T,h,w] of so many latent frames.
  std::vector<std::int64_t> latentShape(std::int64_t frames) const;

  RunContext m_context;
};

}  // namespace kinora::pipeline
