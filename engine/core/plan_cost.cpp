// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/plan_cost.h"

#include <algorithm>
#include <cstdio>

namespace kinora::core {
namespace {

constexpr double kTextTokens = 512;
/// Wan 2.2's decoder makes patches of 2×2 pixels, Wan 2.1's single pixels.
constexpr double kPatchOfTi2v = 2;

double decoderPatch(const ModelInfo& model) {
  return model.architecture == "wan2.2-ti2v" ? kPatchOfTi2v : 1;
}

double denoiseBytes(const ModelInfo& model, const CostInput& input, double tokens, double width) {
  const double attention = 7 * width * tokens * model.dim;
  const double feedForward = width * tokens * model.ffnDim;
  const double stepCache = 4.0 * input.keptHiddenStates * tokens * model.dim;
  const double crossCache = kTextTokens * 2 * model.dim * model.layers * width;
  return std::max(attention, feedForward) + crossCache + stepCache;
}

double decodeBytes(const ModelInfo& model, const CostInput& input, double width) {
  const double pixels = static_cast<double>(input.size.width) * input.size.height;
  const double patch = decoderPatch(model);
  return pixels * 50 * model.decoderBaseDim / (patch * patch) * width;
}

}  // namespace

Cost estimateCost(const ModelInfo& model, const CostInput& input) {
  const double multiple = std::max(1, model.sizeMultiple);
  const double latentFrames = static_cast<double>((input.frames - 1) / std::max(1, model.temporalStride)) + 1;
  const double width = input.bytesPerValue;
  const double d = model.dim;
  Cost cost;
  cost.tokens = latentFrames * (input.size.width / multiple) * (input.size.height / multiple);
  const double n = cost.tokens;

  const double linear = 2 * n * (6 * d * d + 2 * d * model.ffnDim) + 4 * kTextTokens * d * d;
  const double attention = 4 * n * n * d + 4 * n * kTextTokens * d;
  const double pass = model.layers * (linear + attention);
  const double patch = decoderPatch(model);
  const double pixels = static_cast<double>(input.size.width) * input.size.height * static_cast<double>(input.frames);
  const double decode = 1000.0 * model.decoderBaseDim * model.decoderBaseDim / (patch * patch) * pixels;
  cost.tflop = (pass * input.passes + decode) / 1e12;

  const double weights = std::max(static_cast<double>(model.bytes), static_cast<double>(model.parameters) * width);
  const double latents = 3 * 4 * latentFrames * model.latentChannels *
                         (static_cast<double>(input.size.width) / std::max(1, model.spatialStride)) *
                         (static_cast<double>(input.size.height) / std::max(1, model.spatialStride));
  cost.bytes = weights + latents + std::max(denoiseBytes(model, input, n, width), decodeBytes(model, input, width));
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
