// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tiny_decoder.h"

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/tensor/weight_store.h"

namespace kinora::wan {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

constexpr double kClamp = 3;  // latents are pressed into ±3 by tanh
constexpr int kStages = 3;
constexpr int kBlocks = 3;  // of a stage
// Places in the network's list of layers.
constexpr int kFirst = 1;
constexpr std::array<int, kStages> kStageAt{3, 9, 15};  // three blocks, doubling, growth in time, convolution
constexpr int kGrowth = kBlocks + 1;
constexpr int kNarrowing = kBlocks + 2;
constexpr int kLast = 22;

std::string layer(int place, const std::string& part = {}) {
  return "decoder." + std::to_string(place) + "." + part;
}

/// A convolution over single pictures [T,C,h,w] that keeps their size.
struct PictureConv {
  at::Tensor weight, bias;

  at::Tensor operator()(const at::Tensor& x) const {
    const std::int64_t padding = weight.size(2) / 2;
    return at::conv2d(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, {1, 1}, {padding, padding});
  }
};

/// Adds to each picture what three convolutions make of it and the one before.
struct MemoryBlock {
  std::array<PictureConv, 3> convs;

  at::Tensor operator()(const at::Tensor& x) const {
    at::Tensor before = at::zeros_like(x);
    before.narrow(0, 1, x.size(0) - 1).copy_(x.narrow(0, 0, x.size(0) - 1));
    const at::Tensor inner = convs[1](convs[0](at::cat({x, before}, 1)).relu_()).relu_();
    return convs[2](inner).add_(x).relu_();
  }
};

struct Stage {
  std::array<MemoryBlock, kBlocks> blocks;
  PictureConv growth;     ///< [C·times, C, 1, 1]
  PictureConv narrowing;  ///< to the next stage's width

  std::int64_t times() const { return growth.weight.size(0) / growth.weight.size(1); }
};

/// What the shapes in a file say of the network: widths of the stages and of the end, growth in time, patch.
struct Sizes {
  std::int64_t latent = 0;
  std::array<std::int64_t, kStages + 1> widths{};
  std::array<std::int64_t, kStages> times{};
  std::int64_t patch = 1;
};

std::optional<Sizes> sizesOf(const tensor::WeightSource& weights) {
  const auto extent = [&](const std::string& name, std::size_t axis) -> std::int64_t {
    const auto* found = weights.find(name);
    return found && found->info->shape.size() == 4 ? found->info->shape[axis] : 0;
  };
  Sizes sizes;
  sizes.latent = extent(layer(kFirst, "weight"), 1);
  sizes.widths[0] = extent(layer(kFirst, "weight"), 0);
  bool whole = sizes.latent > 0 && sizes.widths[0] > 0;
  for (std::size_t i = 0; i < kStages; ++i) {
    const std::int64_t grown = extent(layer(kStageAt[i] + kGrowth, "conv.weight"), 0);
    sizes.widths[i + 1] = extent(layer(kStageAt[i] + kNarrowing, "weight"), 0);
    whole = whole && grown > 0 && grown % sizes.widths[i] == 0 && sizes.widths[i + 1] > 0;
    if (whole) sizes.times[i] = grown / sizes.widths[i];
  }
  const std::int64_t colours = extent(layer(kLast, "weight"), 0);
  sizes.patch = std::lround(std::sqrt(static_cast<double>(colours) / 3));
  if (!whole || colours < 3 || 3 * sizes.patch * sizes.patch != colours) return std::nullopt;
  return sizes;
}

std::vector<tensor::TensorSpec> tableOf(const Sizes& sizes) {
  std::vector<tensor::TensorSpec> table;
  const auto conv = [&](const std::string& name, std::int64_t out, std::int64_t in, std::int64_t side, bool bias) {
    table.push_back({name + "weight", {out, in, side, side}});
    if (bias) table.push_back({name + "bias", {out}});
  };
  conv(layer(kFirst), sizes.widths[0], sizes.latent, 3, true);
  for (std::size_t i = 0; i < kStages; ++i) {
    const std::int64_t width = sizes.widths[i];
    for (int block = 0; block < kBlocks; ++block) {
      const std::string name = layer(kStageAt[i] + block, "conv.");
      conv(name + "0.", width, 2 * width, 3, true);
      conv(name + "2.", width, width, 3, true);
      conv(name + "4.", width, width, 3, true);
    }
    conv(layer(kStageAt[i] + kGrowth, "conv."), width * sizes.times[i], width, 1, false);
    conv(layer(kStageAt[i] + kNarrowing), sizes.widths[i + 1], width, 3, false);
  }
  conv(layer(kLast), 3 * sizes.patch * sizes.patch, sizes.widths[kStages], 3, true);
  return table;
}

}  // namespace

