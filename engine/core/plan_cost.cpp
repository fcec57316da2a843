// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/plan_cost.h"

#include <algorithm>
#include <cstdio>

namespace kinora::core {
namespace {

constexpr double kTextTokens = 512;
/// Wan 2.2's decoder makes patches of 2×2 pixels, Wan 2.1's single pixels.
constexpr double kPatchOfTi2v = 2;

double patchOf(const ModelInfo& model) {
  if (model.memory.vae.patch > 1) return model.memory.vae.patch;
  return model.architecture == "wan2.2-ti2v" ? kPatchOfTi2v : 1;
}

/// Operations of one pass of the transformer.
double passWork(const ModelInfo& model, double tokens) {
  const double d = model.dim;
  const double n = tokens;
  const double imageTokens = model.memory.imageDim > 0 ? model.memory.image.tokens : 0;
  const double others = kTextTokens + imageTokens;
  const double linear = 2 * n * (6 * d * d + 2 * d * model.ffnDim) + 4 * others * d * d;
  const double block = linear + 4 * n * n * d + 4 * n * others * d;
  return model.layers * block + model.memory.controlLayers * (block + 2 * n * d * d);
}

/// Operations of the VAE's encoder and of CLIP.
double pictureWork(const ModelInfo& model, const CostInput& input) {
  const MemoryShape& shape = model.memory;
  const bool control = shape.controlLayers > 0;
  const bool channels = shape.inChannels > model.latentChannels;
  double frames = input.pictures ? 1 : 0;
  if (channels) frames = static_cast<double>(input.frames);
  if (control) frames = 2.0 * static_cast<double>(input.frames) + input.references;
  const double base = shape.vae.encoderBase;
  const double patch = patchOf(model);
  const double pixels = static_cast<double>(input.size.width) * input.size.height * frames;
  double work = 1000.0 * 2 / 3 * base * base / (patch * patch) * pixels;
  if (shape.imageDim > 0) {
    const double d = shape.image.dim;
    work += 2.0 * shape.image.tokens * shape.image.layers * (4 * d * d + 2 * d * shape.image.ffnDim);
  }
  return work;
}

}  // namespace

Cost estimateCost(const ModelInfo& model, const CostInput& input) {
  const double multiple = std::max(1, model.sizeMultiple);
  const double latentFrames =
      static_cast<double>((input.frames - 1) / std::max(1, model.temporalStride)) + 1 + input.references;
  Cost cost;
  cost.tokens = latentFrames * (input.size.width / multiple) * (input.size.height / multiple);
  const double patch = patchOf(model);
  const double pixels = static_cast<double>(input.size.width) * input.size.height * static_cast<double>(input.frames);
  const double decode = 1000.0 * model.decoderBaseDim * model.decoderBaseDim / (patch * patch) * pixels;
  cost.tflop = (passWork(model, cost.tokens) * input.passes + pictureWork(model, input) + decode) / 1e12;
  return cost;
}

std::string byteText(double bytes) {
  constexpr double kMiB = 1024.0 * 1024.0;
  char text[48];
  if (bytes >= 1024 * kMiB) {
    std::snprintf(text, sizeof text, "%.1f GiB", bytes / (1024 * kMiB));
  } else {
    std::snprintf(text, sizeof text, "%.0f MiB", std::max(1.0, bytes / kMiB));
  }
  return text;
}

}  // namespace kinora::core
