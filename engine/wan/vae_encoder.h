// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/wan/vae_blocks.h"
#include "engine/wan/vae_config.h"

namespace kinora::wan {

/// The encoder of either VAE with quant_conv. Const after construction.
class VaeEncoder {
 public:
  /// Takes its weights out of the store.
  VaeEncoder(const VaeConfig& config, tensor::WeightStore& store);

  FeatureCache newCache() const { return FeatureCache(m_slots); }
  /// One chunk of patched pixels [1,3·patch²,f,H/patch,W/patch]: the lone first frame, then multiples of the temporal
  /// stride. Returns the mean of the distribution, [1,C,T,h,w], not normalised. Throws Stopped.
  at::Tensor operator()(const at::Tensor& frames, FeatureCache& cache, const tensor::StopCheck& stop) const;

 private:
  struct Stage {
    std::vector<ResidualBlock> blocks;
    std::optional<Downsampler> down;
    std::int64_t out = 0;
  };

  at::Tensor runStage(const Stage& stage, at::Tensor x, FeatureCache& cache, const tensor::StopCheck& stop) const;

  std::size_t m_slots = 0;  // counts up while the members below are built
  bool m_residual;
  CausalConv m_in;
  std::vector<Stage> m_stages;
  std::optional<MiddleBlock> m_middle;
  std::optional<NormedConv> m_head;
  std::optional<Conv> m_mean;  ///< the mean half of quant_conv
};

}  // namespace kinora::wan
