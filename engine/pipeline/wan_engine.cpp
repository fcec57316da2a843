// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <cstdlib>
#include <mutex>

#include "engine/pipeline/inference_engine.h"
#include "engine/pipeline/memory.h"
#include "engine/pipeline/run_errors.h"
#include "engine/pipeline/wan_model.h"
#include "engine/pipeline/wan_run.h"
#include "engine/tensor/pch.h"

namespace kinora::pipeline {
namespace {

/// KINORA_DATA_DIR/cache, where the dtype calibration is kept; without it each process measures.
std::string cacheDirectory() {
  const char* data = std::getenv("KINORA_DATA_DIR");
  return data ? std::string(data) + "/cache" : std::string();
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
      const core::GenerationRequest& request = inputs.plan.request;
      tensor::setThreads(request.threads);
      const auto began = std::chrono::steady_clock::now();
      auto model = resident(inputs.model, request.device, request.dtype, check);
      if (!model) return model.error();
      auto loras = (*model)->experts->setLoras(request.loras, check);
      if (!loras) return loras.error();
      if (auto first = (*model)->experts->get(0, check); !first) return first.error();
      const double loading = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      auto report = WanRun(**model, inputs, observer, check).run(sink);
      if (report) {
        report->timings["load"] += loading;
        report->notes.insert(report->notes.begin(), loras->notes.begin(), loras->notes.end());
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
      auto loaded = resident(model, {}, {}, {});
      if (!loaded) return loaded.error();
      if (auto first = (*loaded)->experts->get(0, {}); !first) return first.error();
      return {};
    } catch (...) {
      return currentError();
    }
  }

  std::string residentModel() const override {
    const std::lock_guard lock(m_stateMutex);
    return m_residentId;
  }

  void unload() override {
    const std::lock_guard running(m_running);
    m_model.reset();
    setResident({}, {});
  }

 private:
  /// The model on the wished devices; what is resident and fits is taken as it is. Holds m_running.
  core::Result<WanModel*> resident(const core::ModelInfo& model, const std::string& deviceText,
                                   const std::string& dtypeText, const tensor::StopCheck& stop) {
    auto devices = tensor::chooseDevices(deviceText);
    if (!devices) return devices.error();
    auto configs = readWanConfigs(model);
    if (!configs) return configs.error();
    auto dtype = tensor::chooseDtype(dtypeText, devices->front(), {configs->transformer.dim(), cacheDirectory()});
    if (!dtype) return dtype.error();
    const Placement placement{*devices, *dtype, tensor::packedDtype(dtypeText)};
    const std::string key = model.directory + "|" + placement.key();
    if (m_model && key == m_key) return m_model.get();
    m_model.reset();
    setResident({}, {});
    auto loaded = loadWanModel(model, placement, stop);
    if (!loaded) return loaded.error();
    m_model = std::move(loaded).value();
    setResident(key, model.id);
    return m_model.get();
  }

  void setResident(std::string key, std::string id) {
    const std::lock_guard lock(m_stateMutex);
    m_key = std::move(key);
    m_residentId = std::move(id);
  }

  std::mutex m_running;             ///< one generation, load or unload at a time
  mutable std::mutex m_stateMutex;  ///< m_residentId, which is asked for during a run
  std::unique_ptr<WanModel> m_model;
  std::string m_key;
  std::string m_residentId;
};

}  // namespace
}  // namespace kinora::pipeline

extern "C" __attribute__((visibility("default"))) kinora::pipeline::InferenceEngine* kinora_create_inference_engine() {
  return new kinora::pipeline::WanEngine;
}
