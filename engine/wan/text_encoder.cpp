// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/text_encoder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "engine/tensor/ops.h"
#include "engine/tensor/weight_reader.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/weight_packer.h"

namespace kinora::wan {
namespace {

using core::Result;

struct LayerWeights {
  at::Tensor norm, feedNorm;  ///< [dim] f32
  Linear qkv;                 ///< [3·inner, dim]
  Linear out;                 ///< [dim, inner]
  at::Tensor positions;       ///< [buckets, heads] f32
  Linear gateAndUp;           ///< [2·ffn, dim]: the gate goes through GELU
  Linear down;                ///< [dim, ffn]
};

LayerWeights packLayer(WeightPacker& packer, std::int64_t index) {
  const std::string block = "encoder.block." + std::to_string(index) + ".layer.";
  const std::string attention = block + "0.SelfAttention.";
  const std::string feed = block + "1.DenseReluDense.";
  LayerWeights out;
  packer.tensor(out.norm, block + "0.layer_norm.weight");
  packer.tensor(out.feedNorm, block + "1.layer_norm.weight");
  packer.fused(out.qkv, {attention + "q", attention + "k", attention + "v"});
  packer.linear(out.out, attention + "o");
  packer.tensor(out.positions, attention + "relative_attention_bias.weight");
  packer.fused(out.gateAndUp, {feed + "wi_0", feed + "wi_1"});
  packer.linear(out.down, feed + "wo");
  return out;
}

/// Bucket of each query and key: int64 [n, n].
at::Tensor bucketTable(std::int64_t tokens, const TextEncoderConfig& config) {
  std::vector<std::int64_t> byDistance;
  for (std::int64_t distance = 1 - tokens; distance < tokens; ++distance) {
    byDistance.push_back(relativeBucket(distance, config.buckets, config.maxDistance));
  }
  const at::Tensor positions = at::arange(tokens, at::kLong);
  const at::Tensor distances = positions.unsqueeze(0) - positions.unsqueeze(1) + (tokens - 1);
  return at::tensor(byDistance, at::kLong).index_select(0, distances.flatten()).view({tokens, tokens});
}

}  // namespace

std::int64_t relativeBucket(std::int64_t distance, std::int64_t buckets, std::int64_t maxDistance) {
  const std::int64_t half = buckets / 2;
  const std::int64_t exact = half / 2;
  const std::int64_t length = std::abs(distance);
  const std::int64_t side = distance > 0 ? half : 0;
  if (length < exact) return side + length;
  // Distances that are a power times `exact` lie on a border and belong to the upper bucket: the tiny term keeps
  // rounding from putting them below.
  const double share = std::log(static_cast<double>(length) / static_cast<double>(exact)) /
                       std::log(static_cast<double>(maxDistance) / static_cast<double>(exact));
  const auto step = static_cast<std::int64_t>(share * static_cast<double>(half - exact) + 1e-9);
  return side + std::min(exact + step, half - 1);
}

struct TextEncoder::Impl {
  TextEncoderConfig config;
  ComputeOptions options;
  tensor::WeightSource::Entry embedding;  ///< [vocab, dim], as it lies in the file
  std::vector<LayerWeights> layers;
  std::function<LayerWeights(std::int64_t index)> readLayer;  ///< of an encoder that is streamed, which has no layers
  at::Tensor finalNorm;
  std::uint64_t bytes = 0;
  at::Device device = at::kCPU;

