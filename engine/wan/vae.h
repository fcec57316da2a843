// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/core/result.h"
#include "engine/tensor/device.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_source.h"
#include "engine/wan/vae_config.h"
#include "engine/wan/vae_tiling.h"

namespace kinora::wan {

struct VaeLoadOptions {
  c10::ScalarType dtype = static_cast<c10::ScalarType>(6);  ///< compute dtype; f32 as in LoadOptions
  tensor::ComputeDevice device;
  bool encoder = true;  ///< text-to-video needs the decoder only
  bool decoder = true;
  tensor::StopCheck stop;  ///< asked between tensors
};

/// How an encode or decode is cut to save memory. The result does not depend on chunk; on tiling it does, a little.
struct VaePieces {
  std::int64_t chunk = 1;  ///< latent frames at a time after the lone first one; at least 1
  VaeTiling tiling;
};

class VaeDecoder;

/// The VAE of a Wan model, form 2.1 or 2.2, between pixels and latents.
/// Video: [1,3,F,H,W] RGB in [-1,1], F = stride·k + 1, height and width multiples of config().spatialStride().
/// Latent: [1,C,T,h,w], T = k + 1, normalised to model space: (mean - latents_mean)/latents_std. f32 in and out on any
/// device; the work is done in the dtype and on the device of the load.
/// Const after load, so threads may share it. Calls throw tensor::Stopped, and c10::Error for shapes that cannot be.
/// They need a c10::InferenceMode of the caller's (engine/tensor/ops.h).
class Vae {
 public:
  /// Errors: ModelMismatch with all missing, surplus and misshapen tensors. Throws Stopped.
  static core::Result<Vae> load(const VaeConfig& config, const tensor::WeightSource& source,
                                const VaeLoadOptions& options);
  Vae(Vae&&) noexcept;
  Vae& operator=(Vae&&) noexcept;
  ~Vae();

  const VaeConfig& config() const;

  /// The mode of the encoder's distribution for video, chunk by chunk: memory does not grow with F but for the result.
  at::Tensor encode(const at::Tensor& video, const tensor::StopCheck& stop, const VaePieces& pieces = {}) const;

  /// Gets [1,3,f,H,W], f32, contiguous, clamped to [-1,1]; on the VAE's device, or where tiled, on the CPU.
  using VideoChunk = std::function<void(at::Tensor video)>;
  /// Called after each chunk of each tile: of all such pieces so many are done.
  using Piece = std::function<void(std::int64_t done, std::int64_t total)>;
  /// Decodes latent from its first frame on and hands each chunk to sink: one pixel frame for the first latent frame,
  /// then pieces.chunk·stride at a time. A tiled decode runs each tile through time by itself, so that the memory of
  /// one tile is enough, joins them in a video of f32 on the CPU, and calls sink when all is done.
  void decodeChunks(const at::Tensor& latent, const VaePieces& pieces, const VideoChunk& sink,
                    const tensor::StopCheck& stop, const Piece& piece = {}) const;
  /// One picture [1,3,1,H,W] of latent frame t, decoded as if it were the first of a clip: a cheap preview of a
  /// half-finished clip, not the frame that decodeChunks gives.
  at::Tensor decodeFrame(const at::Tensor& latent, std::int64_t t, const tensor::StopCheck& stop) const;
  /// Latent frames to decode at a time for a latent of this size: as many as keep an activation within 64 MB, at
  /// least 1. Larger chunks save overhead, smaller ones memory.
  std::int64_t suggestedChunk(std::int64_t latentHeight, std::int64_t latentWidth) const;

 private:
  friend class VaeDecoder;
  struct Impl;
  struct Decode;
  explicit Vae(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

/// A decode under way: remembers what the causal convolutions need of earlier frames. Not thread-safe; refers to the
/// Vae. After an exception it must be thrown away.
class VaeDecoder {
 public:
  explicit VaeDecoder(const Vae& vae);
  ~VaeDecoder();
  VaeDecoder(const VaeDecoder&) = delete;
  VaeDecoder& operator=(const VaeDecoder&) = delete;

  /// The pixel frames of the next n latent frames [1,C,n,h,w], as Vae::VideoChunk gets them.
  at::Tensor next(const at::Tensor& latentFrames, const tensor::StopCheck& stop);
  /// Bytes remembered between chunks.
  std::uint64_t cacheBytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::wan
