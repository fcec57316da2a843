// SPDX-License-Identifier: GPL-3.0-or-later
// Predicted against measured peak memory, a line a size and cap: of tensors, as torch's allocator hands them out, and
// of the whole process as the kernel counts it. Each line is a process of its own, so that nothing is left over from
// the line before.
//   kinora-bench memory [--model DIR] [--dtype f32|bf16] [--steps N] [--sizes WxHxF,…] [--caps GiB,…] [--picture 1]
//                       [--stages 1]
// A cap of 0 is none; --picture: a grey start picture; --stages: a line a stage.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/core/memory_plan.h"
#include "engine/core/plan_cost.h"
#include "engine/models/model_catalogue.h"
#include "engine/pipeline/inference_engine.h"

namespace {

using namespace kinora;

constexpr double kGiB = 1024.0 * 1024 * 1024;

struct Options {
  std::string model = KINORA_SOURCE_DIR "/resources/models/mini";
  std::string dtype = "f32";
  std::string steps = "3";
  std::string sizes = "128x80x25,256x160x25,512x320x17,512x320x49";
  std::string caps = "0";
  std::string picture = "0";
  std::string stages = "0";
  std::string line;  ///< WxHxF@cap of a child
};

std::map<std::string, std::string Options::*> optionNames() {
  return {{"--model", &Options::model}, {"--dtype", &Options::dtype},  {"--steps", &Options::steps},
          {"--sizes", &Options::sizes}, {"--caps", &Options::caps},    {"--picture", &Options::picture},
          {"--line", &Options::line},   {"--stages", &Options::stages}};
}

[[noreturn]] void fail(const std::string& problem) {
  std::fprintf(stderr, "kinora-bench memory: %s\n", problem.c_str());
  std::exit(2);
}

Options readOptions(int argc, char** argv) {
  Options options;
  const auto names = optionNames();
  for (int i = 1; i < argc; i += 2) {
    const auto found = names.find(argv[i]);
    if (found == names.end() || i + 1 >= argc) fail(std::string("cannot read ") + argv[i]);
    options.*found->second = argv[i + 1];
  }
  return options;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

class Counter : public core::FrameSink {
 public:
  core::Result<void> push(const core::Frame&) override { return {}; }
};

core::GenerationRequest requestOf(const Options& options, double& cap) {
  core::GenerationRequest request;
  const int read = std::sscanf(options.line.c_str(), "%dx%dx%d@%lf", &request.size.width, &request.size.height,
                               &request.frames, &cap);
  if (read != 4) fail("--line");
  request.prompt = "a red ball bounces on the beach";
  request.steps = std::stoi(options.steps);
  request.seed = 1;
  request.device = "cpu";
  request.dtype = options.dtype;
  request.memoryGiB = cap;
  if (options.picture != "0") request.startImage = "grey";
  return request;
}

/// How a plan saves, in a word or two.
std::string wayOf(const core::MemoryPlan& plan) {
  std::string way = plan.keepIdle ? "all stay" : plan.streamBlocks ? "streamed" : "one at a time";
  way += ", chunk " + std::to_string(plan.chunk);
  if (plan.tiled()) way += ", tiles " + std::to_string(std::max(plan.tileRows, plan.tileColumns));
  return way;
}

/// One line, in a process of its own.
int runLine(const Options& options) {
  double cap = 0;
  core::GenerationRequest request = requestOf(options, cap);
  const auto model = models::describeModel(options.model);
  if (!model) fail(model.error().text());
  core::PlanContext context;
  context.memoryBytes = static_cast<std::uint64_t>(cap * kGiB);
  context.startImage = request.startImage.empty() ? core::Size{} : request.size;
  const core::PlanResult planned = core::plan(request, nullptr, *model, context);
  std::string label = options.line.substr(0, options.line.find('@'));
  if (cap > 0) label += " cap " + std::to_string(cap).substr(0, 5);
  if (!planned.ok()) {
    std::printf("%-26s refused: %s\n", label.c_str(), planned.faults.front().message.c_str());
    return 0;
  }
  auto engine = pipeline::loadInferenceEngine();
  if (!engine) fail(engine.error().text());
  pipeline::GenerationInputs inputs;
  inputs.plan = planned.plan;
  inputs.model = *model;
  if (!request.startImage.empty()) {
    const std::size_t bytes = std::size_t{3} * static_cast<std::size_t>(request.size.width * request.size.height);
    std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[bytes]);
    std::fill(pixels.get(), pixels.get() + bytes, std::uint8_t{128});
    inputs.startImage = core::Frame(request.size.width, request.size.height, std::move(pixels));
  }
  Counter sink;
  const auto began = std::chrono::steady_clock::now();
  const auto report = (*engine)->generate(inputs, sink, {}, {});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!report) {
    std::printf("%-26s failed: %s\n", label.c_str(), report.error().text().c_str());
    return 1;
  }
  const core::MemoryPlan& plan = report->memory;
  double measured = 0;
  for (const auto& [stage, bytes] : report->tensorPeaks) measured = std::max(measured, static_cast<double>(bytes));
  constexpr double kMiB = 1024.0 * 1024;
  std::printf(
      "%-26s tensors %8.1f MiB predicted %8.1f measured %+5.1f %% | process %7.0f predicted %7.0f measured | %6.1f s | "
      "%s\n",
      label.c_str(), plan.tensors / kMiB, measured / kMiB, 100 * (plan.tensors / measured - 1), plan.peak() / kMiB,
      static_cast<double>(report->peakBytes) / kMiB, seconds, wayOf(plan).c_str());
  if (options.stages == "0") return 0;
  const std::map<std::string, double> stages{
      {"text", plan.text}, {"encode", plan.encode}, {"denoise", plan.denoise}, {"decode", plan.decode}};
  for (const auto& [stage, bytes] : stages) {
    const auto found = report->tensorPeaks.find(stage);
    std::printf("  %-8s whole %8.1f MiB predicted, tensors %8.1f measured\n", stage.c_str(), bytes / kMiB,
                found == report->tensorPeaks.end() ? 0.0 : static_cast<double>(found->second) / kMiB);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.line.empty()) return runLine(options);
  int failures = 0;
  for (const std::string& size : split(options.sizes)) {
    for (const std::string& cap : split(options.caps)) {
      std::fflush(stdout);
      const pid_t child = fork();
      if (child == 0) {
        Options line = options;
        line.line = size + "@" + cap;
        std::vector<std::string> words{argv[0]};
        for (const auto& [name, member] : optionNames()) {
          words.push_back(name);
          words.push_back(line.*member);
        }
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        execv("/proc/self/exe", arguments.data());
        _exit(127);
      }
      int status = 0;
      if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) ++failures;
    }
  }
  return failures == 0 ? 0 : 1;
}
