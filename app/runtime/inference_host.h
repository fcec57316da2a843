// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "engine/core/model_memory.h"
#include "engine/core/result.h"
#include "engine/pipeline/inference_engine.h"

namespace kinora::runtime {

/// Holds the one inference engine and loads its library at the first use, so that programs start without torch.
/// Thread-safe; the engine lives as long as the host.
class InferenceHost : public core::ModelMemory {
 public:
  /// The engine; the first call takes about half a second. A failed load is tried again next time.
  core::Result<pipeline::InferenceEngine*> engine();
  core::ResidentModel resident() const override;
  bool keeps() const override { return m_keeps; }
  void setKeeps(bool keeps) override { m_keeps = keeps; }
  void unload() override;

 private:
  std::mutex m_mutex;  ///< held while the library loads
  std::unique_ptr<pipeline::InferenceEngine> m_engine;
  std::atomic<pipeline::InferenceEngine*> m_loaded = nullptr;  ///< m_engine once it is there
  std::atomic<bool> m_keeps = true;
};

}  // namespace kinora::runtime
