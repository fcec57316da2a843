// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "engine/tensor/weight_store.h"
#include "engine/wan/vae_decoder.h"
#include "engine/wan/vae_encoder.h"
#include "engine/wan/vae_ops.h"
#include "engine/wan/vae_tensors.h"

namespace kinora::wan {
namespace {

constexpr double kActivationBytes = 64e6;

void checkChunk(std::int64_t latentFrames) {
  TORCH_CHECK(latentFrames >= 1, "latent frames in a chunk; expected at least 1, got ", latentFrames);
}

}  // namespace

/// A decode under way, of a picture or a tile.
struct Vae::Decode {
  const Impl& vae;
  FeatureCache cache;
  bool started = false;

  explicit Decode(const Impl& impl);
  /// Patched frames [1,3·patch²,f,h,w] of the next latent frames, in the decoder's dtype.
  at::Tensor next(const at::Tensor& latentFrames, const tensor::StopCheck& stop);
};

struct Vae::Impl {
  VaeConfig config;
  at::TensorOptions options;  ///< dtype and device of the work
  at::Tensor mean;            ///< f32 [1,C,1,1,1]
  at::Tensor std;
  std::optional<VaeEncoder> encoder;
  std::optional<VaeDecoderNetwork> decoder;

  /// Model space to the decoder's input.
  at::Tensor denormalized(const at::Tensor& latent) const {
    return toFrames(latent.to(mean.device(), at::kFloat).mul(std).add_(mean).to(options));
  }

  at::Tensor pixels(const at::Tensor& frames) const {
    return unpatchify(frames, config.patch).to(at::kFloat).clamp_(-1.0, 1.0);
  }

