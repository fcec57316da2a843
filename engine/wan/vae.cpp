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

}  // namespace

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
};

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
  return Vae(std::move(impl));
}

const VaeConfig& Vae::config() const {
  return m_impl->config;
}

at::Tensor Vae::encode(const at::Tensor& video, const tensor::StopCheck& stop) const {
  const Impl& self = *m_impl;
  const VaeConfig& config = self.config;
  TORCH_CHECK(self.encoder, "encode; the VAE was loaded without its encoder");
  const std::int64_t stride = config.temporalStride();
  TORCH_CHECK(video.dim() == 5 && video.size(0) == 1 && video.size(1) == 3 && video.size(2) % stride == 1 % stride &&
                  video.size(2) > 0 && video.numel() > 0 && video.size(3) % config.spatialStride() == 0 &&
                  video.size(4) % config.spatialStride() == 0,
              "video; expected [1,3,", stride, "k+1,", config.spatialStride(), "a,", config.spatialStride(), "b], got ",
              video.sizes());
  FeatureCache cache = self.encoder->newCache();
  const std::int64_t latentFrames = config.latentFrames(video.size(2));
  at::Tensor latent;
  for (std::int64_t t = 0; t < latentFrames; ++t) {
    const std::int64_t first = t == 0 ? 0 : 1 + (t - 1) * stride;
    const at::Tensor part = video.narrow(2, first, t == 0 ? 1 : stride).to(self.options);
    const at::Tensor mean = (*self.encoder)(patchify(part, config.patch), cache, stop).to(at::kFloat);
    if (!latent.defined()) {
      latent = at::empty({1, config.latentChannels, latentFrames, mean.size(3), mean.size(4)}, mean.options());
    }
    latent.narrow(2, t, 1).copy_(mean.sub(self.mean).div_(self.std));
  }
  return latent;
}

void Vae::decodeChunks(const at::Tensor& latent, std::int64_t chunkLatentFrames, const VideoChunk& sink,
                       const tensor::StopCheck& stop) const {
  TORCH_CHECK(chunkLatentFrames >= 1, "latent frames in a chunk; expected at least 1, got ", chunkLatentFrames);
  VaeDecoder decoder(*this);
  for (std::int64_t t = 0; t < latent.size(2);) {
    stop();
    const std::int64_t count = t == 0 ? 1 : std::min(chunkLatentFrames, latent.size(2) - t);
    sink(decoder.next(latent.narrow(2, t, count), stop));
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
  const Vae::Impl& vae;
  FeatureCache cache;
  bool started = false;
};

VaeDecoder::VaeDecoder(const Vae& vae) {
  TORCH_CHECK(vae.m_impl->decoder, "decode; the VAE was loaded without its decoder");
  m_impl.reset(new Impl{*vae.m_impl, vae.m_impl->decoder->newCache()});
}

VaeDecoder::~VaeDecoder() = default;

at::Tensor VaeDecoder::next(const at::Tensor& latentFrames, const tensor::StopCheck& stop) {
  const Vae::Impl& vae = m_impl->vae;
  TORCH_CHECK(latentFrames.dim() == 5 && latentFrames.size(0) == 1 &&
                  latentFrames.size(1) == vae.config.latentChannels && latentFrames.numel() > 0,
              "latent; expected [1,", vae.config.latentChannels, ",n,h,w], got ", latentFrames.sizes());
  const at::Tensor latent = vae.denormalized(latentFrames);
  std::vector<at::Tensor> videos;
  std::int64_t t = 0;
  if (!m_impl->started) {
    videos.push_back(vae.pixels((*vae.decoder)(toFrames(latent.narrow(2, 0, 1)), m_impl->cache, stop)));
    m_impl->started = true;
    t = 1;
  }
  if (t < latent.size(2)) {
    const at::Tensor rest = toFrames(latent.narrow(2, t, latent.size(2) - t));
    videos.push_back(vae.pixels((*vae.decoder)(rest, m_impl->cache, stop)));
  }
  return videos.size() == 1 ? videos.front() : at::cat(videos, 2);
}

std::uint64_t VaeDecoder::cacheBytes() const {
  return m_impl->cache.bytes();
}

}  // namespace kinora::wan
