// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <stop_token>
#include <thread>

#include "engine/pipeline/memory.h"
#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"
#include "tests/engine/pipeline/engine_fixture.h"

namespace {

using namespace kinora;
using Clock = std::chrono::steady_clock;
using test::kMini;
using test::kTiny;

core::Error failure(pipeline::InferenceEngine& engine, const pipeline::GenerationInputs& inputs) {
  test::Frames sink;
  const auto report = engine.generate(inputs, sink, {}, {});
  REQUIRE(!report.ok());
  CHECK(sink.frames.empty());
  return report.error();
}

/// Seconds from a stop that another thread asks for, `after` a stage's first report, until generate() is back. The stop
/// so falls into the middle of the work and not between two pieces, where the callback itself would ask.
double cancelDuring(pipeline::InferenceEngine& engine, const pipeline::GenerationInputs& inputs, core::Stage stage,
                    std::chrono::milliseconds after) {
  std::stop_source source;
  std::promise<void> reached;
  bool told = false;
  pipeline::GenerationObserver observer;
  observer.progress = [&](const core::Progress& progress) {
    if (progress.stage != stage || told) return;
    told = true;
    reached.set_value();
  };
  observer.preview = [](const core::Frame&) {};  // previews are cancelled too
  Clock::time_point asked{};
  std::thread canceller([&, future = reached.get_future()]() mutable {
    future.wait();
    std::this_thread::sleep_for(after);
    asked = Clock::now();
    source.request_stop();
  });
  test::Frames sink;
  const auto report = engine.generate(inputs, sink, observer, source.get_token());
  const Clock::time_point back = Clock::now();
  if (!told) reached.set_value();
  canceller.join();
  CHECK(told);
  REQUIRE_MESSAGE(!report.ok(), "finished before the stop");
  CHECK(report.error().code == core::ErrorCode::Cancelled);
  return std::chrono::duration<double>(back - asked).count();
}

using Names = std::vector<std::string>;

Names partNames(const core::ResidentModel& model) {
  Names names;
  for (const core::ResidentPart& part : model.parts) names.push_back(part.name);
  return names;
}

}  // namespace

TEST_CASE("reports progress that never falls, previews after each step, and what it did") {
  const auto engine = test::makeEngine();
  const auto inputs = test::inputsFor(kMini, {128, 80}, 5, 3);
  std::vector<core::Progress> progress;
  std::vector<core::Frame> previews;
  test::Frames sink;
  const auto report = engine->generate(
      inputs, sink,
      {[&](const core::Progress& p) { progress.push_back(p); }, [&](const core::Frame& f) { previews.push_back(f); }},
      {});
  REQUIRE_MESSAGE(report.ok(), report.error().text());
  REQUIRE(progress.size() > 8);
  for (std::size_t i = 1; i < progress.size(); ++i) CHECK(progress[i].fraction >= progress[i - 1].fraction);
  CHECK(progress.back().fraction == doctest::Approx(1.0));
  CHECK(previews.size() == 6);  // three of the first frame, which mini draws first
  for (const core::Frame& preview : previews) {
    CHECK(!preview.isNull());
    CHECK(preview.width() * 80 == preview.height() * 128);
    const auto [low, high] = std::minmax_element(preview.data(), preview.data() + preview.byteCount());
    CHECK(*low < *high);
  }
  CHECK(report->frames == 5);
  CHECK(sink.frames.size() == 5);
  CHECK(report->seed == 5);
  CHECK(report->device == "cpu");
  CHECK(report->dtype == "f32");
  CHECK(report->peakBytes > 10'000'000);
  for (const char* stage : {"load", "text", "denoise", "decode"}) CHECK(report->timings.count(stage) == 1);
}

TEST_CASE("a tiny decoder makes the previews where the model has one, and nothing else") {
  const std::string goldens = KINORA_SOURCE_DIR "/tests/data/goldens/";
  const auto engine = test::makeEngine();
  auto inputs = test::inputsFor(goldens + "models/tiny-wan21", {48, 32}, 9, 3);
  const auto run = [&](std::vector<core::Frame>& previews, test::Frames& sink) {
    const auto keep = [&](const core::Frame& frame) { previews.push_back(frame); };
    return engine->generate(inputs, sink, {{}, keep}, {});
  };
  std::vector<core::Frame> plain, tiny;
  test::Frames sink, sinkWithTiny;
  REQUIRE(run(plain, sink).ok());
  const std::string& folder = inputs.model.directory;
  inputs.model.parts = {folder + "/transformer",
                        {},
                        folder + "/vae",
                        folder + "/text_encoder",
                        folder + "/tokenizer",
                        {},
                        goldens + "tiny-decoder-21/weights.safetensors"};
  engine->unload();
  const auto report = run(tiny, sinkWithTiny);
  REQUIRE_MESSAGE(report.ok(), report.error().text());
  REQUIRE(plain.size() == 3);
  REQUIRE(tiny.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(tiny[i].size() == core::Size{48, 32});
    CHECK(tiny[i].size() == plain[i].size());
    CHECK(std::memcmp(tiny[i].data(), plain[i].data(), tiny[i].byteCount()) != 0);
  }
  CHECK(sinkWithTiny.bytes() == sink.bytes());

  inputs.model.parts.tinyDecoder = goldens + "tiny-decoder-22/weights.safetensors";
  engine->unload();
  const auto refused = run(tiny, sink);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == core::ErrorCode::ModelMismatch);
}

