// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/conditioning.h"

#include "engine/pipeline/clip_picture.h"
#include "engine/pipeline/control.h"
#include "engine/tensor/pch.h"

namespace kinora::pipeline {
namespace {

core::Error mismatch(const RunContext& run, const std::string& what) {
  return {core::ErrorCode::ModelMismatch, what, run.inputs.model.id};
}

/// Mask and latents that image-to-video models read behind the noise (wan.md 8.3): the given pictures at their places,
/// mid grey between; ones of the mask mark the given pixel frames, `stride` of them to a latent frame, the first frame
/// counted `stride` times.
at::Tensor pictureChannels(const RunContext& run) {
  const wan::VaeConfig& vae = run.model.configs.vae;
  const std::int64_t frames = run.request().frames;
  const std::int64_t stride = vae.temporalStride();
  const at::Tensor first = pictureTensor(run, run.inputs.startImage);
  at::Tensor video = at::zeros({1, 3, frames, first.size(3), first.size(4)}, first.options());
  video.narrow(2, 0, 1).copy_(first);
  if (!run.inputs.endImage.isNull()) video.narrow(2, frames - 1, 1).copy_(pictureTensor(run, run.inputs.endImage));
  const at::Tensor latents =
      run.model.vae.encode(video, run.stop, run.encodePieces());  // grey encodes to something: zeros would be wrong
  at::Tensor mask = at::zeros({1, stride, latents.size(2), latents.size(3), latents.size(4)}, latents.options());
  mask.select(2, 0).fill_(1);
  if (!run.inputs.endImage.isNull()) mask.select(2, latents.size(2) - 1).select(1, stride - 1).fill_(1);
  return at::cat({mask, latents}, 1);
}

/// CLIP's states of the picture: [tokens, width].
at::Tensor clipStates(const RunContext& run, const core::Frame& picture) {
  return run.model.clip->states(clipPixels(picture, run.model.clip->config().imageSize), run.stop);
}

/// The states of the first picture, and behind them those of the last one.
core::Result<at::Tensor> pictureStates(RunContext& run) {
  if (auto loaded = needClip(run.model, run.stop); !loaded) return loaded.error();
  at::Tensor states = clipStates(run, run.inputs.startImage);
  if (!run.inputs.endImage.isNull()) states = at::cat({states, clipStates(run, run.inputs.endImage)});
  return states;
}

}  // namespace

bool drawsFirstFrame(const WanModel& model, const GenerationInputs& inputs) {
  return model.configs.drawsFirstFrame && inputs.startImage.isNull() && inputs.plan.request.frames > 1;
}

core::Result<void> checkPictures(const RunContext& run) {
  const bool start = !run.inputs.startImage.isNull();
  const bool end = !run.inputs.endImage.isNull();
  const WanConfigs& configs = run.model.configs;
  if (start && !configs.takesStart())
    return mismatch(run, "this model makes video from text only; choose one that takes a picture");
  if (!start && configs.needsStart())
    return mismatch(run, "this model needs a start picture; give one or choose a text-to-video model");
  if (end && !configs.takesEnd()) return mismatch(run, "this model takes no end frame");
  if (!end && configs.needsEnd())
    return mismatch(run, "this model needs an end picture too; give one or choose an image-to-video model");
  const bool control = !run.inputs.control.empty() || !run.inputs.mask.empty() || !run.inputs.references.empty();
  if (control && !configs.transformer.hasControl())
    return mismatch(run, "this model takes no control video, mask or references; choose a VACE model");
  if (end && !start && !configs.transformer.hasControl())
    return mismatch(run, "there is an end picture without a start picture");
  if (run.inputs.control.empty() && !run.inputs.mask.empty())
    return core::Error{core::ErrorCode::InvalidInput, "there is a mask without a control video; give both", "request"};
  if (end && run.request().frames < 2) return mismatch(run, "one frame cannot have both a start and an end picture");
  return {};
}

at::Tensor Conditioning::input(const at::Tensor& x) const {
  at::Tensor out = x;
  if (firstFrame.defined()) out = at::cat({firstFrame, x.slice(2, 1)}, 2);
  if (channels.defined()) out = at::cat({out, channels}, 1);
  return out;
}

at::Tensor Conditioning::clip(const at::Tensor& x) const {
  if (firstFrame.defined()) return at::cat({firstFrame, x.slice(2, 1)}, 2);
  return x.slice(2, references);
}

core::Result<Conditioning> makeConditioning(RunContext& run, std::vector<at::Tensor> text) {
  const WanConfigs& configs = run.model.configs;
  Conditioning out;
  out.text = std::move(text);
  if (run.inputs.startImage.isNull() && !configs.transformer.hasControl()) return out;
  const Timer timer(run.report.timings["encode"]);
  if (configs.transformer.hasControl()) {
    out.control = controlInput(run);
    out.controlScale = run.request().controlScale.value_or(1.0);
    out.references = static_cast<std::int64_t>(run.inputs.references.size());
  } else if (configs.index.expandTimesteps) {
    out.firstFrame = run.model.vae.encode(pictureTensor(run, run.inputs.startImage), run.stop, run.encodePieces());
  } else {
    out.channels = pictureChannels(run);
  }
  if (configs.transformer.imageDim) {
    auto states = pictureStates(run);
    if (!states) return states.error();
    out.imageStates = *states;
  }
  if (!allFinite(out.firstFrame) || !allFinite(out.channels) || !allFinite(out.control)) {
    return core::Error{core::ErrorCode::Corrupt,
                       "encoding the picture made values that are no numbers; the VAE's weights may be damaged",
                       run.inputs.model.id};
  }
  run.progress.advance(core::Stage::Encode, 1, 1);
  return out;
}

}  // namespace kinora::pipeline
