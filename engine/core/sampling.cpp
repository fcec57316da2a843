// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/sampling.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kinora::core {
namespace {

constexpr std::array kSamplers{SamplerInfo{"unipc", "UniPC"},
                               SamplerInfo{"euler", "Euler"},
                               SamplerInfo{"dpm++", "DPM++ 2M"},
                               SamplerInfo{"dmd", "DMD (FastWan)", true, 3, true, 8},
                               SamplerInfo{"lightx2v", "LightX2V", true, 4, false, 5},
                               SamplerInfo{"lcm", "LCM", true, 4, false, 5}};
constexpr std::array kGuidanceKinds{Choice{"cfg", "CFG"}, Choice{"cfg-zero", "CFG-Zero*"}};
constexpr std::array kCacheKinds{Choice{"teacache", "TeaCache"}, Choice{"firstblock", "First Block Cache"}};
constexpr double kZeroShare = 0.04;
/// The distilled first-last-frame model was trained at its parent's shift.
constexpr double kFirstLastShift = 16;

}  // namespace

std::span<const SamplerInfo> samplers() {
  return kSamplers;
}

const SamplerInfo* findSampler(std::string_view word) {
  const auto row =
      std::find_if(kSamplers.begin(), kSamplers.end(), [&](const SamplerInfo& s) { return s.word == word; });
  return row == kSamplers.end() ? nullptr : row;
}

std::span<const Choice> guidanceKinds() {
  return kGuidanceKinds;
}

std::span<const Choice> cacheKinds() {
  return kCacheKinds;
}

double defaultCacheThreshold(std::string_view cache) {
  if (cache == "teacache") return 0.1;
  return cache == "firstblock" ? 0.05 : 0;
}

SamplingDefaults samplingDefaults(const SamplerInfo& sampler, const ModelInfo& model) {
  if (!sampler.fewStep || model.sampler == sampler.word) return {model.steps, model.shift, model.guidance};
  const bool firstLast = model.architecture == "wan2.1-flf2v" && !sampler.fixedSteps;
  return {sampler.steps, firstLast ? kFirstLastShift : sampler.shift, 1};
}

int zeroSteps(int steps) {
  return static_cast<int>(std::lround(kZeroShare * steps));
}

StepRange skipRange(const SkipLayers& skip, int steps) {
  if (skip.blocks.empty()) return {};
  const auto step = [steps](double share) { return static_cast<int>(std::ceil(share * steps - 1e-9)); };
  return {step(skip.from), step(skip.to)};
}

int networkPasses(const GenerationRequest& request) {
  const bool guided = request.guidance.value_or(1) > 1;
  const int left = request.guidanceKind == "cfg-zero" && guided ? zeroSteps(request.steps) : 0;
  const StepRange skip = skipRange(request.skipLayers, request.steps);
  const int weakened = std::max(0, skip.end - std::max(skip.first, left));
  return (request.steps - left) * (guided ? 2 : 1) + weakened;
}

int cachedHiddenStates(const GenerationRequest& request) {
  if (request.cache.empty()) return 0;
  // What the blocks added, and for the first-block cache what the first one did; for each kind of pass. One more while
  // a pass runs.
  const int kinds = 1 + (request.guidance.value_or(1) > 1 ? 1 : 0) + (request.skipLayers.blocks.empty() ? 0 : 1);
  return kinds * (request.cache == "firstblock" ? 2 : 1) + 1;
}

}  // namespace kinora::core
