// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/plan_sampling.h"

#include <algorithm>
#include <cstdio>

#include "engine/core/sampling.h"

namespace kinora::core {
namespace {

constexpr int kMaxSteps = 200;
constexpr double kMaxGuidance = 30;
constexpr double kMaxShift = 100;
constexpr double kMaxNag = 50;
constexpr double kMaxTau = 10;
constexpr double kMaxSkipScale = 10;
constexpr double kMaxThreshold = 2;

template <class List>
std::string wordsOf(const List& list) {
  std::string words;
  for (const auto& entry : list) words += (words.empty() ? "" : ", ") + std::string(entry.word);
  return words;
}

template <class List>
const char* titleOf(const List& list, const std::string& word) {
  const auto row = std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.word == word; });
  return row == list.end() ? nullptr : row->title;
}

/// Written so that not-a-number fails too.
bool within(double value, double low, double high) {
  return value >= low && value <= high;
}

/// Works through the sampling part of one plan.
class SamplingPlanner {
 public:
  SamplingPlanner(const ModelInfo& model, PlanResult& result)
      : m_model(model), m_result(result), m_request(result.plan.request) {}

  void run() {
    if (m_request.sampler.empty()) m_request.sampler = m_model.sampler;
    const SamplerInfo* sampler = findSampler(m_request.sampler);
    fillIn(sampler ? samplingDefaults(*sampler, m_model)
                   : SamplingDefaults{m_model.steps, m_model.shift, m_model.guidance});
    checkNumbers();
    checkSampler(sampler);
    checkGuidance();
    checkNag();
    checkSkipLayers();
    checkCache();
  }

 private:
  void fault(const char* field, const char* key, std::string message, std::vector<std::string> args) {
    m_result.faults.push_back({field, ErrorCode::InvalidInput, std::move(message), key, std::move(args)});
  }
  void note(std::string text) { m_result.plan.notes.push_back(std::move(text)); }
  void checkRange(const char* field, const char* key, double value, double low, double high) {
    if (!within(value, low, high)) m_result.faults.push_back(outOfRange(field, key, value, low, high));
  }

  void fillIn(const SamplingDefaults& defaults);
  void checkNumbers();
  void checkSampler(const SamplerInfo* sampler);
  void checkGuidance();
  void checkNag();
  void checkSkipLayers();
  void checkCache();

  const ModelInfo& m_model;
  PlanResult& m_result;
  GenerationRequest& m_request;
};

void SamplingPlanner::fillIn(const SamplingDefaults& defaults) {
  if (m_request.steps == 0) m_request.steps = defaults.steps;
  const bool given = m_request.guidance.has_value();
  if (!given) m_request.guidance = defaults.guidance;
  // As upstream: a guidance that is given holds for both experts, and none for the first is none at all.
  if (m_model.guidance2 > 0 && !m_request.guidance2)
    m_request.guidance2 = given || *m_request.guidance <= 1 ? *m_request.guidance : m_model.guidance2;
  if (!m_request.shift) m_request.shift = defaults.shift;
}

void SamplingPlanner::checkNumbers() {
  const GenerationRequest& r = m_request;
  checkRange("steps", "steps-range", r.steps, 1, kMaxSteps);
  checkRange("guidance", "guidance-range", *r.guidance, 0, kMaxGuidance);
  if (r.guidance2) {
    checkRange("guidance2", "guidance-range", *r.guidance2, 0, kMaxGuidance);
    const char* idle = m_model.guidance2 <= 0                 ? "this model has one expert"
                       : *r.guidance <= 1 && *r.guidance2 > 1 ? "the first is 1 or less, so there is none"
                                                              : nullptr;
    if (idle) note(std::string("the second guidance has no effect: ") + idle);
  }
  if (!(*r.shift > 0 && *r.shift <= kMaxShift))
    m_result.faults.push_back(outOfRange("shift", "shift-range", *r.shift, 0, kMaxShift));
}

