// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <cstdlib>
#include <mutex>

#include "engine/pipeline/inference_engine.h"
#include "engine/pipeline/memory.h"
#include "engine/pipeline/run_errors.h"
#include "engine/pipeline/wan_model.h"
#include "engine/pipeline/wan_run.h"
#include "engine/tensor/memory_meter.h"
#include "engine/tensor/pch.h"

namespace kinora::pipeline {
namespace {

/// KINORA_DATA_DIR/cache, where the dtype calibration is kept; without it each process measures.
std::string cacheDirectory() {
  const char* data = std::getenv("KINORA_DATA_DIR");
  return data ? std::string(data) + "/cache" : std::string();
}

/// Bytes a job may take: what the request says, else what the device has.
double memoryLimit(const core::GenerationRequest& request, const tensor::ComputeDevice& device) {
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  if (request.memoryGiB > 0) return request.memoryGiB * kGiB;
  for (const tensor::DeviceDescription& known : tensor::listDevices()) {
    if (known.device == device) return static_cast<double>(known.memoryBytes);
  }
  return 0;
}

/// Memory as planned for the device and type that are really used. Errors: OutOfMemory.
core::Result<core::MemoryPlan> planMemory(const core::ModelInfo& info, core::GenerationRequest request,
                                          const WanModel& model) {
  request.device = tensor::idsOf(model.placement.devices);
  request.dtype = model.placement.dtypeWord();
  const double limit = memoryLimit(request, model.placement.devices.front());
  core::MemoryPlan plan = core::planMemory(info, request, limit);
  if (plan.fits) return plan;
  return core::Error{core::ErrorCode::OutOfMemory, core::memoryShortage(info, request, limit).text, info.id};
}

class WanEngine : public InferenceEngine {
 public:
  core::Result<GenerationReport> generate(const GenerationInputs& inputs, core::FrameSink& sink,
                                          const GenerationObserver& observer, std::stop_token stop) override {
    const std::lock_guard running(m_running);
    const c10::InferenceMode inference;
    const tensor::StopCheck check(stop);
    try {
      resetPeakMemory();
      tensor::meterMemory();
      const core::GenerationRequest& request = inputs.plan.request;
      tensor::setThreads(request.threads);
      const auto began = std::chrono::steady_clock::now();
      const Publish publish(*this);
      auto model = need(inputs.model, request.device, request.dtype, check);
      if (!model) return model.error();
      auto memory = planMemory(inputs.model, request, **model);
      if (!memory) return memory.error();
      if (request.memoryGiB > 0 || !memory->keepIdle) returnFreedMemory();
      if (memory->planned) {
        const auto idle = memory->keepIdle ? Experts::Idle::Keep : Experts::Idle::Free;
        (*model)->experts->layOut(idle, memory->streamBlocks);
      }
      auto loras = (*model)->experts->setLoras(request.loras, check);
      if (!loras) return loras.error();
      const double loading = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      auto report = WanRun(**model, inputs, observer, *memory, check).run(sink);
      if (report) {
        report->timings["load"] += loading;
        report->notes.insert(report->notes.begin(), loras->notes.begin(), loras->notes.end());
        report->loaded = (*model)->loads;
        report->peakBytes = peakMemory();
      }
      return report;
    } catch (...) {
      return currentError();
    }
  }

  std::vector<DeviceInfo> devices() override {
    std::vector<DeviceInfo> devices;
    for (const tensor::DeviceDescription& device : tensor::listDevices()) {
      devices.push_back({device.device.id(), device.name, device.memoryBytes, device.usable, device.note});
    }
    return devices;
  }

  core::Result<std::vector<TensorFault>> checkModel(const core::ModelInfo& model, bool readValues) override {
    const c10::InferenceMode inference;
    try {
      return checkWanModel(model, readValues);
    } catch (...) {
      return currentError();
    }
  }

  core::Result<void> preload(const core::ModelInfo& model) override {
    const std::lock_guard running(m_running);
    const c10::InferenceMode inference;
    try {
      const Publish publish(*this);
      auto loaded = need(model, {}, {}, {});
      if (!loaded) return loaded.error();
      core::GenerationRequest usual;
      usual.size = model.nativeSize;
      usual.frames = model.frames;
      const auto memory = planMemory(model, usual, **loaded);
      if (!memory || !memory->keepIdle) return {};  // what comes and goes is loaded when its time comes
      if (auto first = needExpert(**loaded, 0, {}); !first) return first.error();
      return {};
    } catch (...) {
      return currentError();
    }
  }

  core::ResidentModel resident() const override {
    const std::lock_guard lock(m_stateMutex);
    return m_resident;
  }

  void unload() override {
    const std::lock_guard running(m_running);
    const Publish publish(*this);
    m_model.reset();
  }

 private:
  /// The model on the wished devices; what is resident and fits is taken as it is. Holds m_running.
  core::Result<WanModel*> need(const core::ModelInfo& model, const std::string& deviceText,
                               const std::string& dtypeText, const tensor::StopCheck& stop) {
    auto devices = tensor::chooseDevices(deviceText);
    if (!devices) return devices.error();
    auto configs = readWanConfigs(model);
    if (!configs) return configs.error();
    auto dtype = tensor::chooseDtype(dtypeText, devices->front(), {configs->transformer.dim(), cacheDirectory()});
    if (!dtype) return dtype.error();
    const Placement placement{*devices, *dtype, tensor::packedDtype(dtypeText)};
    const std::string key = model.directory + "|" + placement.key();
    if (m_model && key == m_key) {
      m_model->loads.clear();
      return m_model.get();
    }
    m_model.reset();
    auto loaded = loadWanModel(model, placement, stop);
    if (!loaded) return loaded.error();
    m_model = std::move(loaded).value();
    m_key = key;
    m_id = model.id;
    return m_model.get();
  }

  /// Tells resident() what is in memory when a call ends, however it ends. Holds m_running.
  class Publish {
   public:
    explicit Publish(WanEngine& engine) : m_engine(engine) {}
    ~Publish() {
      core::ResidentModel now;
      if (m_engine.m_model) now = {m_engine.m_id, residentParts(*m_engine.m_model)};
      const std::lock_guard lock(m_engine.m_stateMutex);
      m_engine.m_resident = std::move(now);
    }
    Publish(const Publish&) = delete;
    Publish& operator=(const Publish&) = delete;

   private:
    WanEngine& m_engine;
  };

  std::mutex m_running;  ///< one generation, load or unload at a time
  std::unique_ptr<WanModel> m_model;
  std::string m_key;                ///< model, devices and dtype of m_model
  std::string m_id;                 ///< its core::ModelInfo::id
  mutable std::mutex m_stateMutex;  ///< m_resident, which is asked for during a run
  core::ResidentModel m_resident;
};

}  // namespace
}  // namespace kinora::pipeline

extern "C" __attribute__((visibility("default"))) kinora::pipeline::InferenceEngine* kinora_create_inference_engine() {
  return new kinora::pipeline::WanEngine;
}
