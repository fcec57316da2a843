// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/control_branch.h"

namespace kinora::wan {

void ControlBranch::start(const at::Tensor& control, const at::Tensor& tokens, const BlockShape& shape,
                          const tensor::StopCheck& stop) {
  const at::Tensor own = m_weights.in(control.to(shape.dtype), stop).to(at::kFloat);
  // Prompts of one latent lie one latent's batch apart, so a batch of controls repeats in the same order.
  m_state = own.repeat({tokens.size(0) / own.size(0), 1, 1}).add_(tokens);
}

void ControlBranch::addHint(at::Tensor& tokens, std::int64_t layer, const at::Tensor& times, const BlockShape& shape,
                            const tensor::StopCheck& stop) {
  if (!m_state.defined() || m_next >= m_weights.blocks.size() || m_config.vaceLayers[m_next] != layer) return;
  const auto block = m_weights.blocks.at(m_next);
  const Modulation own{m_weights.modulation.select(1, static_cast<std::int64_t>(m_next)) + times.select(1, 0)};
  addSelfAttention(m_state, *block, shape, own, stop);
  addCrossAttention(m_state, *block, shape, m_contexts[m_next], {}, stop);
  addFeedForward(m_state, *block, shape, own, stop);
  tokens.add_(m_weights.hints[m_next](m_state.to(shape.dtype), stop).to(at::kFloat), m_scale);
  ++m_next;
}

}  // namespace kinora::wan
