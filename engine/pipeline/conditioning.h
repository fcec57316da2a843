// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "engine/core/result.h"
#include "engine/pipeline/run_context.h"

namespace kinora::pipeline {

/// What the transformer is conditioned on. Which parts there are follows from the model's config files; each is
/// undefined or empty where the model or the request has none. Latents are f32 on the run's device.
struct Conditioning {
  std::vector<at::Tensor> text;  ///< rows [n, textDim] of the prompt and, with guidance, of the negative prompt
  at::Tensor firstFrame;         ///< TI2V: latent [1,C,1,h,w] of the picture or drawn, put in place of latent frame 0
  at::Tensor channels;           ///< I2V: [1,stride+C,T,h,w], mask and latents of the pictures, behind the noise
  at::Tensor imageStates;        ///< I2V 2.1: CLIP states [n, imageDim] of the picture or of first and last picture
  at::Tensor control;            ///< VACE: [1,vaceChannels,T,h,w]
  double controlScale = 1;
  std::int64_t references = 0;  ///< VACE: latent frames in front of the clip that stand for reference pictures

  /// What the transformer reads for latents x: the picture's frame in its place, the channels behind.
  at::Tensor input(const at::Tensor& x) const;
  /// Latents as they are decoded or shown: the picture's frame in its place, without those of the references.
  at::Tensor clip(const at::Tensor& x) const;
};

/// Whether the run makes its first frame before the clip: the model says so, the clip has more than one frame and none
/// is given. The frame takes the place of a start picture's (Conditioning::firstFrame).
bool drawsFirstFrame(const WanModel& model, const GenerationInputs& inputs);

/// ModelMismatch for a picture that the model cannot take, or one that it needs and does not get.
core::Result<void> checkPictures(const RunContext& run);

/// Encodes the pictures for the model; they have passed checkPictures. Errors: Corrupt (values that are no numbers).
/// Throws tensor::Stopped.
core::Result<Conditioning> makeConditioning(RunContext& run, std::vector<at::Tensor> text);

}  // namespace kinora::pipeline
