// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/core/generation_request.h"
#include "engine/core/model_info.h"

namespace kinora::core {

/// What a sampler is called and how it wants to be used. The maths is in engine/diffusion, by the same words.
struct SamplerInfo {
  const char* word;   ///< in requests and on the command line
  const char* title;  ///< proper name, the same in every language
  /// Made for models that were distilled to few steps: the values below go before the model's own, and guidance is off
  /// unless the request asks for it.
  bool fewStep = false;
  int steps = 0;
  bool fixedSteps = false;  ///< one list: no other number of steps is possible
  double shift = 0;
};

/// A word of a request and its proper name.
struct Choice {
  const char* word;
  const char* title;
};

/// In menu order.
std::span<const SamplerInfo> samplers();
/// nullptr: unknown.
const SamplerInfo* findSampler(std::string_view word);
/// Kinds of guidance: "cfg", "cfg-zero".
std::span<const Choice> guidanceKinds();
/// Kinds of step caching other than "off": "teacache", "firstblock".
std::span<const Choice> cacheKinds();
/// Threshold that a kind of caching has without another; 0 for "off".
double defaultCacheThreshold(std::string_view cache);

/// Steps, shift and guidance that hold where the request is silent.
struct SamplingDefaults {
  int steps = 0;
  double shift = 0;
  double guidance = 0;
};
SamplingDefaults samplingDefaults(const SamplerInfo& sampler, const ModelInfo& model);

/// First steps that CFG-zero* leaves out: 4 % as the paper says, rounded.
int zeroSteps(int steps);

/// Steps in which layers are skipped: those whose number over all steps lies in from…to.
struct StepRange {
  int first = 0;
  int end = 0;  ///< one past the last
};
StepRange skipRange(const SkipLayers& skip, int steps);

/// Passes through the network that a complete request (steps, guidance set) takes, if none is reused. The first
/// guidance counts for both experts.
int networkPasses(const GenerationRequest& request);
/// Hidden states (tokens × width, f32) that the request's step caching keeps in memory; 0 without.
int cachedHiddenStates(const GenerationRequest& request);

}  // namespace kinora::core
