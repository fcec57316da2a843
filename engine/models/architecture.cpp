// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/architecture.h"

#include "engine/core/sampling.h"

namespace kinora::models {
namespace {

using core::ModelInfo;
using core::Size;

/// Channels that Wan's image-to-video form puts in front of the picture's latent: one for each frame of a latent frame.
constexpr int kMaskChannels = 4;
constexpr int kSmallDim = 1536;  ///< the 1.3B models

struct Defaults {
  Size size;
  int fps;
  int frames;
  int steps;
  double guidance;
  double guidance2;  ///< of the expert for low noise; 0: there is none
  double shift;
};

// Sampling settings of the original Wan 2.1 and 2.2 repositories.
constexpr Defaults kTi2v{{1280, 704}, 24, 121, 50, 5, 0, 5};
constexpr Defaults kSmallT2v{{832, 480}, 16, 81, 50, 5, 0, 5};
constexpr Defaults kLargeT2v{{1280, 720}, 16, 81, 50, 5, 0, 5};
constexpr Defaults kI2v{{1280, 720}, 16, 81, 40, 5, 0, 5};
constexpr Defaults kFirstLast{{1280, 720}, 16, 81, 50, 5, 0, 16};
constexpr Defaults kSmallVace{{832, 480}, 16, 81, 50, 5, 0, 16};
constexpr Defaults kLargeVace{{1280, 720}, 16, 81, 50, 5, 0, 16};
constexpr Defaults kExpertsT2v{{1280, 720}, 16, 81, 40, 4, 3, 12};
constexpr Defaults kExpertsI2v{{1280, 720}, 16, 81, 40, 3.5, 3.5, 5};

void apply(const Defaults& defaults, ModelInfo& info) {
  info.nativeSize = defaults.size;
  info.fps = core::Rational(defaults.fps);
  info.frames = defaults.frames;
  info.steps = defaults.steps;
  info.guidance = defaults.guidance;
  info.guidance2 = defaults.guidance2;
  info.shift = defaults.shift;
}

void set(ModelInfo& info, const char* architecture, const Defaults& defaults) {
  info.architecture = architecture;
  apply(defaults, info);
}

void classifyExperts(const Traits& traits, ModelInfo& info) {
  if (traits.inChannels == traits.latentChannels) {
    set(info, "wan2.2-t2v-a14b", kExpertsT2v);
    info.textToVideo = true;
  } else {
    set(info, "wan2.2-i2v-a14b", kExpertsI2v);
    info.imageToVideo = true;
    info.endFrame = true;
  }
  if (traits.hasBoundary && !traits.hasTransformer2) info.problem = "its second expert (transformer_2) is missing";
  if (!traits.hasBoundary && traits.hasTransformer2)
    info.problem = "boundary_ratio is missing, which says where its second expert takes over";
}

void classifyImage(const Traits& traits, ModelInfo& info) {
  info.imageToVideo = true;
  if (traits.hasEndPositions) {
    info.endFrame = true;
    info.needsEndFrame = true;
    set(info, "wan2.1-flf2v", kFirstLast);
  } else {
    set(info, "wan2.1-i2v", kI2v);
  }
}

/// Pictures are frames of a control video that are kept.
void classifyVace(const Traits& traits, ModelInfo& info) {
  info.textToVideo = true;
  info.imageToVideo = true;
  info.endFrame = true;
  info.control = true;
  set(info, "wan2.1-vace", traits.dim == kSmallDim ? kSmallVace : kLargeVace);
}

/// Latents in, latents out.
void classifyPlain(const Traits& traits, ModelInfo& info) {
  info.textToVideo = true;
  if (traits.expandTimesteps) {
    info.imageToVideo = true;
    set(info, "wan2.2-ti2v", kTi2v);
    return;
  }
  set(info, "wan2.1-t2v", traits.dim == kSmallDim ? kSmallT2v : kLargeT2v);
  if (traits.residualVae)
    info.problem = "a Wan 2.2 autoencoder without expand_timesteps is a combination that is not known";
}

/// FastWan: the graph of its parent, made for the DMD sampler's few steps without guidance.
void distil(ModelInfo& info) {
  const core::SamplerInfo& dmd = *core::findSampler("dmd");
  info.sampler = dmd.word;
  info.steps = dmd.steps;
  info.shift = dmd.shift;
  info.guidance = 1;
}

}  // namespace

void classify(const Traits& traits, ModelInfo& info) {
  if (traits.pipelineClass.rfind("Wan", 0) != 0 || traits.transformerClass.rfind("Wan", 0) != 0) return;
  const bool masked = traits.inChannels == 2 * traits.latentChannels + kMaskChannels;
  if (traits.transformerClass == "WanVACETransformer3DModel" || traits.pipelineClass == "WanVACEPipeline") {
    classifyVace(traits, info);
  } else if (traits.pipelineClass == "WanDMDPipeline") {
    classifyPlain(traits, info);
    distil(info);
  } else if (traits.transformerClass != "WanTransformer3DModel" ||
             (traits.pipelineClass != "WanPipeline" && traits.pipelineClass != "WanImageToVideoPipeline")) {
    set(info, "wan", kLargeT2v);
    info.problem = "models of class " + traits.pipelineClass + " cannot be run yet";
  } else if (traits.hasTransformer2 || traits.hasBoundary || (masked && !traits.hasImageEncoder)) {
    classifyExperts(traits, info);
  } else if (masked) {
    classifyImage(traits, info);
  } else if (traits.inChannels == traits.latentChannels && traits.outChannels == traits.latentChannels) {
    classifyPlain(traits, info);
  } else {
    set(info, "wan", kLargeT2v);
    info.problem = "the transformer takes " + std::to_string(traits.inChannels) + " channels and gives " +
                   std::to_string(traits.outChannels) + "; expected " + std::to_string(traits.latentChannels) +
                   " of both, as its autoencoder has";
  }
}

}  // namespace kinora::models
