// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame_sink.h"
#include "engine/pipeline/conditioning.h"
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
  core::Result<at::Tensor> startNoise(std::int64_t references) const;
  /// [1,C,T,h,w] of the noise, with latent frames for references in front.
  std::vector<std::int64_t> latentShape(std::int64_t references) const;

  RunContext m_context;
};

}  // namespace kinora::pipeline
