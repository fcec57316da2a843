// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/architecture.h"

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
  double shift;
};

// Sampling settings of the original Wan 2.1 and 2.2 repositories.
constexpr Defaults kTi2v{{1280, 704}, 24, 121, 50, 5, 5};
constexpr Defaults kSmallT2v{{832, 480}, 16, 81, 50, 5, 5};
constexpr Defaults kLargeT2v{{1280, 720}, 16, 81, 50, 5, 5};
constexpr Defaults kI2v{{1280, 720}, 16, 81, 40, 5, 5};
constexpr Defaults kFirstLast{{1280, 720}, 16, 81, 50, 5, 16};
constexpr Defaults kVace{{832, 480}, 16, 81, 50, 5, 16};
constexpr Defaults kExpertsT2v{{1280, 720}, 16, 81, 40, 4, 12};
constexpr Defaults kExpertsI2v{{1280, 720}, 16, 81, 40, 3.5, 5};

void apply(const Defaults& defaults, ModelInfo& info) {
  info.nativeSize = defaults.size;
  info.fps = core::Rational(defaults.fps);
  info.frames = defaults.frames;
  info.steps = defaults.steps;
  info.guidance = defaults.guidance;
  info.shift = defaults.shift;
}

void set(ModelInfo& info, const char* architecture, const Defaults& defaults, const char* problem) {
  info.architecture = architecture;
  info.problem = problem;
  apply(defaults, info);
}

void classifyExperts(const Traits& traits, ModelInfo& info) {
  constexpr const char* kProblem = "models with two experts (Wan 2.2 A14B) cannot be run yet";
  if (traits.inChannels == traits.latentChannels) {
    set(info, "wan2.2-t2v-a14b", kExpertsT2v, kProblem);
    info.textToVideo = true;
  } else {
    set(info, "wan2.2-i2v-a14b", kExpertsI2v, kProblem);
    info.imageToVideo = true;
  }
}

void classifyImage(const Traits& traits, ModelInfo& info) {
  info.imageToVideo = true;
  if (traits.hasEndPositions) {
    info.endFrame = true;
    set(info, "wan2.1-flf2v", kFirstLast, "first-last-frame models (Wan 2.1 FLF2V) cannot be run yet");
  } else {
    set(info, "wan2.1-i2v", kI2v, "Wan 2.1 image-to-video models cannot be run yet; use a Wan 2.2 TI2V model");
  }
}

/// The forms that this engine runs: latents in, latents out.
void classifyPlain(const Traits& traits, ModelInfo& info) {
  info.textToVideo = true;
  if (traits.expandTimesteps) {
    info.imageToVideo = true;
    set(info, "wan2.2-ti2v", kTi2v, "");
    return;
  }
  set(info, "wan2.1-t2v", traits.dim == kSmallDim ? kSmallT2v : kLargeT2v, "");
  if (traits.residualVae)
    info.problem = "a Wan 2.2 autoencoder without expand_timesteps is a combination that is not known";
}

}  // namespace

void classify(const Traits& traits, ModelInfo& info) {
  if (traits.pipelineClass.rfind("Wan", 0) != 0 || traits.transformerClass.rfind("Wan", 0) != 0) return;
  const bool masked = traits.inChannels == 2 * traits.latentChannels + kMaskChannels;
  if (traits.transformerClass == "WanVACETransformer3DModel" || traits.pipelineClass == "WanVACEPipeline") {
    info.textToVideo = true;
    set(info, "wan2.1-vace", kVace, "VACE models cannot be run yet");
  } else if (traits.pipelineClass == "WanDMDPipeline") {
    classifyPlain(traits, info);
    info.problem = "models distilled for the DMD sampler cannot be run yet";
  } else if (traits.transformerClass != "WanTransformer3DModel" ||
             (traits.pipelineClass != "WanPipeline" && traits.pipelineClass != "WanImageToVideoPipeline")) {
    set(info, "wan", kLargeT2v, "");
    info.problem = "models of class " + traits.pipelineClass + " cannot be run yet";
  } else if (traits.hasTransformer2 || traits.hasBoundary || (masked && !traits.hasImageEncoder)) {
    classifyExperts(traits, info);
  } else if (masked) {
    classifyImage(traits, info);
  } else if (traits.inChannels == traits.latentChannels && traits.outChannels == traits.latentChannels) {
    classifyPlain(traits, info);
  } else {
    set(info, "wan", kLargeT2v, "");
    info.problem = "the transformer takes " + std::to_string(traits.inChannels) + " channels and gives " +
                   std::to_string(traits.outChannels) + "; expected " + std::to_string(traits.latentChannels) +
                   " of both, as its autoencoder has";
  }
}

}  // namespace kinora::models