void SamplingPlanner::checkSampler(const SamplerInfo* sampler) {
  if (!sampler) {
    const std::string known = wordsOf(samplers());
    fault("sampler", "sampler-unknown", "sampler; expected one of " + known + ", got \"" + m_request.sampler + "\"",
          {m_request.sampler, known});
    return;
  }
  const std::string title = sampler->title;
  if (sampler->fixedSteps && m_request.steps != sampler->steps) {
    const std::string wanted = std::to_string(sampler->steps);
    const std::string got = std::to_string(m_request.steps);
    fault("steps", "steps-fixed", "steps; the sampler " + title + " takes " + wanted + ", got " + got,
          {title, wanted, got});
  }
  if (sampler->fewStep && m_model.sampler != sampler->word)
    note("the sampler " + title + " is made for models or LoRAs that were distilled to few steps");
}

void SamplingPlanner::checkGuidance() {
  const std::string& kind = m_request.guidanceKind;
  if (kind.empty()) return;
  if (!titleOf(guidanceKinds(), kind)) {
    const std::string known = wordsOf(guidanceKinds());
    fault("guidanceKind", "guidance-kind-unknown",
          "kind of guidance; expected one of " + known + ", got \"" + kind + "\"", {kind, known});
  } else if (kind == "cfg-zero") {
    const bool guided = *m_request.guidance > 1;
    note(guided ? "CFG-Zero* leaves out the first steps: " + std::to_string(zeroSteps(m_request.steps))
                : "CFG-Zero* has no effect: guidance is off");
  }
}

void SamplingPlanner::checkNag() {
  if (!m_request.nag) return;
  checkRange("nag", "nag-range", m_request.nag->scale, 1, kMaxNag);
  checkRange("nag", "nag-tau-range", m_request.nag->tau, 1, kMaxTau);
  checkRange("nag", "nag-alpha-range", m_request.nag->alpha, 0, 1);
}

void SamplingPlanner::checkSkipLayers() {
  const SkipLayers& skip = m_request.skipLayers;
  if (skip.blocks.empty()) return;
  for (const int block : skip.blocks)
    checkRange("skipLayers", "skip-layers-range", block, 0, std::max(0, m_model.layers - 1));
  checkRange("skipLayers", "skip-scale-range", skip.scale, 0, kMaxSkipScale);
  if (!(within(skip.from, 0, 1) && within(skip.to, 0, 1) && skip.from < skip.to)) {
    fault("skipLayers", "skip-span",
          "steps with skipped layers; expected 0 ≤ from < to ≤ 1, got " + numberText(skip.from) + " and " +
              numberText(skip.to),
          {numberText(skip.from), numberText(skip.to)});
  }
}

void SamplingPlanner::checkCache() {
  GenerationRequest& r = m_request;
  if (r.cache == "off") r.cache.clear();
  if (r.cache.empty()) {
    r.cacheThreshold.reset();
    return;
  }
  const char* title = titleOf(cacheKinds(), r.cache);
  if (!title) {
    const std::string known = "off, " + wordsOf(cacheKinds());
    fault("cache", "cache-unknown", "step caching; expected one of " + known + ", got \"" + r.cache + "\"",
          {r.cache, known});
    return;
  }
  if (!r.cacheThreshold) r.cacheThreshold = defaultCacheThreshold(r.cache);
  checkRange("cacheThreshold", "cache-threshold-range", *r.cacheThreshold, 0, kMaxThreshold);
  note(std::string(title) + " may reuse steps up to a change of " + numberText(*r.cacheThreshold) +
       "; the finished clip says how many passes that saved");
}

}  // namespace

std::string numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

Fault outOfRange(const char* field, const char* key, double value, double low, double high) {
  return {field,
          ErrorCode::InvalidInput,
          std::string(field) + "; expected " + numberText(low) + "…" + numberText(high) + ", got " + numberText(value),
          key,
          {numberText(value), numberText(low), numberText(high)}};
}

void planSampling(const ModelInfo& model, PlanResult& result) {
  SamplingPlanner(model, result).run();
}

}  // namespace kinora::core
