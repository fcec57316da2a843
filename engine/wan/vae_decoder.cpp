// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_decoder.h"

#include <ATen/ATen.h>

#include "engine/wan/vae_ops.h"
#include "engine/wan/vae_tensors.h"

namespace kinora::wan {

VaeDecoderNetwork::VaeDecoderNetwork(const VaeConfig& config, tensor::WeightStore& store)
    : m_residual(config.residual),
      m_postQuant(store, "post_quant_conv.", {}),
      m_in(store, "decoder.conv_in.", 1, m_slots),
      m_middle(store, "decoder.mid_block.", m_slots) {
  for (std::size_t i = 0; i < config.stages(); ++i) {
    Stage stage;
    for (std::int64_t j = 0; j <= config.resBlocks; ++j) stage.blocks.emplace_back(store, decoderResnet(i, j), m_slots);
    if (i + 1 < config.stages()) stage.up.emplace(store, decoderUpsampler(config, i), m_slots);
    m_stages.push_back(std::move(stage));
  }
  m_head.emplace(store, "decoder.norm_out.gamma", "decoder.conv_out.", m_slots);
}

at::Tensor VaeDecoderNetwork::operator()(const at::Tensor& latent, FeatureCache& cache,
                                         const tensor::StopCheck& stop) const {
  const at::Tensor mixed = m_postQuant(latent, stop);
  at::Tensor x = m_in(
      mixed, [&](at::Tensor& fresh) { fresh.copy_(mixed); }, cache, stop);
  x = m_middle(x, cache, stop);
  for (const Stage& stage : m_stages) {
    const at::Tensor input = m_residual ? x : at::Tensor();
    for (const ResidualBlock& block : stage.blocks) x = block(x, cache, stop);
    if (stage.up) x = (*stage.up)(x, m_residual ? &input : nullptr, cache, stop);
  }
  return (*m_head)(x, cache, stop);
}

}  // namespace kinora::wan
