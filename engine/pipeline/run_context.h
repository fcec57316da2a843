// SPDX-License-Identifier: GPL-3.0-or-later
// What the stages of one generation share. Internal to WanRun and its stages.
#pragma once

#include <ATen/ATen.h>

#include <chrono>

#include "engine/core/generation_request.h"
#include "engine/pipeline/dump.h"
#include "engine/pipeline/inference_engine.h"
#include "engine/pipeline/progress_meter.h"
#include "engine/pipeline/wan_model.h"
#include "engine/tensor/stop_check.h"

namespace kinora::pipeline {

/// Carries an error out of a sampler's or decoder's callback. Caught by WanRun.
struct RunFailed {
  core::Error error;
};

struct RunContext {
  WanModel& model;
  const GenerationInputs& inputs;
  const GenerationObserver& observer;
  tensor::StopCheck stop;
  Dump dump;
  ProgressMeter progress;
  core::MemoryPlan memory;  ///< as it was planned
  GenerationReport report;

  const core::GenerationRequest& request() const { return inputs.plan.request; }
  at::Device device() const { return tensor::atDevice(model.placement.devices.front()); }
  wan::VaeTiling tiling() const { return {memory.tileRows, memory.tileColumns, memory.tileOverlap}; }
  wan::VaePieces encodePieces() const { return {1, tiling()}; }
  double guidance() const { return request().guidance.value_or(1.0); }
};

/// A picture at the model's size, [1,3,1,H,W] in [-1,1] on the run's device. The whole picture in the output's shape is
/// squeezed to the model's, and delivery stretches it back: nothing that the user sees in the picture is cut off.
at::Tensor pictureTensor(const RunContext& run, const core::Frame& picture);

/// Adds the seconds it lives to a timing.
class Timer {
 public:
  explicit Timer(double& seconds) : m_seconds(seconds) {}
  ~Timer() { m_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - m_began).count(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  double& m_seconds;
  std::chrono::steady_clock::time_point m_began = std::chrono::steady_clock::now();
};

/// Whether every value is a number; an undefined tensor has none that is not.
inline bool allFinite(const at::Tensor& values) {
  return !values.defined() || at::isfinite(values).all().item<bool>();
}

}  // namespace kinora::pipeline
