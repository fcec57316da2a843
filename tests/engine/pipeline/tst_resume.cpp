// SPDX-License-Identifier: GPL-3.0-or-later
// A generation that is stopped between two steps and goes on in another engine, and one that needs no text encoder.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <fstream>

#include "tests/engine/pipeline/engine_fixture.h"

using namespace kinora;

namespace {

constexpr int kSteps = 4;
constexpr int kStopAfter = 2;

pipeline::GenerationInputs inputsIn(const std::string& folder, const std::string& sampler) {
  pipeline::GenerationInputs inputs = test::inputsFor(test::kTiny, {96, 64}, 5, kSteps);
  inputs.plan.request.sampler = sampler;
  inputs.journalDirectory = folder + "/job";
  return inputs;
}

bool keptLatents(const pipeline::GenerationInputs& inputs) {
  return std::filesystem::exists(inputs.journalDirectory + "/latents.safetensors");
}

}  // namespace

TEST_CASE("a generation that was stopped goes on at its last step to the same pixels") {
  for (const char* sampler : {"unipc", "dpm++", "euler"}) {
    CAPTURE(sampler);
    const test::TemporaryFolder folder;
    pipeline::GenerationInputs inputs = inputsIn(folder.path(), sampler);
    test::Frames whole;
    pipeline::GenerationInputs plain = inputs;
    plain.journalDirectory.clear();
    REQUIRE(test::makeEngine()->generate(plain, whole, {}, {}).ok());

    test::runAndStop(inputs, kStopAfter);
    REQUIRE(keptLatents(inputs));
    inputs.resume = true;
    int first = -1;
    pipeline::GenerationObserver observer;
    observer.progress = [&](const core::Progress& progress) {
      if (progress.stage == core::Stage::Denoise && first < 0) first = progress.step;
    };
    test::Frames rest;
    const auto resumed = test::makeEngine()->generate(inputs, rest, observer, {});
    REQUIRE(resumed.ok());
    CHECK(first == kStopAfter);
    CHECK(resumed->resumedSteps == kStopAfter);
    CHECK(resumed->notes.empty());
    CHECK(rest.bytes() == whole.bytes());
  }
}

TEST_CASE("latents that are of no use cost their steps, and the report says so") {
  const test::TemporaryFolder folder;
  pipeline::GenerationInputs inputs = inputsIn(folder.path(), "unipc");
  test::runAndStop(inputs, kStopAfter);
  inputs.resume = true;
  const char* says = "begun again at the first step";
  SUBCASE("another request") {
    inputs.plan.request.prompt = "a blue cube";
  }
  SUBCASE("a damaged file") {
    std::filesystem::resize_file(inputs.journalDirectory + "/latents.safetensors", 40);
  }
  pipeline::GenerationInputs plain = inputs;
  plain.journalDirectory.clear();
  plain.resume = false;
  test::Frames fresh;
  REQUIRE(test::makeEngine()->generate(plain, fresh, {}, {}).ok());
  test::Frames frames;
  const auto begun = test::makeEngine()->generate(inputs, frames, {}, {});
  REQUIRE(begun.ok());
  CHECK(begun->resumedSteps == 0);
  REQUIRE(begun->notes.size() == 1);
  CHECK(begun->notes.front().find(says) != std::string::npos);
  CHECK(frames.bytes() == fresh.bytes());
}

TEST_CASE("a LoRA is part of what a run goes on with") {
  const std::string file = KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors";
  const test::TemporaryFolder folder;
  pipeline::GenerationInputs inputs = inputsIn(folder.path(), "unipc");
  inputs.plan.request.loras = {{file, 1.0}};
  pipeline::GenerationInputs plain = inputs;
  plain.journalDirectory.clear();
  test::Frames whole;
  REQUIRE(test::makeEngine()->generate(plain, whole, {}, {}).ok());
  test::runAndStop(inputs, kStopAfter);
  inputs.resume = true;
  test::Frames rest;
  const auto resumed = test::makeEngine()->generate(inputs, rest, {}, {});
  REQUIRE(resumed.ok());
  CHECK(resumed->resumedSteps == kStopAfter);
  CHECK(rest.bytes() == whole.bytes());

  pipeline::GenerationInputs weaker = inputs;
  weaker.plan.request.loras = {{file, 0.5}};
  test::Frames other;
  const auto begun = test::makeEngine()->generate(weaker, other, {}, {});
  REQUIRE(begun.ok());
  CHECK(begun->resumedSteps == 0);
}

TEST_CASE("steps that cannot be kept are noted once and do no harm") {
  const test::TemporaryFolder folder;
  pipeline::GenerationInputs inputs = inputsIn(folder.path(), "unipc");
  std::ofstream(folder.path() + "/file") << "not a folder";
  inputs.journalDirectory = folder.path() + "/file/job";
  test::Frames frames;
  const auto done = test::makeEngine()->generate(inputs, frames, {}, {});
  REQUIRE(done.ok());
  REQUIRE(done->notes.size() == 1);
  CHECK(done->notes.front().find("could not be kept") != std::string::npos);
  CHECK(frames.frames.size() == 5);
}

TEST_CASE("with step caching latents are kept only when all steps are done") {
  const test::TemporaryFolder folder;
  pipeline::GenerationInputs inputs = inputsIn(folder.path(), "unipc");
  inputs.plan.request.cache = "firstblock";
  test::runAndStop(inputs, kStopAfter);
  CHECK_FALSE(keptLatents(inputs));

  test::Frames whole;
  REQUIRE(test::makeEngine()->generate(inputs, whole, {}, {}).ok());
  REQUIRE(keptLatents(inputs));
  inputs.resume = true;
  test::Frames again;
  const auto decoded = test::makeEngine()->generate(inputs, again, {}, {});
  REQUIRE(decoded.ok());
  CHECK(decoded->passes == 0);
  CHECK(again.bytes() == whole.bytes());
}

TEST_CASE("a prompt seen before gives the same pixels without its text encoder") {
  const test::TemporaryFolder folder;
  pipeline::GenerationInputs inputs = test::inputsFor(test::kTiny, {96, 64}, 5, 1);
  inputs.cacheDirectory = folder.path();
  test::Frames first;
  const auto encoded = test::makeEngine()->generate(inputs, first, {}, {});
  REQUIRE(encoded.ok());
  CHECK(encoded->timings.count("text") == 1);
  test::Frames second;
  const auto known = test::makeEngine()->generate(inputs, second, {}, {});
  REQUIRE(known.ok());
  CHECK(known->timings.count("text") == 0);  // no encoder ran, none was loaded
  CHECK(second.bytes() == first.bytes());
}
