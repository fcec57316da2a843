// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/clip_vision.h"

#include <ATen/ATen.h>

#include <stdexcept>

#include "engine/tensor/ops.h"

namespace kinora::wan {
namespace {

using tensor::TensorSpec;
using Shape = std::vector<std::int64_t>;

const std::string kPrefix = "vision_model.";
const std::string kOriginalPrefix = "visual.";

constexpr const char* kFused = "self_attn.qkv_proj";

// Of the pictures CLIP was trained on.
constexpr double kMean[3] = {0.48145466, 0.4578275, 0.40821073};
constexpr double kDeviation[3] = {0.26862954, 0.26130258, 0.27577711};

struct Norm {
  at::Tensor weight, bias;  ///< f32
};
struct Linear {
  at::Tensor weight, bias;
};

struct Layer {
  Norm norm1, norm2;
  Linear qkv;  ///< [3d, d]
  Linear out, feedIn, feedOut;
};

bool staysF32(std::string_view name) {
  return name.find("norm") != std::string_view::npos || name.find("layrnorm") != std::string_view::npos;
}

/// Collects lines under transformers' names; `original` is the name in the original files.
class Table {
 public:
  void add(const std::string& name, const std::string& original, Shape shape) {
    lines.push_back({kPrefix + name, std::move(shape), {name, kOriginalPrefix + original, original}});
  }
  void pair(const std::string& name, const std::string& original, const Shape& weight) {
    add(name + ".weight", original + ".weight", weight);
    add(name + ".bias", original + ".bias", {weight.front()});
  }

  std::vector<TensorSpec> lines;
};

std::string layerName(std::int64_t index) {
  return "encoder.layers." + std::to_string(index) + ".";
}

}  // namespace

struct ClipVision::Impl {
  ClipVisionConfig config;
  ComputeOptions options;
  std::uint64_t bytes = 0;
  at::Tensor patch;       ///< [d, 3·patch²], features in the order (channel, row, column)
  at::Tensor classToken;  ///< [d] f32
  at::Tensor positions;   ///< [tokens, d] f32
  Norm normIn;
  std::vector<Layer> layers;

