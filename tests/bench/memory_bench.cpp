// SPDX-License-Identifier: GPL-3.0-or-later
// Predicted against measured peak memory, a line a size and cap. Each line is a process of its own, so that nothing is
// left over from the line before. Measured is anonymous resident memory (RssAnon of /proc/self/status, looked at every
// 2 ms), because pages of mapped weight files come and go as the kernel likes; predicted is the plan's peak without what
// it says is used from the file.
//   kinora-bench-memory [--model DIR] [--dtype f32|bf16] [--steps N] [--sizes WxHxF,…] [--caps GiB,…]   (cap 0: none)
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/core/plan_cost.h"
#include "engine/models/model_catalogue.h"
#include "engine/pipeline/inference_engine.h"

namespace {

using namespace kinora;

struct Options {
  std::string model = KINORA_SOURCE_DIR "/resources/models/mini";
  std::string dtype = "f32";
  std::string steps = "2";
  std::string sizes = "128x80x25,256x160x25,512x320x17,512x320x49";
  std::string caps = "0";
  std::string line;  ///< WxHxF@cap of a child
};

[[noreturn]] void fail(const std::string& problem) {
  std::fprintf(stderr, "kinora-bench-memory: %s\n", problem.c_str());
  std::exit(2);
}

Options readOptions(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::string*> values{{"--model", &options.model}, {"--dtype", &options.dtype},
                                                   {"--steps", &options.steps}, {"--sizes", &options.sizes},
                                                   {"--caps", &options.caps},   {"--line", &options.line}};
  for (int i = 1; i < argc; i += 2) {
    const auto found = values.find(argv[i]);
    if (found == values.end() || i + 1 >= argc) fail(std::string("cannot read ") + argv[i]);
    *found->second = argv[i + 1];
  }
  return options;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

std::uint64_t anonymousBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib * 1024;
  }
  return 0;
}

/// The most anonymous memory while it lives.
class Peak {
 public:
  Peak() {
    m_watcher = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested()) {
        m_peak = std::max(m_peak.load(), anonymousBytes());
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
  }
  std::uint64_t bytes() const { return m_peak; }

 private:
  std::atomic<std::uint64_t> m_peak{0};
  std::jthread m_watcher;
};

class Counter : public core::FrameSink {
 public:
  core::Result<void> push(const core::Frame&) override { return {}; }
};

/// One line, in a process of its own.
int runLine(const Options& options) {
  int width = 0;
  int height = 0;
  int frames = 0;
  double cap = 0;
  if (std::sscanf(options.line.c_str(), "%dx%dx%d@%lf", &width, &height, &frames, &cap) != 4) fail("--line");
  const auto model = models::describeModel(options.model);
  if (!model) fail(model.error().text());
  core::GenerationRequest request;
  request.prompt = "a red ball bounces on the beach";
  request.size = {width, height};
  request.frames = frames;
  request.steps = std::stoi(options.steps);
  request.seed = 1;
  request.device = "cpu";
  request.dtype = options.dtype;
  request.memoryGiB = cap;
  core::PlanContext context;
  context.memoryBytes = static_cast<std::uint64_t>(cap * (1ull << 30));
  const core::PlanResult planned = core::plan(request, nullptr, *model, context);
  std::string label = options.line.substr(0, options.line.find('@')) + (cap > 0 ? " · cap " + std::to_string(cap).substr(0, 4) : "");
  if (!planned.ok()) {
    std::printf("%-28s refused: %s\n", label.c_str(), planned.faults.front().message.c_str());
    return 0;
  }
  auto engine = pipeline::loadInferenceEngine();
  if (!engine) fail(engine.error().text());
  pipeline::GenerationInputs inputs;
  inputs.plan = planned.plan;
  inputs.model = *model;
  Counter sink;
  const Peak peak;
  const auto began = std::chrono::steady_clock::now();
  const auto report = (*engine)->generate(inputs, sink, {}, {});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!report) {
    std::printf("%-28s failed: %s\n", label.c_str(), report.error().text().c_str());
    return 0;
  }
  const core::MemoryPlan& plan = report->memory;
  const double predicted = plan.peak() - plan.mapped;
  const auto measured = static_cast<double>(peak.bytes());
  std::string way = plan.streamBlocks ? "streamed" : "resident";
  if (!plan.keepText) way += ", text leaves";
  if (plan.tileRows > 0 || plan.tileColumns > 0) way += ", tiles " + std::to_string(std::max(plan.tileRows, plan.tileColumns));
  std::printf("%-28s predicted %9s  measured %9s  %+5.1f %%  %6.1f s  %s\n", label.c_str(),
              core::byteText(predicted).c_str(), core::byteText(measured).c_str(), 100 * (predicted / measured - 1),
              seconds, way.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.line.empty()) return runLine(options);
  for (const std::string& size : split(options.sizes)) {
    for (const std::string& cap : split(options.caps)) {
      const std::string line = size + "@" + cap;
      const pid_t child = fork();
      if (child == 0) {
        execl("/proc/self/exe", argv[0], "--model", options.model.c_str(), "--dtype", options.dtype.c_str(), "--steps",
              options.steps.c_str(), "--line", line.c_str(), nullptr);
        _exit(127);
      }
      int status = 0;
      if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) fail("the line " + line + " did not end well");
    }
  }
  return 0;
}
