// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/core/sampling.h"

#include <doctest/doctest.h>

#include <limits>

#include "engine/core/plan.h"
#include "engine/core/plan_sampling.h"

using namespace kinora::core;

namespace {

ModelInfo model() {
  ModelInfo model;
  model.id = "m";
  model.architecture = "wan2.1-t2v";
  model.steps = 50;
  model.guidance = 5;
  model.shift = 8;
  model.layers = 30;
  return model;
}

PlanResult planned(const GenerationRequest& request, const ModelInfo& of = model()) {
  PlanResult result;
  result.plan.request = request;
  planSampling(of, result);
  return result;
}

std::string faults(const PlanResult& result) {
  std::string all;
  for (const Fault& fault : result.faults)
    all.append(all.empty() ? "" : " ").append(fault.field).append(":").append(fault.key);
  return all;
}

bool noted(const PlanResult& result, const std::string& words) {
  for (const std::string& note : result.plan.notes) {
    if (note.find(words) != std::string::npos) return true;
  }
  return false;
}

template <class Change>
PlanResult changed(Change change) {
  GenerationRequest request;
  change(request);
  return planned(request);
}

}  // namespace

TEST_CASE("few-step samplers bring their own steps, shift and no guidance") {
  struct Row {
    const char* sampler;
    int steps;
    double shift, guidance;
  };
  for (const Row& row : {Row{"", 50, 8, 5}, Row{"euler", 50, 8, 5}, Row{"dmd", 3, 8, 1}, Row{"lightx2v", 4, 5, 1},
                         Row{"lcm", 4, 5, 1}}) {
    CAPTURE(row.sampler);
    const PlanResult result = changed([&](auto& r) { r.sampler = row.sampler; });
    CHECK(faults(result) == "");
    CHECK(result.plan.request.steps == row.steps);
    CHECK(result.plan.request.shift == row.shift);
    CHECK(result.plan.request.guidance == row.guidance);
    CHECK(noted(result, "distilled") == (row.guidance == 1));
  }
}

TEST_CASE("what the request says goes before the sampler, and a model's own sampler before both") {
  const PlanResult asked = changed([](auto& r) {
    r.sampler = "lightx2v";
    r.steps = 6;
    r.shift = 3;
    r.guidance = 2;
  });
  CHECK(asked.plan.request.steps == 6);
  CHECK(asked.plan.request.shift == 3.0);
  CHECK(asked.plan.request.guidance == 2.0);

  ModelInfo distilled = model();
  distilled.sampler = "lightx2v";
  distilled.steps = 8;
  distilled.shift = 7;
  distilled.guidance = 1.5;
  const PlanResult own = planned({}, distilled);
  CHECK(own.plan.request.sampler == "lightx2v");
  CHECK(own.plan.request.steps == 8);
  CHECK(own.plan.request.shift == 7.0);
  CHECK(own.plan.request.guidance == 1.5);
  CHECK_FALSE(noted(own, "distilled"));
}

TEST_CASE("few-step samplers take guidance from both experts") {
  ModelInfo experts = model();
  experts.guidance = 4;
  experts.guidance2 = 3;
  GenerationRequest request;
  CHECK(planned(request, experts).plan.request.guidance2 == 3.0);
  request.sampler = "lightx2v";
  CHECK(planned(request, experts).plan.request.guidance2 == 1.0);
  request.guidance = 2;
  CHECK(planned(request, experts).plan.request.guidance2 == 2.0);
}

TEST_CASE("the distilled first-last-frame model keeps its shift of 16") {
  ModelInfo firstLast = model();
  firstLast.architecture = "wan2.1-flf2v";
  GenerationRequest request;
  request.sampler = "lightx2v";
  CHECK(planned(request, firstLast).plan.request.shift == 16.0);
  request.sampler = "dmd";
  CHECK(planned(request, firstLast).plan.request.shift == 8.0);
}

TEST_CASE("DMD takes three steps and says so") {
  const PlanResult result = changed([](auto& r) {
    r.sampler = "dmd";
    r.steps = 20;
  });
  CHECK(faults(result) == "steps:steps-fixed");
  CHECK(result.faults[0].message == "steps; the sampler DMD (FastWan) takes 3, got 20");
}

TEST_CASE("unknown words list those that are known") {
  const PlanResult sampler = changed([](auto& r) { r.sampler = "magic"; });
  CHECK(faults(sampler) == "sampler:sampler-unknown");
  CHECK(sampler.faults[0].message == "sampler; expected one of unipc, euler, dpm++, dmd, lightx2v, lcm, got \"magic\"");
  const PlanResult kind = changed([](auto& r) { r.guidanceKind = "x"; });
  CHECK(faults(kind) == "guidanceKind:guidance-kind-unknown");
  CHECK(kind.faults[0].message == "kind of guidance; expected one of cfg, cfg-zero, got \"x\"");
  const PlanResult cache = changed([](auto& r) { r.cache = "all"; });
  CHECK(faults(cache) == "cache:cache-unknown");
  CHECK(cache.faults[0].message == "step caching; expected one of off, teacache, firstblock, got \"all\"");
}