struct TinyDecoder::Impl {
  Sizes sizes;
  at::Device device = at::kCPU;
  PictureConv first, last;
  std::vector<Stage> stages;
};

TinyDecoder::TinyDecoder(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
TinyDecoder::~TinyDecoder() = default;

Result<std::unique_ptr<TinyDecoder>> TinyDecoder::load(const tensor::WeightSource& weights,
                                                       const ComputeOptions& options) {
  const auto sizes = sizesOf(weights);
  if (!sizes) {
    return Error{ErrorCode::ModelMismatch,
                 "not a tiny decoder of the kind Kinora reads; expected taew2_1 or taew2_2 in their plain form",
                 weights.path()};
  }
  tensor::LoadOptions loading;
  loading.device = options.device;
  loading.ignored = [](std::string_view name) { return !name.starts_with("decoder."); };  // there is an encoder, too
  loading.stop = options.stop;
  auto store = tensor::WeightStore::load(weights, tableOf(*sizes), loading);
  if (!store) return store.error();

  const auto conv = [&](const std::string& name) {
    return PictureConv{store->take(name + "weight"),
                       store->has(name + "bias") ? store->take(name + "bias") : at::Tensor()};
  };
  auto impl = std::make_unique<Impl>();
  impl->sizes = *sizes;
  impl->device = tensor::atDevice(options.device);
  impl->first = conv(layer(kFirst));
  for (const int at : kStageAt) {
    Stage stage;
    for (int block = 0; block < kBlocks; ++block) {
      const std::string name = layer(at + block, "conv.");
      stage.blocks[static_cast<std::size_t>(block)].convs = {conv(name + "0."), conv(name + "2."), conv(name + "4.")};
    }
    stage.growth = conv(layer(at + kGrowth, "conv."));
    stage.narrowing = conv(layer(at + kNarrowing));
    impl->stages.push_back(std::move(stage));
  }
  impl->last = conv(layer(kLast));
  return std::unique_ptr<TinyDecoder>(new TinyDecoder(std::move(impl)));
}

std::int64_t TinyDecoder::latentChannels() const {
  return m_impl->sizes.latent;
}

at::Tensor TinyDecoder::decode(const at::Tensor& latent, const tensor::StopCheck& stop) const {
  const Impl& impl = *m_impl;
  if (latent.dim() != 5 || latent.size(0) != 1 || latent.size(1) != impl.sizes.latent || latent.size(2) < 1) {
    throw std::invalid_argument("tiny decoder: latent; expected [1," + std::to_string(impl.sizes.latent) +
                                ",T,h,w], got " + c10::str(latent.sizes()));
  }
  at::Tensor x = latent[0].transpose(0, 1).to(impl.device, at::kFloat);  // [T,C,h,w]
  x = impl.first(at::tanh(x / kClamp).mul_(kClamp)).relu_();
  std::int64_t stride = 1;
  for (const Stage& stage : impl.stages) {
    for (const MemoryBlock& block : stage.blocks) {
      stop();
      x = block(x);
    }
    x = at::upsample_nearest2d(x, at::IntArrayRef{2 * x.size(2), 2 * x.size(3)});
    x = stage.growth(x);
    x = x.reshape({-1, x.size(1) / stage.times(), x.size(2), x.size(3)});  // frames lie side by side in the channels
    x = stage.narrowing(x);
    stride *= stage.times();
  }
  x = impl.last(x.relu_());
  if (impl.sizes.patch > 1) x = at::pixel_shuffle(x, impl.sizes.patch);
  // The first latent frame stands for one frame of the clip: the last of those made of it.
  return x.narrow(0, stride - 1, x.size(0) - stride + 1).clamp(0, 1).mul_(2).sub_(1).transpose(0, 1).unsqueeze(0);
}

}  // namespace kinora::wan
