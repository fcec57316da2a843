// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions of the VAE. On the CPU their weights are reordered once for oneDNN, which made a decode of mini several
// times as fast as torch's conv3d; long ones are cut into frames and rows so that a stop is seen in time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_store.h"

namespace kinora::wan {

/// Time, height, width.
struct ConvGeometry {
  std::array<std::int64_t, 3> stride{1, 1, 1};
  std::array<std::int64_t, 3> padding{0, 0, 0};
};

/// One convolution over [1,in,T,H,W] in frames layout; a weight [out,in,k,k] works on each frame. Const after
/// construction.
class Conv {
 public:
  Conv(at::Tensor weight, at::Tensor bias, const ConvGeometry& geometry);
  /// Takes prefix+"weight" and prefix+"bias" out of the store.
  Conv(tensor::WeightStore& store, const std::string& prefix, const ConvGeometry& geometry);
  Conv(Conv&&) noexcept;
  Conv& operator=(Conv&&) noexcept;
  ~Conv();

  /// [1,out,T',H',W'] in frames layout, plus `added` (same shape) where given. Throws Stopped.
  at::Tensor operator()(const at::Tensor& x, const tensor::StopCheck& stop, const at::Tensor* added = nullptr) const;
  std::int64_t outChannels() const;

  /// Work done between two looks at the stop token, in multiply-adds; tests lower it to see the cutting.
  void setWorkAtOnce(double multiplyAdds);

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

/// What the causal convolutions of one encoder or decoder remember between chunks; a slot each (wan.md 4.5).
/// A slot is undefined before the first chunk.
class FeatureCache {
 public:
  explicit FeatureCache(std::size_t slots);
  FeatureCache(FeatureCache&&) noexcept;
  FeatureCache& operator=(FeatureCache&&) noexcept;
  ~FeatureCache();

  at::Tensor& slot(std::size_t index);
  /// Bytes held.
  std::uint64_t bytes() const;

 private:
  std::vector<at::Tensor> m_slots;
};

/// A convolution three frames long that sees the two frames before the chunk: cached ones, or zeros at the start.
/// The lone first frame costs a third: only the last of the three time taps meets anything but zeros.
class CausalConv {
 public:
  /// Writes the chunk's input frames into the tensor it is given.
  using Fill = std::function<void(at::Tensor& frames)>;

  /// padding: of height and width. Takes the next number of slots.
  CausalConv(tensor::WeightStore& store, const std::string& prefix, std::int64_t padding, std::size_t& slots);

  /// shape: a tensor with the input's frames, height, width, dtype and device. The first call must bring one frame
  /// unless restart was called. Returns [1,out,T,H,W], plus added where given. Throws Stopped.
  at::Tensor operator()(const at::Tensor& shape, const Fill& fill, FeatureCache& cache, const tensor::StopCheck& stop,
                        const at::Tensor* added = nullptr) const;
  /// Makes the next chunk the first of a new sequence of any length, with zeros before it.
  void restart(const at::Tensor& shape, FeatureCache& cache) const;
  /// Whether the cache has seen a chunk.
  bool started(FeatureCache& cache) const;
  std::int64_t outChannels() const { return m_window.outChannels(); }

 private:
  std::int64_t m_inChannels;
  std::size_t m_slot;
  std::optional<Conv> m_single;  ///< last time tap, for the lone first frame; none in a time_conv, which skips it
  Conv m_window;
};

}  // namespace kinora::wan