  at::Tensor normed(const at::Tensor& x, const Norm& norm) const {
    return at::layer_norm(x, {config.dim}, norm.weight, norm.bias, config.eps).to(options.dtype);
  }
  at::Tensor applied(const Linear& linear, const at::Tensor& x, const tensor::StopCheck& stop) const {
    return tensor::linear(x, linear.weight, linear.bias, stop);
  }
  at::Tensor embedded(const at::Tensor& pixels, const tensor::StopCheck& stop) const;
  void addLayer(at::Tensor& x, const Layer& layer, const tensor::StopCheck& stop) const;
};

bool isOriginalClip(const tensor::WeightSource& weights) {
  const std::string name = "transformer.0.attn.to_qkv.weight";
  return weights.find(kOriginalPrefix + name) || weights.find(name);
}

std::vector<TensorSpec> clipVisionTable(const ClipVisionConfig& config, bool original) {
  Table table;
  const std::int64_t dim = config.dim;
  const std::string embeddings = "embeddings.";
  table.add(embeddings + "class_embedding", "cls_embedding", original ? Shape{1, 1, dim} : Shape{dim});
  table.add(embeddings + "patch_embedding.weight", "patch_embedding.weight", {dim, 3, config.patch, config.patch});
  table.add(embeddings + "position_embedding.weight", "pos_embedding",
            original ? Shape{1, config.tokens(), dim} : Shape{config.tokens(), dim});
  table.pair("pre_layrnorm", "pre_norm", {dim});
  for (std::int64_t i = 0; i < config.usedLayers(); ++i) {
    const std::string layer = layerName(i);
    const std::string theirs = "transformer." + std::to_string(i) + ".";
    table.pair(layer + "layer_norm1", theirs + "norm1", {dim});
    if (original) {
      table.pair(layer + kFused, theirs + "attn.to_qkv", {3 * dim, dim});
    } else {
      for (const char* part : {"q_proj", "k_proj", "v_proj"})
        table.pair(layer + "self_attn." + part, theirs + "attn." + part, {dim, dim});
    }
    table.pair(layer + "self_attn.out_proj", theirs + "attn.proj", {dim, dim});
    table.pair(layer + "layer_norm2", theirs + "norm2", {dim});
    table.pair(layer + "mlp.fc1", theirs + "mlp.0", {config.ffnDim, dim});
    table.pair(layer + "mlp.fc2", theirs + "mlp.2", {dim, config.ffnDim});
  }
  return std::move(table.lines);
}

bool ignoredClipVisionTensor(std::string_view name) {
  // The last layer, whose number the config says: whatever of the vision tower the table does not name.
  for (const char* part : {"post_layernorm", "encoder.layers.", "visual_projection", "text_", "logit_scale",
                           "position_ids", "textual.", "log_scale", "post_norm", "visual.head", "transformer."}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

ClipVision::ClipVision(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ClipVision::~ClipVision() = default;

core::Result<std::unique_ptr<ClipVision>> ClipVision::load(const ClipVisionConfig& config,
                                                           const tensor::WeightSource& weights,
                                                           const ComputeOptions& options) {
  tensor::LoadOptions loading;
  loading.dtype = options.dtype;
  loading.device = options.device;
  loading.keepF32 = staysF32;
  loading.ignored = ignoredClipVisionTensor;
  loading.stop = options.stop;
  const bool original = isOriginalClip(weights);
  auto store = tensor::WeightStore::load(weights, clipVisionTable(config, original), loading);
  if (!store) return store.error();

  auto impl = std::make_unique<Impl>();
  impl->config = config;
  impl->options = options;
  impl->bytes = store->bytes();
  const auto take = [&](const std::string& name) { return store->take(kPrefix + name); };
  const auto norm = [&](const std::string& name) { return Norm{take(name + ".weight"), take(name + ".bias")}; };
  const auto linear = [&](const std::string& name) { return Linear{take(name + ".weight"), take(name + ".bias")}; };
  const auto attention = [&](const std::string& layer) {
    if (original) return linear(layer + kFused);
    const Linear q = linear(layer + "self_attn.q_proj");
    const Linear k = linear(layer + "self_attn.k_proj");
    const Linear v = linear(layer + "self_attn.v_proj");
    return Linear{at::cat({q.weight, k.weight, v.weight}), at::cat({q.bias, k.bias, v.bias})};
  };
  impl->patch = take("embeddings.patch_embedding.weight").flatten(1);
  impl->classToken = take("embeddings.class_embedding").flatten().to(at::kFloat);
  impl->positions = take("embeddings.position_embedding.weight").view({-1, config.dim}).to(at::kFloat);
  impl->normIn = norm("pre_layrnorm");
  for (std::int64_t i = 0; i < config.usedLayers(); ++i) {
    options.stop();
    const std::string name = layerName(i);
    impl->layers.push_back({norm(name + "layer_norm1"), norm(name + "layer_norm2"), attention(name),
                            linear(name + "self_attn.out_proj"), linear(name + "mlp.fc1"), linear(name + "mlp.fc2")});
  }
  return std::unique_ptr<ClipVision>(new ClipVision(std::move(impl)));
}

const ClipVisionConfig& ClipVision::config() const {
  return m_impl->config;
}

std::uint64_t ClipVision::bytes() const {
  return m_impl->bytes;
}

at::Tensor ClipVision::normalized(const at::Tensor& pixels) {
  const auto column = [](const double(&values)[3]) {
    return at::tensor(at::ArrayRef<double>(values), at::kFloat).view({1, 3, 1, 1});
  };
  return (pixels.to(at::kFloat) / 255.0 - column(kMean)) / column(kDeviation);
}

/// Patches and class token with their positions: [1,3,S,S] -> [1,N,d] f32.
at::Tensor ClipVision::Impl::embedded(const at::Tensor& pixels, const tensor::StopCheck& stop) const {
  const std::int64_t side = config.imageSize / config.patch;
  const at::Tensor patches = pixels.to(patch.device(), options.dtype)
                                 .reshape({1, 3, side, config.patch, side, config.patch})
                                 .permute({0, 2, 4, 1, 3, 5})
                                 .reshape({1, side * side, 3 * config.patch * config.patch});
  const at::Tensor tokens = tensor::linear(patches, patch, {}, stop).to(at::kFloat);
  return at::cat({classToken.view({1, 1, config.dim}), tokens}, 1) + positions;
}

/// x [1,N,d] f32, in place.
void ClipVision::Impl::addLayer(at::Tensor& x, const Layer& layer, const tensor::StopCheck& stop) const {
  const auto heads = [&](const at::Tensor& all, std::int64_t part) {
    return all.narrow(2, part * config.dim, config.dim)
        .unflatten(-1, at::IntArrayRef{config.heads, -1})
        .transpose(1, 2);  // [1,H,N,D]
  };
  const at::Tensor qkv = applied(layer.qkv, normed(x, layer.norm1), stop);
  const at::Tensor y = tensor::attention(heads(qkv, 0), heads(qkv, 1), heads(qkv, 2), stop);
  x = x + applied(layer.out, y.transpose(1, 2).flatten(2), stop);
  const at::Tensor hidden = at::gelu(applied(layer.feedIn, normed(x, layer.norm2), stop));
  x = x + applied(layer.feedOut, hidden, stop);
}

at::Tensor ClipVision::states(const at::Tensor& pixels, const tensor::StopCheck& stop) const {
  const Impl& impl = *m_impl;
  const Shape wanted{1, 3, impl.config.imageSize, impl.config.imageSize};
  if (pixels.sizes() != wanted)
    throw std::invalid_argument("CLIP picture; expected " + tensor::shapeText(wanted) + ", got " +
                                c10::str(pixels.sizes()));
  at::Tensor x = impl.normed(impl.embedded(pixels, stop), impl.normIn).to(at::kFloat);
  for (const Layer& layer : impl.layers) impl.addLayer(x, layer, stop);
  return x[0];
}

}  // namespace kinora::wan
