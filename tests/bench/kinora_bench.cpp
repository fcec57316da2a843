// SPDX-License-Identifier: GPL-3.0-or-later
// Times generations through libkinora_inference.so, as programs use it, and prints what was measured and under which
// conditions. Knows no Qt, FFmpeg or OpenCV, so that it runs on a bare GPU machine.
//   kinora-bench [--model DIR] [--prompt TEXT] [--width W --height H --frames N --steps N --guidance G --seed N]
//                [--threads N] [--device D] [--dtype T] [--repeat N] [--json]
//   kinora-bench make-weights DIR …: see make_weights.cpp
//   kinora-bench memory …: see memory_bench.cpp
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/pipeline/inference_engine.h"

namespace {

using namespace kinora;

struct Options {
  std::string model = KINORA_SOURCE_DIR "/resources/models/mini";
  core::GenerationRequest request;
  int repeat = 3;
  bool json = false;
};

/// Counts frames and forgets them: encoding is not what is measured.
class Counter : public core::FrameSink {
 public:
  core::Result<void> push(const core::Frame&) override {
    ++m_count;
    return {};
  }
  std::int64_t count() const { return m_count; }

 private:
  std::int64_t m_count = 0;
};

[[noreturn]] void usage(const std::string& problem) {
  std::fprintf(stderr, "kinora-bench: %s\n", problem.c_str());
  std::exit(2);
}

Options readOptions(int argc, char** argv) {
  Options options;
  core::GenerationRequest& r = options.request;
  r.prompt = "a red ball bounces on the beach";
  r.size = {128, 80};
  r.frames = 25;
  r.steps = 8;
  r.guidance = 2.0;
  r.seed = 1;
  r.threads = 2;
  r.device = "cpu";
  r.dtype = "f32";
  const std::map<std::string, std::function<void(const std::string&)>> setters{
      {"--model", [&](const std::string& v) { options.model = v; }},
      {"--prompt", [&](const std::string& v) { r.prompt = v; }},
      {"--negative", [&](const std::string& v) { r.negativePrompt = v; }},
      {"--width", [&](const std::string& v) { r.size.width = std::stoi(v); }},
      {"--height", [&](const std::string& v) { r.size.height = std::stoi(v); }},
      {"--frames", [&](const std::string& v) { r.frames = std::stoi(v); }},
      {"--steps", [&](const std::string& v) { r.steps = std::stoi(v); }},
      {"--guidance", [&](const std::string& v) { r.guidance = std::stod(v); }},
      {"--seed", [&](const std::string& v) { r.seed = std::stoull(v); }},
      {"--threads", [&](const std::string& v) { r.threads = std::stoi(v); }},
      {"--device", [&](const std::string& v) { r.device = v; }},
      {"--dtype", [&](const std::string& v) { r.dtype = v; }},
      {"--repeat", [&](const std::string& v) { options.repeat = std::stoi(v); }}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") {
      options.json = true;
      continue;
    }
    const auto setter = setters.find(name);
    if (setter == setters.end()) usage("unknown option " + name);
    if (++i >= argc) usage(name + " needs a value");
    try {
      setter->second(argv[i]);
    } catch (const std::exception&) {
      usage(name + ": cannot read \"" + argv[i] + "\"");
    }
  }
  return options;
}

pipeline::GenerationInputs makeInputs(const Options& options) {
  pipeline::GenerationInputs inputs;
  inputs.model.id = std::filesystem::path(options.model).filename().string();
  inputs.model.directory = std::filesystem::absolute(options.model).string();
  inputs.plan.request = options.request;
  inputs.plan.request.sampler = "unipc";
  inputs.plan.request.shift = 3.0;
  inputs.plan.request.fps = core::Rational(12);
  inputs.plan.outputSize = options.request.size;
  inputs.plan.outputFps = core::Rational(12);
  inputs.plan.outputFrames = options.request.frames;
  return inputs;
}

std::string cpuName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::string> others{{"make-weights", "kinora-bench-weights"},
                                                  {"memory", "kinora-bench-memory"}};
  if (const auto other = argc > 1 ? others.find(argv[1]) : others.end(); other != others.end()) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / other->second;
    execv(program.c_str(), argv + 1);
    usage(program.string() + " cannot be started");
  }
  const Options options = readOptions(argc, argv);
  const auto began = std::chrono::steady_clock::now();
  auto engine = pipeline::loadInferenceEngine();
  const double libraryLoad = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!engine) {
    std::fprintf(stderr, "kinora-bench: %s\n", engine.error().text().c_str());
    return 1;
  }
  const pipeline::GenerationInputs inputs = makeInputs(options);
  std::map<std::string, std::vector<double>> times;
  std::uint64_t peak = 0;
  std::string device;
  for (int run = 0; run < options.repeat; ++run) {
    Counter sink;
    const auto start = std::chrono::steady_clock::now();
    const auto report = (*engine)->generate(inputs, sink, {}, {});
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!report) {
      std::fprintf(stderr, "kinora-bench: %s\n", report.error().text().c_str());
      return 1;
    }
    for (const auto& [stage, seconds] : report->timings) times[stage].push_back(seconds);
    // From the prompt to the last frame, without loading: what the diffusers script calls total.
    times["total"].push_back(wall - report->timings.at("load"));
    peak = std::max(peak, report->peakBytes);
    device = report->device + " " + report->dtype;
  }

  nlohmann::json result{{"cpu", cpuName()},
                        {"threads", options.request.threads},
                        {"device", device},
                        {"frames", options.request.frames},
                        {"width", options.request.size.width},
                        {"height", options.request.size.height},
                        {"steps", options.request.steps},
                        {"guidance", *options.request.guidance},
                        {"repeat", options.repeat},
                        {"library_load_s", libraryLoad},
                        {"peak_bytes", peak}};
  for (const auto& [stage, values] : times) {
    result["min"][stage] = *std::min_element(values.begin(), values.end());
    result["median"][stage] = median(values);
  }
  if (options.json) {
    std::printf("%s\n", result.dump().c_str());
    return 0;
  }
  std::printf("%s · %d threads · %s\n%s · %dx%d · %d frames · %d steps · guidance %.2g · %d runs\n", cpuName().c_str(),
              options.request.threads, device.c_str(), inputs.model.id.c_str(), options.request.size.width,
              options.request.size.height, options.request.frames, options.request.steps, *options.request.guidance,
              options.repeat);
  std::printf("inference library loaded in %.2f s · peak memory %.0f MiB\n", libraryLoad,
              static_cast<double>(peak) / (1 << 20));
  const double total = median(times["total"]);
  for (const auto& [stage, values] : times) {
    const double middle = median(values);
    std::printf("%-8s median %7.3f s  min %7.3f s  %5.1f %%\n", stage.c_str(), middle,
                *std::min_element(values.begin(), values.end()), 100 * middle / total);
  }
  return 0;
}
