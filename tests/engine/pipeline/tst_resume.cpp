// SPDX-License-Identifier: GPL-3.0-or-later
// A generation that is stopped between two steps and goes on in another engine, and one that needs no text encoder.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <stop_token>

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

/// Runs until kStopAfter steps are done.
void runAndStop(const pipeline::GenerationInputs& inputs) {
  std::stop_source source;
  pipeline::GenerationObserver observer;
  observer.progress = [&](const core::Progress& progress) {
    if (progress.stage == core::Stage::Denoise && progress.step == kStopAfter) source.request_stop();
  };
  test::Frames frames;
  const auto stopped = test::makeEngine()->generate(inputs, frames, observer, source.get_token());
  REQUIRE(!stopped.ok());
  CHECK(stopped.error().code == core::ErrorCode::Cancelled);
  CHECK(frames.frames.empty());
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

    runAndStop(inputs);
    REQUIRE(keptLatents(inputs));
    inputs.resume = true;
    int first = -1;
    pipeline::GenerationObserver observer;
    observer.progress = [&](const core::Progress& progress) {
      if (progress.stage == core::Stage::Denoise && first < 0) first = progress.step;
    };
    test::Frames rest;
    REQUIRE(test::makeEngine()->generate(inputs, rest, observer, {}).ok());
    CHECK(first == kStopAfter);
    CHECK(rest.bytes() == whole.bytes());
  }
}

TEST_CASE("another request does not go on from these latents") {
  const test::TemporaryFolder folder;
  pipeline::GenerationInputs inputs = inputsIn(folder.path(), "unipc");
  runAndStop(inputs);
  inputs.resume = true;
  inputs.plan.request.prompt = "a blue cube";
  test::Frames frames;
  const auto refused = test::makeEngine()->generate(inputs, frames, {}, {});
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == core::ErrorCode::ModelMismatch);
  CHECK(frames.frames.empty());
}

TEST_CASE("with step caching latents are kept only when all steps are done") {
  const test::TemporaryFolder folder;
  pipeline::GenerationInputs inputs = inputsIn(folder.path(), "unipc");
  inputs.plan.request.cache = "firstblock";
  runAndStop(inputs);
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