  at::Tensor linear(const at::Tensor& x, const Linear& weights, const tensor::StopCheck& stop) const {
    return weights(x.to(options.dtype), stop);
  }
  at::Tensor attend(const at::Tensor& x, const LayerWeights& layer, const at::Tensor& buckets,
                    const tensor::StopCheck& stop) const;
  at::Tensor feed(const at::Tensor& x, const LayerWeights& layer, const tensor::StopCheck& stop) const;
};

TextEncoder::TextEncoder(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
TextEncoder::~TextEncoder() = default;

Result<std::unique_ptr<TextEncoder>> TextEncoder::load(const TextEncoderConfig& config,
                                                       const tensor::WeightSource& weights,
                                                       const ComputeOptions& options, bool streamed) {
  std::vector<tensor::TensorSpec> table = textEncoderTable(config);
  tensor::LoadOptions loading;
  loading.dtype = options.dtype;
  loading.device = options.device;
  loading.keepF32 = textEncoderTensorStaysF32;
  loading.stop = options.stop;

  // The embedding is most of a small model and a fifth of a large one: its rows are read when a prompt needs them.
  const tensor::TensorSpec embedding = table.front();
  table.erase(table.begin());
  const tensor::StoredTensor found = tensor::findTensor(weights, embedding);
  loading.ignored = [&](std::string_view name) { return name == found.name || ignoredTextEncoderTensor(name); };
  if (const auto faults = tensor::checkTable(weights, {embedding}, [](std::string_view) { return true; });
      !faults.empty()) {
    return core::Error{core::ErrorCode::ModelMismatch, faults[0].tensor + ": " + faults[0].what, weights.path()};
  }
  if (auto fits = tensor::requireTable(weights, table, loading.ignored, loading.stop); !fits) return fits.error();

  const Packing packing{options.packed, [](std::string_view) { return true; }};
  WeightPacker packer(weights, table, loading, packing);
  auto impl = std::make_unique<Impl>();
  impl->config = config;
  impl->options = options;
  impl->device = tensor::atDevice(options.device);
  impl->embedding = *found.entry;
  packer.tensor(impl->finalNorm, "encoder.final_layer_norm.weight");
  if (streamed) {
    loading.copied = true;
    loading.stop = {};
    loading.ignored = {};
    impl->readLayer = [weights, table, loading, packing](std::int64_t index) {
      WeightPacker reader(weights, table, loading, packing);
      return packLayer(reader, index);
    };
  } else {
    for (std::int64_t i = 0; i < config.layers; ++i) impl->layers.push_back(packLayer(packer, i));
  }
  impl->bytes = packer.bytes();
  return std::unique_ptr<TextEncoder>(new TextEncoder(std::move(impl)));
}

const TextEncoderConfig& TextEncoder::config() const {
  return m_impl->config;
}

std::uint64_t TextEncoder::bytes() const {
  return m_impl->bytes;
}

/// x f32 [1,n,dim] -> [1,n,dim].
at::Tensor TextEncoder::Impl::attend(const at::Tensor& x, const LayerWeights& layer, const at::Tensor& buckets,
                                     const tensor::StopCheck& stop) const {
  const std::int64_t tokens = x.size(1);
  const at::Tensor qkv = linear(tensor::rmsNorm(x, layer.norm, config.eps), layer.qkv, stop)
                             .view({1, tokens, 3, config.heads, config.headDim})
                             .permute({2, 0, 3, 1, 4});  // [3,1,H,n,D]
  const at::Tensor bias = layer.positions.index_select(0, buckets.flatten())
                              .view({tokens, tokens, config.heads})
                              .permute({2, 0, 1})
                              .unsqueeze(0)
                              .contiguous()
                              .to(options.dtype);  // [1,H,n,n]
  tensor::AttentionOptions attention;
  attention.bias = &bias;
  attention.scale = 1.0;
  const at::Tensor mixed = tensor::attention(qkv[0], qkv[1], qkv[2], stop, attention);
  return linear(mixed.transpose(1, 2).flatten(2), layer.out, stop).to(at::kFloat);
}

at::Tensor TextEncoder::Impl::feed(const at::Tensor& x, const LayerWeights& layer,
                                   const tensor::StopCheck& stop) const {
  const at::Tensor both = linear(tensor::rmsNorm(x, layer.feedNorm, config.eps), layer.gateAndUp, stop);  // [1,n,2·ffn]
  const at::Tensor gate = at::gelu(both.narrow(2, 0, config.ffnDim), "tanh");
  return linear(gate * both.narrow(2, config.ffnDim, config.ffnDim), layer.down, stop).to(at::kFloat);
}

at::Tensor TextEncoder::encode(const std::vector<std::int64_t>& ids, const tensor::StopCheck& stop) const {
  const Impl& impl = *m_impl;
  const auto tokens = static_cast<std::int64_t>(ids.size());
  if (tokens < 1 || tokens > kTextTokens) {
    throw std::invalid_argument("text encoder: tokens; expected 1 to 512, got " + std::to_string(tokens));
  }
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= impl.config.vocab) {
      throw std::invalid_argument("text encoder: token id; expected less than " + std::to_string(impl.config.vocab) +
                                  ", got " + std::to_string(id) + " (the tokenizer belongs to another model)");
    }
  }
  at::Tensor x = tensor::readRows(impl.embedding, ids).to(impl.device).unsqueeze(0);
  const at::Tensor buckets = bucketTable(tokens, impl.config).to(impl.device);
  for (std::int64_t i = 0; i < impl.config.layers; ++i) {
    stop();
    const LayerWeights layer = impl.readLayer ? impl.readLayer(i) : impl.layers[static_cast<std::size_t>(i)];
    x = x + impl.attend(x, layer, buckets, stop);
    x = x + impl.feed(x, layer, stop);
  }
  return tensor::rmsNorm(x, impl.finalNorm, impl.config.eps)[0];
}

at::Tensor TextEncoder::padded(const at::Tensor& rows) {
  at::Tensor out = at::zeros({1, kTextTokens, rows.size(1)}, rows.options());
  out[0].narrow(0, 0, rows.size(0)).copy_(rows);
  return out;
}

}  // namespace kinora::wan
