// SPDX-License-Identifier: GPL-3.0-or-later
// A step cache at work in one forward pass. Internal to Transformer.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>

#include "engine/diffusion/step_cache.h"

namespace kinora::wan {

class CachedPass {
 public:
  /// cache: nullptr, then every block runs; time: [1,1,6,d], what the timestep makes of itself.
  CachedPass(diffusion::StepCache* cache, int step, at::Tensor time)
      : m_cache(cache), m_step(step), m_time(std::move(time)) {}

  /// Asked before each block: true where the blocks from here on are done, by adding to tokens what they added in an
  /// earlier step.
  bool done(std::size_t block, at::Tensor& tokens) {
    if (!m_cache) return false;
    const auto before = static_cast<std::size_t>(m_cache->blocksBefore());
    if (block == 0 && before > 0) m_start = tokens.clone();
    if (block != before) return false;
    if (m_cache->reuse(before == 0 ? m_time : tokens - m_start, m_step)) {
      tokens.add_(m_cache->residual());
      return true;
    }
    m_base = tokens.clone();
    return false;
  }

  /// After the last block.
  void finish(const at::Tensor& tokens) {
    if (m_base.defined()) m_cache->keep(tokens - m_base);
  }

 private:
  diffusion::StepCache* m_cache;
  int m_step;
  at::Tensor m_time;
  at::Tensor m_start;  // tokens before the first block
  at::Tensor m_base;   // tokens before the blocks that may be reused
};

}  // namespace kinora::wan
