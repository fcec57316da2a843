// SPDX-License-Identifier: GPL-3.0-or-later
// The blocks both VAEs are made of (wan.md 4.1). All work on [1,C,T,H,W] in frames layout, take part in a chunked run
// through a FeatureCache, throw Stopped, and are const after construction.
#pragma once

#include <optional>
#include <string>

#include "engine/tensor/torch_fwd.h"
#include "engine/wan/vae_conv.h"

namespace kinora::wan {

/// sqrt(C)·gamma, f32 [C], taken out of the store.
at::Tensor takeNormScale(tensor::WeightStore& store, const std::string& name);

/// norm, SiLU, causal 3³ convolution.
class NormedConv {
 public:
  NormedConv(tensor::WeightStore& store, const std::string& gamma, const std::string& conv, std::size_t& slots);
  at::Tensor operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop,
                        const at::Tensor* added = nullptr) const;

 private:
  std::unique_ptr<const at::Tensor> m_scale;
  CausalConv m_conv;
};

/// x + two NormedConv of x; the shortcut is a 1³ convolution where the channels change.
class ResidualBlock {
 public:
  ResidualBlock(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots);
  at::Tensor operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const;

 private:
  NormedConv m_first;
  NormedConv m_second;
  std::optional<Conv> m_shortcut;
};

/// Residual block, self-attention within each frame (one head as wide as the channels), residual block.
class MiddleBlock {
 public:
  MiddleBlock(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots);
  at::Tensor operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const;

 private:
  at::Tensor attend(const at::Tensor& x, const tensor::StopCheck& stop) const;

  ResidualBlock m_before;
  std::unique_ptr<const at::Tensor> m_scale;
  Conv m_toQkv;
  Conv m_projection;
  ResidualBlock m_after;
};

/// Halves height and width; with a time_conv also time: the lone first frame stays, then each pair becomes one.
class Downsampler {
 public:
  Downsampler(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots);
  at::Tensor operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const;
  std::int64_t timeFactor() const { return m_time ? 2 : 1; }

 private:
  Conv m_space;
  std::optional<Conv> m_time;
  std::size_t m_slot = 0;
};

/// Doubles height and width; with a time_conv also time: the lone first frame stays one, then each becomes two.
/// Nearest-neighbour up-sampling and the 3×3 convolution behind it are one: each of the four output cells of an input
/// cell sees only 2×2 input cells, with sums of the 3×3 weights.
class Upsampler {
 public:
  Upsampler(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots);
  /// shortcut: the stage's input, whose duplicated values are added (VAE 2.2), or nullptr.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor* shortcut, FeatureCache& cache,
                        const tensor::StopCheck& stop) const;

 private:
  at::Tensor doubleTime(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const;

  std::optional<CausalConv> m_time;
  std::int64_t m_out;
  Conv m_phases;  ///< [4·out,in,2,2]: row and column phase, then channel
};

/// [4·out,in,2,2] from the 3×3 weight [out,in,3,3] of a convolution behind nearest-neighbour doubling.
at::Tensor phaseWeights(const at::Tensor& weight);

}  // namespace kinora::wan
