// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/wan/vae_blocks.h"
#include "engine/wan/vae_config.h"

namespace kinora::wan {

/// The decoder network of either VAE with post_quant_conv. Const after construction.
class VaeDecoderNetwork {
 public:
  /// Takes its weights out of the store.
  VaeDecoderNetwork(const VaeConfig& config, tensor::WeightStore& store);

  FeatureCache newCache() const { return FeatureCache(m_slots); }
  /// One chunk of a latent [1,C,n,h,w], not normalised: the lone first frame, then any number. Returns patched pixels
  /// [1,3·patch²,f,H/patch,W/patch], not clamped; f is 1, then n times the temporal stride. Throws Stopped.
  at::Tensor operator()(const at::Tensor& latent, FeatureCache& cache, const tensor::StopCheck& stop) const;

 private:
  struct Stage {
    std::vector<ResidualBlock> blocks;
    std::optional<Upsampler> up;
  };

  std::size_t m_slots = 0;  // counts up while the members below are built
  bool m_residual;
  Conv m_postQuant;
  CausalConv m_in;
  MiddleBlock m_middle;
  std::vector<Stage> m_stages;
  std::optional<NormedConv> m_head;
};

}  // namespace kinora::wan
