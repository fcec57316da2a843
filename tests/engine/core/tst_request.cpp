// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "engine/core/generation_request.h"
#include "engine/core/job.h"

using namespace kinora::core;

namespace {

GenerationRequest full() {
  GenerationRequest r;
  r.prompt = "a \"cat\" 猫 🎬\n";
  r.negativePrompt = "blur";
  r.startImage = "/a b/start.png";
  r.endImage = "/end.png";
  r.controlVideo = "/control.mp4";
  r.controlMask = "/mask.png";
  r.references = {"/a.png", "/b b.png"};
  r.controlScale = 0.75;
  r.edition = "master@2.0";
  r.quality = "1080p";
  r.aspect = "9:16";
  r.model = "mini";
  r.size = {128, 80};
  r.frames = 25;
  r.seconds = Rational(25, 12);
  r.fps = Rational(24000, 1001);
  r.steps = 12;
  r.guidance = 0.1;
  r.guidance2 = 2;
  r.shift = 3;
  r.sampler = "euler";
  r.guidanceKind = "cfg-zero";
  r.nag = NagUse{7, 3, 0.5};
  r.skipLayers = {{0, 9}, 2.5, 0.1, 0.75};
  r.cache = "teacache";
  r.cacheThreshold = 0.125;
  r.loras = {{"a.safetensors", 0.5}, {"b.safetensors", 1, "low"}};
  r.seed = UINT64_MAX;
  r.noiseFile = "/noise.safetensors";
  r.device = "cuda:0";
  r.dtype = "bf16";
  r.detail = "off";
  r.threads = 2;
  r.memoryGiB = 1.5;
  return r;
}

}  // namespace

TEST_CASE("a recipe gives back the request, full or empty") {
  for (const GenerationRequest& r : {full(), GenerationRequest()}) {
    const auto again = requestFromJson(toJson(r));
    REQUIRE(again.ok());
    CHECK(*again == r);
    CHECK(toJson(*again) == toJson(r));
  }
}

TEST_CASE("unset fields are left out, unknown keys are ignored") {
  CHECK(toJson(GenerationRequest()) == R"({"prompt":""})");
  const auto r = requestFromJson(R"({"prompt":"x","later":{"a":[1]}})");
  REQUIRE(r.ok());
  CHECK(r->prompt == "x");
}

TEST_CASE("half a setting takes the other half's defaults") {
  const auto r = requestFromJson(R"({"prompt":"x","nag":{"scale":5},"skip_layers":{"blocks":[3]}})");
  REQUIRE(r.ok());
  CHECK(r->nag == NagUse{5});
  CHECK(r->skipLayers == SkipLayers{{3}});
}

TEST_CASE("broken recipes are corrupt, never a crash") {
  for (const char* text : {"",
                           "[]",
                           "7",
                           "{",
                           R"({"prompt":7})",
                           R"({"size":[1]})",
                           R"({"size":7})",
                           R"({"fps":24})",
                           R"({"fps":"x"})",
                           R"({"fps":"24/"})",
                           R"({"fps":"99999999999999999999/1"})",
                           R"({"steps":"8"})",
                           R"({"loras":[{}]})",
                           R"({"loras":[{"file":"a","expert":2}]})",
                           R"({"loras":{"a":1}})",
                           R"({"seed":"x"})",
                           R"({"guidance":[]})",
                           R"({"nag":7})",
                           R"({"nag":{"scale":"x"}})",
                           R"({"skip_layers":[9]})",
                           R"({"skip_layers":{"blocks":"9"}})",
                           R"({"skip_layers":{"scale":1}})",
                           R"({"cache":1})",
                           R"({"cache_threshold":"x"})"}) {
    CAPTURE(text);
    const auto r = requestFromJson(text);
    REQUIRE_FALSE(r.ok());
    CHECK(r.error().code == ErrorCode::Corrupt);
  }
  const std::string whole = toJson(full());
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK_FALSE(requestFromJson(whole.substr(0, i)).ok());
}

TEST_CASE("jobs of both kinds and outcomes come back") {
  JobSpec spec;
  spec.title = "a cat";
  spec.request = full();
  spec.output = "/clips/a.mp4";
  spec.credits = 35;
  spec.work = 1.25;
  spec.resumes = "j000000000001";
  CHECK(jobSpecFromJson(toJson(spec)).value() == spec);
  spec.kind = JobKind::Export;
  spec.request = {};
  spec.resumes.clear();
  spec.exportSpec = {"{\"a\":1}", "/dir", "h264", 5, 90};
  CHECK(jobSpecFromJson(toJson(spec)).value() == spec);
  JobOutcome outcome;
  outcome.clip = {MediaKind::Video, "/a.mp4", {128, 80}, 25, 12, Rational(25, 12), "h264", true, "{}", "00ff"};
  outcome.seed = UINT64_MAX;
  outcome.timings = {{"total", 4.5}};
  outcome.passes = 24;
  outcome.reusedPasses = 9;
  outcome.resumedSteps = 3;
  const auto again = jobOutcomeFromJson(toJson(outcome));
  REQUIRE(again.ok());
  CHECK(again->clip == outcome.clip);
  CHECK(again->seed == outcome.seed);
  CHECK(again->timings == outcome.timings);
  CHECK(again->passes == 24);
  CHECK(again->reusedPasses == 9);
  CHECK(again->resumedSteps == 3);
  CHECK(jobSpecFromJson("{}").error().code == ErrorCode::Corrupt);
  CHECK(jobSpecFromJson(R"({"kind":"generate"})").error().code == ErrorCode::Corrupt);
  CHECK(jobOutcomeFromJson("{}").error().code == ErrorCode::Corrupt);
}