TEST_CASE("delivers the size and rate that the plan promises") {
  const auto engine = test::makeEngine();
  auto inputs = test::inputsFor(kTiny, {96, 64}, 9, 1);
  inputs.plan.outputSize = {192, 128};
  inputs.plan.outputFps = core::Rational(24);
  inputs.plan.outputFrames = 18;
  test::Frames sink;
  const auto report = engine->generate(inputs, sink, {}, {});
  REQUIRE_MESSAGE(report.ok(), report.error().text());
  REQUIRE(sink.frames.size() == 18);
  for (const core::Frame& frame : sink.frames) CHECK(frame.size() == core::Size{192, 128});
}

TEST_CASE("the same request gives the same bytes, another seed gives others") {
  const auto engine = test::makeEngine();
  auto inputs = test::inputsFor(kTiny, {96, 64}, 5, 2);
  test::Frames first, second, other, onOneThread;
  REQUIRE(engine->generate(inputs, first, {}, {}).ok());
  REQUIRE(engine->generate(inputs, second, {}, {}).ok());
  CHECK(first.bytes() == second.bytes());
  inputs.plan.request.threads = 1;
  REQUIRE(engine->generate(inputs, onOneThread, {}, {}).ok());
  std::printf("one thread and two give %s bytes\n", first.bytes() == onOneThread.bytes() ? "the same" : "other");
  inputs.plan.request.seed = 6;
  REQUIRE(engine->generate(inputs, other, {}, {}).ok());
  CHECK(first.bytes() != other.bytes());
}

TEST_CASE("sees a cancel within 250 ms") {
  const auto engine = test::makeEngine();
  const auto inputs = test::inputsFor(kMini, {128, 80}, 25, 1000);
  REQUIRE(engine->preload(inputs.model).ok());
  double worst = 0;
  for (const int after : {0, 3, 11, 29, 53, 97, 151}) {
    const double seconds = cancelDuring(*engine, inputs, core::Stage::Denoise, std::chrono::milliseconds(after));
    CAPTURE(after);
    CHECK(seconds < 0.25);
    worst = std::max(worst, seconds);
  }
  std::printf("cancel during the steps: %.0f ms at worst\n", 1000 * worst);
  auto brief = inputs;
  brief.plan.request.steps = 1;
  brief.plan.request.frames = brief.plan.outputFrames = 121;  // long enough to decode that none of these comes too late
  worst = 0;
  for (const int after : {0, 13, 41}) {
    const double seconds = cancelDuring(*engine, brief, core::Stage::Decode, std::chrono::milliseconds(after));
    CAPTURE(after);
    CHECK(seconds < 0.25);
    worst = std::max(worst, seconds);
  }
  std::printf("cancel during decoding: %.0f ms at worst\n", 1000 * worst);
  test::Frames sink;
  auto small = test::inputsFor(kMini, {128, 80}, 1, 1);
  CHECK(engine->generate(small, sink, {}, {}).ok());  // and goes on working
}

TEST_CASE("stops at the sink's error and hands it on") {
  const auto engine = test::makeEngine();
  test::Frames sink;
  sink.failAt = 3;
  const auto report = engine->generate(test::inputsFor(kTiny, {96, 64}, 9, 1), sink, {}, {});
  REQUIRE(!report.ok());
  CHECK(report.error().code == core::ErrorCode::DiskFull);
  CHECK(report.error().message == "no room");
  CHECK(sink.frames.size() == 3);
}

TEST_CASE("refuses what the model cannot do") {
  const auto engine = test::makeEngine();
  const auto good = test::inputsFor(kTiny, {96, 64}, 5, 1);
  auto inputs = good;
  for (const core::Size size : {core::Size{90, 64}, core::Size{96, 70}, core::Size{0, 64}, core::Size{96, -64}}) {
    inputs.plan.request.size = size;
    CHECK(failure(*engine, inputs).code == core::ErrorCode::InvalidInput);
  }
  for (const int frames : {0, 4, -3}) {
    inputs = good;
    inputs.plan.request.frames = frames;
    CHECK(failure(*engine, inputs).code == core::ErrorCode::InvalidInput);
  }
  inputs = good;
  inputs.plan.request.steps = 0;
  CHECK(failure(*engine, inputs).code == core::ErrorCode::InvalidInput);
  inputs = good;
  inputs.plan.request.sampler = "magic";
  CHECK(failure(*engine, inputs).code == core::ErrorCode::InvalidInput);
  inputs = good;
  inputs.plan.request.device = "toaster";
  CHECK(failure(*engine, inputs).code == core::ErrorCode::InvalidInput);
  inputs = good;
  inputs.endImage = core::Frame(1, 1, std::shared_ptr<std::uint8_t[]>(new std::uint8_t[3]{}));
  CHECK(failure(*engine, inputs).code == core::ErrorCode::ModelMismatch);
  inputs = test::inputsFor(KINORA_SOURCE_DIR "/tests/data/goldens/models/tiny-wan21", {64, 48}, 5, 1);
  inputs.startImage = core::Frame(1, 1, std::shared_ptr<std::uint8_t[]>(new std::uint8_t[3]{}));
  CHECK(failure(*engine, inputs).code == core::ErrorCode::ModelMismatch);
}

