// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_encoder.h"

#include <ATen/ATen.h>

#include "engine/wan/vae_ops.h"
#include "engine/wan/vae_tensors.h"

namespace kinora::wan {

VaeEncoder::VaeEncoder(const VaeConfig& config, tensor::WeightStore& store)
    : m_residual(config.residual), m_in(store, "encoder.conv_in.", 1, m_slots) {
  for (std::size_t i = 0; i < config.stages(); ++i) {
    Stage stage;
    stage.out = config.encoderOut(i);
    for (std::int64_t j = 0; j < config.resBlocks; ++j) {
      stage.blocks.emplace_back(store, encoderResnet(config, i, j), m_slots);
    }
    if (i + 1 < config.stages()) stage.down.emplace(store, encoderDownsampler(config, i), m_slots);
    m_stages.push_back(std::move(stage));
  }
  m_middle.emplace(store, "encoder.mid_block.", m_slots);
  m_head.emplace(store, "encoder.norm_out.gamma", "encoder.conv_out.", m_slots);
  const at::Tensor weight = store.take("quant_conv.weight");
  const at::Tensor bias = store.take("quant_conv.bias");
  m_mean.emplace(weight.narrow(0, 0, config.latentChannels), bias.narrow(0, 0, config.latentChannels), ConvGeometry{});
}

at::Tensor VaeEncoder::runStage(const Stage& stage, at::Tensor x, FeatureCache& cache,
                                const tensor::StopCheck& stop) const {
  const at::Tensor input = m_residual ? x : at::Tensor();
  for (const ResidualBlock& block : stage.blocks) x = block(x, cache, stop);
  if (stage.down) x = (*stage.down)(x, cache, stop);
  if (!m_residual) return x;
  stop();
  const std::int64_t timeFactor = stage.down ? stage.down->timeFactor() : 1;
  return x.add_(averageDown(input, stage.out, timeFactor, stage.down ? 2 : 1));
}

at::Tensor VaeEncoder::operator()(const at::Tensor& frames, FeatureCache& cache, const tensor::StopCheck& stop) const {
  at::Tensor x = m_in(
      frames, [&](at::Tensor& fresh) { fresh.copy_(frames); }, cache, stop);
  for (const Stage& stage : m_stages) x = runStage(stage, std::move(x), cache, stop);
  return (*m_mean)((*m_head)((*m_middle)(x, cache, stop), cache, stop), stop);
}

}  // namespace kinora::wan
