// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runtime/inference_host.h"

namespace kinora::runtime {

core::Result<pipeline::InferenceEngine*> InferenceHost::engine() {
  const std::lock_guard lock(m_mutex);
  if (!m_engine) {
    auto loaded = pipeline::loadInferenceEngine();
    if (!loaded) return loaded.error();
    m_engine = std::move(loaded).value();
  }
  return m_engine.get();
}

bool InferenceHost::isLoaded() const {
  const std::lock_guard lock(m_mutex);
  return m_engine != nullptr;
}

}  // namespace kinora::runtime