TEST_CASE("refuses start noise that does not fit") {
  const auto engine = test::makeEngine();
  const test::TemporaryFolder folder;
  auto inputs = test::inputsFor(kTiny, {96, 64}, 5, 1);
  std::string& file = inputs.plan.request.noiseFile;
  file = folder.path() + "/absent.safetensors";
  CHECK(failure(*engine, inputs).code == core::ErrorCode::NotFound);
  file = folder.path() + "/noise.safetensors";
  REQUIRE(tensor::writeSafetensors(file, {{"noise", at::zeros({1, 8, 2, 4, 5})}}).ok());
  const core::Error shape = failure(*engine, inputs);
  CHECK(shape.code == core::ErrorCode::InvalidInput);
  CHECK(shape.message.find("[1,8,2,4,6], got F32 [1,8,2,4,5]") != std::string::npos);
  REQUIRE(tensor::writeSafetensors(file, {{"other", at::zeros({1, 8, 2, 4, 6})}}).ok());
  CHECK(failure(*engine, inputs).message.find("got none") != std::string::npos);
  REQUIRE(tensor::writeSafetensors(file, {{"noise", at::zeros({1, 8, 2, 4, 6}, at::kHalf)}}).ok());
  CHECK(failure(*engine, inputs).message.find("got F16") != std::string::npos);
}

TEST_CASE("keeps one model in memory, and says which parts of it and how large they are") {
  const auto engine = test::makeEngine();
  CHECK(engine->resident().id.empty());
  REQUIRE(engine->preload(test::modelAt(kTiny)).ok());
  CHECK(engine->resident().id == "tiny-wan22");
  CHECK(partNames(engine->resident()) == Names{"transformer", "vae"});
  test::Frames sink;
  REQUIRE(engine->generate(test::inputsFor(kMini, {128, 80}, 1, 1), sink, {}, {}).ok());
  CHECK(engine->resident().id == "mini");
  CHECK(partNames(engine->resident()) == Names{"transformer", "text_encoder", "vae"});
  for (const core::ResidentPart& part : engine->resident().parts) {
    CAPTURE(part.name);
    // In its files they are f16; the table of tokens stays there.
    const std::string folder = kMini + "/" + part.name;
    std::uint64_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() == ".safetensors") files += file.file_size();
    }
    CHECK(part.bytes > (part.name == "text_encoder" ? files / 4 : files * 3 / 2));
    CHECK(part.bytes < files * 5 / 2);
  }
  CHECK(!engine->preload(test::modelAt("/nowhere")).ok());
  CHECK(engine->resident().id == "mini");
  engine->unload();
  CHECK(engine->resident().id.empty());
  CHECK(engine->resident().parts.empty());
}

TEST_CASE("a run loads what it needs and nothing that is there") {
  const auto engine = test::makeEngine();
  const test::TemporaryFolder folder;
  auto inputs = test::inputsFor(kTiny, {96, 64}, 5, 1);
  inputs.cacheDirectory = folder.path();
  const auto loads = [&] {
    test::Frames sink;
    const auto report = engine->generate(inputs, sink, {}, {});
    REQUIRE(report.ok());
    return report->loaded;
  };
  CHECK(loads() == Names{"vae", "text_encoder", "transformer"});
  CHECK(loads().empty());
  inputs.plan.request.prompt = "a blue cube";
  CHECK(loads().empty());
  inputs.plan.request.loras = {{KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors", 1.0}};
  CHECK(loads().empty());
  engine->unload();
  CHECK(loads() == Names{"vae", "transformer"});  // the prompt is known
  CHECK(partNames(engine->resident()) == Names{"transformer", "vae"});
}

TEST_CASE("lists the CPU among its devices") {
  const auto devices = test::makeEngine()->devices();
  REQUIRE(!devices.empty());
  CHECK(devices[0].id == "cpu");
  CHECK(devices[0].usable);
  CHECK(devices[0].memoryBytes > 0);
}

TEST_CASE("fifteen more runs take no more memory") {
  const auto engine = test::makeEngine();
  const auto inputs = test::inputsFor(kTiny, {96, 64}, 5, 2);
  std::uint64_t after5 = 0;
  for (int run = 1; run <= 20; ++run) {
    test::Frames sink;
    REQUIRE(engine->generate(inputs, sink, {}, {}).ok());
    if (run == 5) after5 = pipeline::residentMemory();
  }
  const double growth = static_cast<double>(pipeline::residentMemory()) - static_cast<double>(after5);
  std::printf("resident memory, run 5 to run 20: %+.2f MiB\n", growth / (1 << 20));
  REQUIRE(after5 > 0);
  CHECK(growth < 4 << 20);
}
