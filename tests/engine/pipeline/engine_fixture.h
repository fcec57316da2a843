// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the inference library as programs do, and keeps what it delivers.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/pipeline/inference_engine.h"
#include "tests/engine/tensor/files.h"

namespace kinora::test {

inline const std::string kMini = KINORA_SOURCE_DIR "/resources/models/mini";
inline const std::string kTiny = KINORA_SOURCE_DIR "/tests/data/goldens/models/tiny-wan22";

inline std::unique_ptr<pipeline::InferenceEngine> makeEngine() {
  setenv("KINORA_INFERENCE_LIBRARY", KINORA_BINARY_DIR "/lib/libkinora_inference.so", 0);
  auto engine = pipeline::loadInferenceEngine();
  REQUIRE_MESSAGE(engine.ok(), engine.error().text());
  return std::move(engine).value();
}

inline core::ModelInfo modelAt(const std::string& directory) {
  core::ModelInfo model;
  model.id = std::filesystem::path(directory).filename().string();
  model.directory = directory;
  model.fps = core::Rational(12);
  return model;
}

/// A small complete job: 96x64 suits tiny, any multiple of 16 or 32 suits mini.
inline pipeline::GenerationInputs inputsFor(const std::string& directory, core::Size size, int frames, int steps) {
  pipeline::GenerationInputs inputs;
  inputs.model = modelAt(directory);
  core::GenerationRequest& request = inputs.plan.request;
  request.prompt = "a red ball bounces on the beach";
  request.size = size;
  request.frames = frames;
  request.steps = steps;
  request.guidance = 2.0;
  request.shift = 3.0;
  request.sampler = "unipc";
  request.seed = 5;
  request.threads = 2;
  request.device = "cpu";
  request.dtype = "f32";
  inputs.plan.outputSize = size;
  inputs.plan.outputFps = inputs.plan.modelFps = core::Rational(12);
  inputs.plan.outputFrames = frames;
  return inputs;
}

class Frames : public core::FrameSink {
 public:
  core::Result<void> push(const core::Frame& frame) override {
    frames.push_back(frame);
    if (failAt && static_cast<int>(frames.size()) == failAt)
      return core::Error{core::ErrorCode::DiskFull, "no room", "sink"};
    return {};
  }
  /// All pixels of all frames.
  std::string bytes() const {
    std::string all;
    for (const core::Frame& frame : frames) all.append(reinterpret_cast<const char*>(frame.data()), frame.byteCount());
    return all;
  }

  std::vector<core::Frame> frames;
  int failAt = 0;
};

/// Runs a job and stops it after `steps` steps of denoising (of both parts together, where a first frame is drawn).
inline void runAndStop(const pipeline::GenerationInputs& inputs, int steps) {
  std::stop_source source;
  pipeline::GenerationObserver observer;
  observer.progress = [&](const core::Progress& progress) {
    if (progress.stage == core::Stage::Denoise && progress.step == steps) source.request_stop();
  };
  Frames frames;
  const auto stopped = makeEngine()->generate(inputs, frames, observer, source.get_token());
  REQUIRE(!stopped.ok());
  CHECK(stopped.error().code == core::ErrorCode::Cancelled);
  CHECK(frames.frames.empty());
}

}  // namespace kinora::test