TEST_CASE("numbers out of range, each at its field") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto check = [](auto change, const char* expected) { CHECK(faults(changed(change)) == expected); };
  check([](auto& r) { r.nag = NagUse(); }, "");
  check([](auto& r) { r.nag = NagUse{0.5}; }, "nag:nag-range");
  check([&](auto& r) { r.nag = NagUse{nan}; }, "nag:nag-range");
  check([](auto& r) { r.nag = NagUse{5, 0.5}; }, "nag:nag-tau-range");
  check([](auto& r) { r.nag = NagUse{5, 2, 1.5}; }, "nag:nag-alpha-range");
  check([](auto& r) { r.skipLayers.blocks = {0, 29}; }, "");
  check([](auto& r) { r.skipLayers.blocks = {30}; }, "skipLayers:skip-layers-range");
  check([](auto& r) { r.skipLayers.blocks = {-1}; }, "skipLayers:skip-layers-range");
  check([](auto& r) { r.skipLayers = {{1}, 11}; }, "skipLayers:skip-scale-range");
  check([](auto& r) { r.skipLayers = {{1}, 1, 0.5, 0.5}; }, "skipLayers:skip-span");
  check([&](auto& r) { r.skipLayers = {{1}, 1, nan, 0.5}; }, "skipLayers:skip-span");
  check([](auto& r) { r.skipLayers = {{}, 99, 2, 1}; }, "");  // off
  check([](auto& r) { r.cache = "teacache"; }, "");
  check([](auto& r) { r.cacheThreshold = -1; }, "");  // off
  check(
      [&](auto& r) {
        r.cache = "firstblock";
        r.cacheThreshold = nan;
      },
      "cacheThreshold:cache-threshold-range");
}

TEST_CASE("caching takes a threshold, and off is silence") {
  const PlanResult on = changed([](auto& r) { r.cache = "firstblock"; });
  CHECK(on.plan.request.cacheThreshold == defaultCacheThreshold("firstblock"));
  CHECK(noted(on, "First Block Cache may reuse steps up to a change of 0.05"));
  const PlanResult off = changed([](auto& r) {
    r.cache = "off";
    r.cacheThreshold = 0.2;
  });
  CHECK(off.plan.request.cache.empty());
  CHECK_FALSE(off.plan.request.cacheThreshold.has_value());
}

TEST_CASE("passes through the network are counted") {
  const auto passes = [](auto change) {
    GenerationRequest r;
    r.steps = 50;
    r.guidance = 5;
    change(r);
    return networkPasses(r);
  };
  CHECK(passes([](auto&) {}) == 100);
  CHECK(passes([](auto& r) { r.guidance = 1; }) == 50);
  CHECK(passes([](auto& r) { r.guidanceKind = "cfg-zero"; }) == 96);
  CHECK(passes([](auto& r) { r.nag = NagUse(); }) == 100);
  CHECK(passes([](auto& r) { r.skipLayers.blocks = {9}; }) == 109);  // steps 1 to 9
  CHECK(passes([](auto& r) {
          r.guidanceKind = "cfg-zero";
          r.skipLayers.blocks = {9};
        }) == 104);  // the network is not asked in steps 0 and 1
  CHECK(passes([](auto& r) {
          r.guidanceKind = "cfg-zero";
          r.guidance = 1;
        }) == 50);
}

TEST_CASE("caching keeps hidden states for each kind of pass") {
  GenerationRequest r;
  CHECK(cachedHiddenStates(r) == 0);
  r.cache = "teacache";
  CHECK(cachedHiddenStates(r) == 2);
  r.guidance = 5;
  r.skipLayers.blocks = {3};
  CHECK(cachedHiddenStates(r) == 4);
  r.cache = "firstblock";
  CHECK(cachedHiddenStates(r) == 7);
}

TEST_CASE("steps with skipped layers lie within their share of the run") {
  const auto range = [](double from, double to, int steps) {
    const StepRange r = skipRange({{1}, 1, from, to}, steps);
    return std::pair(r.first, r.end);
  };
  CHECK(range(0.01, 0.2, 50) == std::pair(1, 10));
  CHECK(range(0, 1, 4) == std::pair(0, 4));
  CHECK(range(0.1, 0.9, 50) == std::pair(5, 45));
  CHECK(range(0.3, 0.4, 3) == std::pair(1, 2));
  CHECK(skipRange({}, 50).end == 0);
}

TEST_CASE("every sampler has a word and a title of its own") {
  for (const SamplerInfo& sampler : samplers()) {
    CHECK(findSampler(sampler.word) == &sampler);
    CHECK(sampler.fewStep == (sampler.steps > 0));
    CHECK(sampler.fewStep == (sampler.shift > 0));
  }
  CHECK(findSampler("") == nullptr);
}