  at::Tensor encodeWhole(const at::Tensor& video, std::int64_t chunk, const tensor::StopCheck& stop) const;
};

Vae::Decode::Decode(const Impl& impl) : vae(impl), cache(0) {
  TORCH_CHECK(impl.decoder, "decode; the VAE was loaded without its decoder");
  cache = impl.decoder->newCache();
}

at::Tensor Vae::Decode::next(const at::Tensor& latentFrames, const tensor::StopCheck& stop) {
  TORCH_CHECK(latentFrames.dim() == 5 && latentFrames.size(0) == 1 &&
                  latentFrames.size(1) == vae.config.latentChannels && latentFrames.numel() > 0,
              "latent; expected [1,", vae.config.latentChannels, ",n,h,w], got ", latentFrames.sizes());
  const at::Tensor latent = vae.denormalized(latentFrames);
  if (started) return (*vae.decoder)(latent, cache, stop);
  started = true;
  at::Tensor first = (*vae.decoder)(toFrames(latent.narrow(2, 0, 1)), cache, stop);
  if (latent.size(2) == 1) return first;
  const at::Tensor rest = toFrames(latent.narrow(2, 1, latent.size(2) - 1));
  return at::cat({first, (*vae.decoder)(rest, cache, stop)}, 2);
}

Vae::Vae(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Vae::Vae(Vae&&) noexcept = default;
Vae& Vae::operator=(Vae&&) noexcept = default;
Vae::~Vae() = default;

core::Result<Vae> Vae::load(const VaeConfig& config, const tensor::WeightSource& source,
                            const VaeLoadOptions& options) {
  std::vector<tensor::TensorSpec> table = vaeTensorTable(config);
  const auto unwanted = [&](std::string_view name) {
    return isDecoderTensor(name) ? !options.decoder : !options.encoder;
  };
  std::erase_if(table, [&](const tensor::TensorSpec& spec) { return unwanted(spec.name); });
  tensor::LoadOptions load;
  load.dtype = options.dtype;
  load.device = options.device;
  load.keepF32 = [](std::string_view name) { return name.ends_with("gamma"); };
  load.ignored = unwanted;
  load.stop = options.stop;
  auto store = tensor::WeightStore::load(source, table, load);
  if (!store) return store.error();

  auto impl = std::make_unique<Impl>();
  impl->config = config;
  const c10::Device device = tensor::atDevice(options.device);
  impl->options = at::TensorOptions().dtype(options.dtype).device(device);
  const auto perChannel = [&](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).view({1, -1, 1, 1, 1}).to(device, at::kFloat);
  };
  impl->mean = perChannel(config.latentMean);
  impl->std = perChannel(config.latentStd);
  if (options.encoder) impl->encoder.emplace(config, *store);
  if (options.decoder) impl->decoder.emplace(config, *store);
  // Packed weights are copies, but a bias may keep its whole file mapped.
  for (const auto& file : source.files()) {
    for (const tensor::TensorInfo& info : file->tensors()) file->forget(info);
  }
  return Vae(std::move(impl));
}

const VaeConfig& Vae::config() const {
  return m_impl->config;
}

/// Latent frames of video, normalised, f32.
at::Tensor Vae::Impl::encodeWhole(const at::Tensor& video, std::int64_t chunk, const tensor::StopCheck& stop) const {
  const std::int64_t stride = config.temporalStride();
  const std::int64_t latentFrames = config.latentFrames(video.size(2));
  FeatureCache cache = encoder->newCache();
  at::Tensor latent;
  for (std::int64_t t = 0; t < latentFrames;) {
    const std::int64_t count = t == 0 ? 1 : std::min(chunk, latentFrames - t);
    const at::Tensor part = t == 0 ? video.narrow(2, 0, 1) : video.narrow(2, 1 + (t - 1) * stride, count * stride);
    const at::Tensor values = (*encoder)(patchify(part.to(options), config.patch), cache, stop).to(at::kFloat);
    if (!latent.defined()) {
      latent = at::empty({1, config.latentChannels, latentFrames, values.size(3), values.size(4)}, values.options());
    }
    latent.narrow(2, t, count).copy_(values.sub(mean).div_(std));
    t += count;
  }
  return latent;
}

at::Tensor Vae::encode(const at::Tensor& video, const tensor::StopCheck& stop, const VaePieces& pieces) const {
  const Impl& self = *m_impl;
  const VaeConfig& config = self.config;
  TORCH_CHECK(self.encoder, "encode; the VAE was loaded without its encoder");
  const std::int64_t stride = config.temporalStride();
  const std::int64_t cell = config.spatialStride();
  TORCH_CHECK(video.dim() == 5 && video.size(0) == 1 && video.size(1) == 3 && video.size(2) % stride == 1 % stride &&
                  video.size(2) > 0 && video.numel() > 0 && video.size(3) % cell == 0 && video.size(4) % cell == 0,
              "video; expected [1,3,", stride, "k+1,", cell, "a,", cell, "b], got ", video.sizes());
  checkChunk(pieces.chunk);
  const std::int64_t height = video.size(3) / cell;
  const std::int64_t width = video.size(4) / cell;
  if (!pieces.tiling.cuts(height, width)) return self.encodeWhole(video, pieces.chunk, stop);
  const auto tile = [&](const TileSpan& rows, const TileSpan& columns) {
    const at::Tensor part =
        video.narrow(3, cell * rows.begin, cell * rows.length).narrow(4, cell * columns.begin, cell * columns.length);
    return self.encodeWhole(part, pieces.chunk, stop);
  };
  return joinTiles(pieces.tiling, height, width, 1, tile).to(self.options.device());
}

void Vae::decodeChunks(const at::Tensor& latent, const VaePieces& pieces, const VideoChunk& sink,
                       const tensor::StopCheck& stop, const Piece& piece) const {
  checkChunk(pieces.chunk);
  const Impl& self = *m_impl;
  const std::int64_t chunks = 1 + (latent.size(2) - 1 + pieces.chunk - 1) / pieces.chunk;
  std::int64_t done = 0;
  /// The complete run through time of a part of the picture.
  const auto run = [&](const at::Tensor& part, std::int64_t total, const VideoChunk& frames) {
    Decode decode(self);
    for (std::int64_t t = 0; t < part.size(2);) {
      stop();
      const std::int64_t count = t == 0 ? 1 : std::min(pieces.chunk, part.size(2) - t);
      frames(decode.next(part.narrow(2, t, count), stop));
      if (piece) piece(++done, total);
      t += count;
    }
  };
  const VaeTiling& tiling = pieces.tiling;
  if (!tiling.cuts(latent.size(3), latent.size(4))) {
    run(latent, chunks, [&](const at::Tensor& frames) { sink(self.pixels(frames)); });
    return;
  }
  const std::int64_t tiles = tiling.tiles(latent.size(3), latent.size(4));
  const auto tile = [&](const TileSpan& rows, const TileSpan& columns) {
    std::vector<at::Tensor> parts;
    run(latent.narrow(3, rows.begin, rows.length).narrow(4, columns.begin, columns.length), tiles * chunks,
        [&](const at::Tensor& frames) { parts.push_back(frames.to(at::kCPU, at::kFloat)); });
    return at::cat(parts, 2);
  };
  const std::int64_t scale = self.config.spatialStride() / self.config.patch;
  const at::Tensor joined = joinTiles(tiling, latent.size(3), latent.size(4), scale, tile);
  const std::int64_t atOnce = pieces.chunk * self.config.temporalStride();
  for (std::int64_t t = 0; t < joined.size(2);) {
    stop();
    const std::int64_t count = t == 0 ? 1 : std::min(atOnce, joined.size(2) - t);
    sink(self.pixels(joined.narrow(2, t, count)));
    t += count;
  }
}

at::Tensor Vae::decodeFrame(const at::Tensor& latent, std::int64_t t, const tensor::StopCheck& stop) const {
  return VaeDecoder(*this).next(latent.narrow(2, t, 1), stop);
}

std::int64_t Vae::suggestedChunk(std::int64_t latentHeight, std::int64_t latentWidth) const {
  const VaeConfig& config = m_impl->config;
  const auto side = std::int64_t{1} << (config.stages() - 1);
  const double cells = static_cast<double>(latentHeight * latentWidth) * static_cast<double>(side * side);
  const auto channels = std::max(config.decoderIn(config.stages() - 1), config.decoderOut(config.stages() - 1));
  const double bytes = cells * static_cast<double>(config.temporalStride() * channels) *
                       static_cast<double>(m_impl->options.dtype().itemsize());
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(kActivationBytes / std::max(bytes, 1.0)));
}

struct VaeDecoder::Impl {
  Vae::Decode decode;
};

VaeDecoder::VaeDecoder(const Vae& vae) : m_impl(new Impl{Vae::Decode(*vae.m_impl)}) {}
VaeDecoder::~VaeDecoder() = default;

at::Tensor VaeDecoder::next(const at::Tensor& latentFrames, const tensor::StopCheck& stop) {
  return m_impl->decode.vae.pixels(m_impl->decode.next(latentFrames, stop));
}

std::uint64_t VaeDecoder::cacheBytes() const {
  return m_impl->decode.cache.bytes();
}

}  // namespace kinora::wan
