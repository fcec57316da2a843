// SPDX-License-Identifier: GPL-3.0-or-later
// What decode does when memory runs out: a limit on torch's allocator stands for a machine with less memory.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/pipeline/decode.h"

#include "engine/tensor/memory_meter.h"
#include "engine/tensor/pch.h"
#include "engine/tensor/rng.h"
#include "tests/engine/pipeline/engine_fixture.h"

using namespace kinora;

namespace {

constexpr core::Size kSize{256, 192};
constexpr int kFrames = 9;

/// One decode of mini with so many bytes more than it holds; 0: no limit.
struct Run {
  pipeline::GenerationInputs inputs = test::inputsFor(test::kMini, kSize, kFrames, 1);
  std::unique_ptr<pipeline::WanModel> model;
  pipeline::GenerationObserver observer;
  pipeline::GenerationReport report;
  test::Frames frames;

  Run() {
    auto loaded = pipeline::loadWanModel(inputs.model, {{tensor::ComputeDevice()}, at::kFloat, {}}, {});
    REQUIRE_MESSAGE(loaded.ok(), (loaded ? "" : loaded.error().text()));
    model = std::move(*loaded);
  }

  core::Result<void> decode(std::uint64_t limit) {
    const wan::VaeConfig& vae = model->configs.vae;
    const at::Tensor latents = tensor::normal(3, 0,
                                              {1, vae.latentChannels, vae.latentFrames(kFrames),
                                               kSize.height / vae.spatialStride(), kSize.width / vae.spatialStride()});
    pipeline::RunContext run{*model,
                             inputs,
                             observer,
                             {},
                             pipeline::Dump(std::string()),
                             pipeline::ProgressMeter({{core::Stage::Decode, 1}}, observer.progress),
                             {}};
    std::optional<tensor::MemoryLimit> cap;
    if (limit > 0) cap.emplace(tensor::meteredMemory() + limit);
    auto done = pipeline::decode(run, latents, frames);
    report = run.report;
    return done;
  }
};

/// Mean difference of two clips, in grey levels.
double difference(const test::Frames& a, const test::Frames& b) {
  const std::string x = a.bytes();
  const std::string y = b.bytes();
  REQUIRE(x.size() == y.size());
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += std::abs(static_cast<unsigned char>(x[i]) - static_cast<unsigned char>(y[i]));
  }
  return sum / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("where memory runs out while decoding, smaller pieces are tried until it is enough") {
  const c10::InferenceMode guard;
  tensor::meterMemory();
  Run whole;
  tensor::resetMeteredPeak();
  const std::uint64_t before = tensor::meteredMemory();
  REQUIRE(whole.decode(0).ok());
  const std::uint64_t need = tensor::meteredPeak() - before;
  CHECK(whole.report.decodeRetries == 0);
  REQUIRE(whole.frames.frames.size() == kFrames);

  Run tight;
  REQUIRE(tight.decode(need * 6 / 10).ok());
  CHECK(tight.report.decodeRetries > 0);
  // Every frame came, once; tiles see less context, so they are close and not equal.
  REQUIRE(tight.frames.frames.size() == kFrames);
  CHECK(difference(tight.frames, whole.frames) < 12);
}

TEST_CASE("where nothing is small enough the error says so, and nothing is delivered") {
  const c10::InferenceMode guard;
  tensor::meterMemory();
  Run run;
  run.inputs.journalDirectory = "somewhere";
  const auto failed = run.decode(200'000);
  REQUIRE(!failed.ok());
  CHECK(failed.error().code == core::ErrorCode::OutOfMemory);
  CHECK(failed.error().message.find("resume") != std::string::npos);
  CHECK(run.frames.frames.empty());
}

TEST_CASE("progress is counted in frames and never falls") {
  const c10::InferenceMode guard;
  Run run;
  int last = 0;
  run.observer.progress = [&](const core::Progress& progress) {
    CHECK(progress.step >= last);
    last = progress.step;
  };
  REQUIRE(run.decode(0).ok());
  CHECK(last == kFrames);
}
