// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/decode.h"

#include <algorithm>
#include <vector>

#include "engine/pipeline/delivery.h"
#include "engine/pipeline/pixels.h"
#include "engine/tensor/pch.h"

namespace kinora::pipeline {

core::Result<void> decode(RunContext& run, const at::Tensor& latents, core::FrameSink& sink) {
  const Timer timer(run.report.timings["decode"]);
  const core::Plan& plan = run.inputs.plan;
  const wan::Vae& vae = run.model.vae;
  // A plan made without a model's rate delivers frames one for one.
  const core::Rational inputFps = plan.modelFps.isPositive() ? plan.modelFps : plan.outputFps;
  Delivery delivery({inputFps, plan.outputSize, plan.outputFps, plan.outputFrames, !run.inputs.hasPictures()}, sink);
  double delivering = 0;
  std::vector<at::Tensor> dumped;
  int done = 0;
  const auto sendChunk = [&](const at::Tensor& video) {
    if (!allFinite(video)) {
      throw RunFailed{{core::ErrorCode::Corrupt,
                       "decoding made values that are no numbers; the VAE's weights may be damaged (check the model)",
                       run.inputs.model.id}};
    }
    if (run.dump.enabled()) dumped.push_back(video);
    const Timer pushing(delivering);
    for (std::int64_t i = 0; i < video.size(2); ++i) {
      run.stop();
      if (auto pushed = delivery.push(toFrame(video, i)); !pushed) throw RunFailed{pushed.error()};
      run.progress.advance(core::Stage::Decode, ++done, run.request().frames);
    }
  };
  const std::int64_t chunk =
      std::min(vae.suggestedChunk(latents.size(3), latents.size(4)), std::max<std::int64_t>(1, latents.size(2) / 4));
  vae.decodeChunks(latents, {chunk, {}}, sendChunk, run.stop);
  if (auto rest = delivery.finish(); !rest) return rest;
  run.report.frames = delivery.delivered();
  run.report.timings["deliver"] = delivering;
  if (run.dump.enabled()) return run.dump.video(at::cat(dumped, 2));
  return {};
}

}  // namespace kinora::pipeline
