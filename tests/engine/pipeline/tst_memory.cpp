// SPDX-License-Identifier: GPL-3.0-or-later
// The memory plan against what a run takes, and runs that save memory against those that do not. What is compared are
// sums of allocations, which are the same in every run.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/core/memory_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/models/model_catalogue.h"
#include "tests/engine/pipeline/engine_fixture.h"

using namespace kinora;

namespace {

/// A job with the model as the catalogue describes it, so that it is planned.
pipeline::GenerationInputs plannedInputs(const std::string& directory, core::Size size, int frames, int steps = 3) {
  pipeline::GenerationInputs inputs = test::inputsFor(directory, size, frames, steps);
  const auto model = models::describeModel(directory);
  REQUIRE_MESSAGE(model.ok(), (model ? "" : model.error().text()));
  inputs.model = *model;
  return inputs;
}

struct Outcome {
  pipeline::GenerationReport report;
  std::string bytes;
};

Outcome run(const pipeline::GenerationInputs& inputs) {
  const auto engine = test::makeEngine();
  test::Frames frames;
  auto report = engine->generate(inputs, frames, {}, {});
  REQUIRE_MESSAGE(report.ok(), (report ? "" : report.error().text()));
  return {*report, frames.bytes()};
}

double measured(const pipeline::GenerationReport& report) {
  std::uint64_t most = 0;
  for (const auto& [stage, bytes] : report.tensorPeaks) most = std::max(most, bytes);
  return static_cast<double>(most);
}

/// A limit in GiB that leaves so much for tensors as a share of what the unlimited run takes.
double limitOf(const core::MemoryPlan& plan, double share) {
  return (plan.peak() - plan.tensors * (1 - share)) / (1024.0 * 1024 * 1024);
}

}  // namespace

TEST_CASE("predicted and measured peak differ by at most 5 %") {
  struct Row {
    core::Size size;
    int frames;
    double share;  ///< of the unlimited run's tensors that the limit leaves
  };
  for (const Row& row : {Row{{128, 80}, 25, 1}, Row{{256, 144}, 9, 1}, Row{{96, 160}, 1, 1}, Row{{256, 160}, 9, 0.7}}) {
    CAPTURE(row.size.width);
    CAPTURE(row.share);
    pipeline::GenerationInputs inputs = plannedInputs(test::kMini, row.size, row.frames);
    const core::MemoryPlan whole = core::planMemory(inputs.model, inputs.plan.request, 0);
    if (row.share < 1) inputs.plan.request.memoryGiB = limitOf(whole, row.share);
    const Outcome outcome = run(inputs);
    CHECK(outcome.report.memory.planned);
    CHECK(outcome.report.memory.tensors == doctest::Approx(measured(outcome.report)).epsilon(0.05));
  }
}

TEST_CASE("streamed blocks and networks that leave change no byte") {
  pipeline::GenerationInputs inputs = plannedInputs(test::kMini, {64, 64}, 1);
  const Outcome whole = run(inputs);
  REQUIRE(whole.report.memory.keepIdle);
  // As much as the least saving plan with streamed blocks takes.
  core::MemoryPlan plan = whole.report.memory;
  double limit = plan.peak();
  while (!plan.streamBlocks && !plan.tiled() && limit > 0) {
    limit -= 4096;
    plan = core::planMemory(inputs.model, inputs.plan.request, limit);
  }
  REQUIRE(plan.streamBlocks);
  REQUIRE_FALSE(plan.tiled());
  inputs.plan.request.memoryGiB = limit / (1024.0 * 1024 * 1024);
  const Outcome streamed = run(inputs);
  CHECK(streamed.report.memory.streamBlocks);
  CHECK_FALSE(streamed.report.memory.keepIdle);
  CHECK(measured(streamed.report) < measured(whole.report));
  CHECK(streamed.report.memory.tensors == doctest::Approx(measured(streamed.report)).epsilon(0.05));
  CHECK(streamed.bytes == whole.bytes);
}

TEST_CASE("a limit that nothing keeps to is refused before the start, with what would fit") {
  pipeline::GenerationInputs inputs = plannedInputs(test::kMini, {1024, 640}, 25);
  const core::MemoryPlan small =
      core::planMemory(inputs.model, test::inputsFor(test::kMini, {256, 160}, 25, 3).plan.request, 0);
  inputs.plan.request.memoryGiB = small.peak() / (1024.0 * 1024 * 1024);
  const auto engine = test::makeEngine();
  test::Frames frames;
  const auto report = engine->generate(inputs, frames, {}, {});
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code == core::ErrorCode::OutOfMemory);
  CHECK(report.error().message.find("enough for") != std::string::npos);
  CHECK(frames.frames.empty());
}
