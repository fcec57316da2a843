// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runtime/inference_host.h"

namespace kinora::runtime {

core::Result<pipeline::InferenceEngine*> InferenceHost::engine() {
  const std::lock_guard lock(m_mutex);
  if (!m_engine) {
    auto loaded = pipeline::loadInferenceEngine();
    if (!loaded) return loaded.error();
    m_engine = std::move(loaded).value();
    m_loaded = m_engine.get();
  }
  return m_engine.get();
}

core::ResidentModel InferenceHost::resident() const {
  const pipeline::InferenceEngine* engine = m_loaded;
  return engine ? engine->resident() : core::ResidentModel();
}

void InferenceHost::unload() {
  if (pipeline::InferenceEngine* engine = m_loaded) engine->unload();
}

}  // namespace kinora::runtime
