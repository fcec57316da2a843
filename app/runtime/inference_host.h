// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>

#include "engine/core/result.h"
#include "engine/pipeline/inference_engine.h"

namespace kinora::runtime {

/// Holds the one inference engine and loads its library at the first use, so that programs start without torch.
/// Thread-safe; the engine lives as long as the host.
class InferenceHost {
 public:
  /// The engine; the first call takes about half a second. A failed load is tried again next time.
  core::Result<pipeline::InferenceEngine*> engine();
  bool isLoaded() const;

 private:
  mutable std::mutex m_mutex;
  std::unique_ptr<pipeline::InferenceEngine> m_engine;
};

}  // namespace kinora::runtime
