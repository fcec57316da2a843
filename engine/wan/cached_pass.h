// SPDX-License-Identifier: GPL-3.0-or-later
// A step cache at work in one forward pass. Internal to Transformer.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>

#include "engine/diffusion/step_cache.h"
#include "engine/wan/token_share.h"

namespace kinora::wan {

/// The cache is one for all ranks: it sees and keeps the whole sequence, the first rank asks it, and all do what it
/// says.
class CachedPass {
 public:
  /// cache: nullptr, then every block runs; time: [1,1,6,d], what the timestep makes of itself.
  CachedPass(diffusion::StepCache* cache, int step, at::Tensor time, const TokenShare& share)
      : m_cache(cache), m_step(step), m_time(std::move(time)), m_share(share) {}

  /// Asked before each block: true where the blocks from here on are done, by adding to tokens what they added in an
  /// earlier step.
  bool done(std::size_t block, at::Tensor& tokens) {
    if (!m_cache) return false;
    const auto before = static_cast<std::size_t>(m_cache->blocksBefore());
    if (block == 0 && before > 0) m_start = tokens.clone();
    if (block != before) return false;
    if (reuses(before == 0 ? m_time : m_share.whole(tokens - m_start, 1))) {
      tokens.add_(m_share.own(m_cache->residual(), 1).to(tokens.device()));
      return true;
    }
    m_base = tokens.clone();
    return false;
  }

  /// After the last block.
  void finish(const at::Tensor& tokens) {
    if (!m_base.defined()) return;
    at::Tensor added = m_share.whole(tokens - m_base, 1);
    if (asks()) m_cache->keep(std::move(added));
  }

 private:
  bool asks() const { return !m_share.rank || m_share.rank->index() == 0; }
  bool reuses(const at::Tensor& probe) {
    const bool says = asks() && m_cache->reuse(probe, m_step);
    return m_share.rank ? m_share.rank->agree(says) : says;
  }

  diffusion::StepCache* m_cache;
  int m_step;
  at::Tensor m_time;
  TokenShare m_share;
  at::Tensor m_start;  // tokens before the first block
  at::Tensor m_base;   // tokens before the blocks that may be reused
};

}  // namespace kinora::wan
