// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/core/frame_sink.h"
#include "engine/pipeline/dump.h"
#include "engine/pipeline/inference_engine.h"
#include "engine/pipeline/progress_meter.h"
#include "engine/pipeline/wan_model.h"

namespace kinora::pipeline {

/// One generation with one model: text -> (picture -> latent) -> noise -> steps -> decode -> delivery. Each stage is a
/// function from values to values; run() reads top to bottom. Made, run once and thrown away on one thread, inside a
/// c10::InferenceMode of the caller's. Throws tensor::Stopped and what torch throws; the engine turns these into
/// errors.
class WanRun {
 public:
  WanRun(const WanModel& model, const GenerationInputs& inputs, const GenerationObserver& observer,
         tensor::StopCheck stop);

  core::Result<GenerationReport> run(core::FrameSink& sink);

 private:
  /// What the transformer is conditioned on.
  struct Conditioning {
    wan::TextContext text;  ///< prompt, then negative prompt where guidance is on
    at::Tensor firstFrame;  ///< [1,C,1,h,w]; undefined: text-to-video
    bool hasPicture() const { return firstFrame.defined(); }
  };

  core::Result<void> checkInputs() const;
  core::Result<wan::TextContext> encodeText();
  at::Tensor encodePicture();
  core::Result<at::Tensor> startNoise() const;
  core::Result<at::Tensor> denoise(const Conditioning& conditioning, at::Tensor latents);
  core::Result<void> decode(const at::Tensor& latents, core::FrameSink& sink);

  /// latents with the picture's latent at frame 0.
  static at::Tensor withFirstFrame(const at::Tensor& latents, const at::Tensor& firstFrame);
  void showPreview(const at::Tensor& latents, int done) const;
  std::vector<std::int64_t> latentShape() const;
  bool batchesGuidance() const;
  double guidance() const { return m_request.guidance.value_or(1.0); }

  const WanModel& m_model;
  const GenerationInputs& m_inputs;
  const core::GenerationRequest& m_request;
  const GenerationObserver& m_observer;
  tensor::StopCheck m_stop;
  Dump m_dump;
  ProgressMeter m_progress;
  GenerationReport m_report;
};

}  // namespace kinora::pipeline
