// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/transformer_weights.h"

#include <string>

#include "engine/tensor/ops.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"

namespace kinora::wan {
namespace {

using core::Result;

/// Takes tensors out of the store, so that what is packed anew is not held twice.
class Packer {
 public:
  explicit Packer(tensor::WeightStore& store) : m_store(store) {}

  at::Tensor take(const std::string& name) { return m_store.take(name); }
  bool has(const std::string& name) const { return m_store.has(name); }
  Linear linear(const std::string& name) { return {take(name + ".weight"), take(name + ".bias")}; }
  NormWeights norm(const std::string& name) { return {take(name + ".weight"), take(name + ".bias")}; }
  /// A convolution whose stride is its kernel, as a linear of flattened patches.
  Linear patch(const std::string& name) {
    Linear out = linear(name);
    out.weight = out.weight.flatten(1);
    return out;
  }
  /// Several linears of one input, outputs side by side.
  Linear fused(const std::vector<std::string>& names) {
    std::vector<at::Tensor> weights;
    std::vector<at::Tensor> biases;
    for (const std::string& name : names) {
      weights.push_back(take(name + ".weight"));
      biases.push_back(take(name + ".bias"));
    }
    return {at::cat(weights), at::cat(biases)};
  }

 private:
  tensor::WeightStore& m_store;
};

BlockWeights packBlock(Packer& packer, const std::string& block) {
  const std::string self = block + "attn1.";
  const std::string cross = block + "attn2.";
  BlockWeights out;
  out.selfQkv = packer.fused({self + "to_q", self + "to_k", self + "to_v"});
  out.selfOut = packer.linear(self + "to_out.0");
  out.selfQueryNorm = packer.take(self + "norm_q.weight");
  out.selfKeyNorm = packer.take(self + "norm_k.weight");
  out.textNormWeight = packer.take(block + "norm2.weight");
  out.textNormBias = packer.take(block + "norm2.bias");
  out.crossQuery = packer.linear(cross + "to_q");
  out.crossKv = packer.fused({cross + "to_k", cross + "to_v"});
  out.crossOut = packer.linear(cross + "to_out.0");
  out.crossQueryNorm = packer.take(cross + "norm_q.weight");
  out.crossKeyNorm = packer.take(cross + "norm_k.weight");
  if (packer.has(cross + "add_k_proj.weight")) {
    out.imageKv = packer.fused({cross + "add_k_proj", cross + "add_v_proj"});
    out.imageKeyNorm = packer.take(cross + "norm_added_k.weight");
  }
  out.feedIn = packer.linear(block + "ffn.net.0.proj");
  out.feedOut = packer.linear(block + "ffn.net.2");
  return out;
}

/// Rows 1 and 4 are scales, used as 1 + scale: the 1 is added here once.
at::Tensor packModulation(Packer& packer, const std::string& stack, std::size_t layers) {
  std::vector<at::Tensor> tables;
  for (std::size_t i = 0; i < layers; ++i) {
    tables.push_back(packer.take(stack + std::to_string(i) + ".scale_shift_table"));
  }
  at::Tensor all = at::stack(tables, 1);  // [1, L, 6, d]
  all.select(2, 1).add_(1);
  all.select(2, 4).add_(1);
  return all;
}

ImageEmbedderWeights packImageEmbedder(Packer& packer, const std::string& name) {
  ImageEmbedderWeights out;
  if (packer.has(name + "pos_embed")) out.positions = packer.take(name + "pos_embed");
  out.normIn = packer.norm(name + "norm1");
  out.in = packer.linear(name + "ff.net.0.proj");
  out.out = packer.linear(name + "ff.net.2");
  out.normOut = packer.norm(name + "norm2");
  return out;
}

ControlWeights packControl(Packer& packer, std::size_t layers) {
  ControlWeights out;
  out.patch = packer.patch("vace_patch_embedding");
  out.in = packer.linear("vace_blocks.0.proj_in");
  out.modulation = packModulation(packer, "vace_blocks.", layers);
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string block = "vace_blocks." + std::to_string(i) + ".";
    out.blocks.push_back(packBlock(packer, block));
    out.hints.push_back(packer.linear(block + "proj_out"));
  }
  return out;
}

}  // namespace

at::Tensor Linear::operator()(const at::Tensor& x, const tensor::StopCheck& stop) const {
  return tensor::linear(x, weight, bias, stop);
}

Result<TransformerWeights> TransformerWeights::load(const TransformerConfig& config, const tensor::WeightSource& source,
                                                    const ComputeOptions& options) {
  tensor::LoadOptions loading;
  loading.dtype = options.dtype;
  loading.device = options.device;
  loading.keepF32 = transformerTensorStaysF32;
  loading.ignored = ignoredTransformerTensor;
  loading.stop = options.stop;
  auto store = tensor::WeightStore::load(source, transformerTable(config), loading);
  if (!store) return store.error();

  TransformerWeights out;
  out.bytes = store->bytes();
  Packer packer(*store);
  const std::string embedder = "condition_embedder.";
  out.patch = packer.patch("patch_embedding");
  out.timeIn = packer.linear(embedder + "time_embedder.linear_1");
  out.timeOut = packer.linear(embedder + "time_embedder.linear_2");
  out.timeProjection = packer.linear(embedder + "time_proj");
  out.textIn = packer.linear(embedder + "text_embedder.linear_1");
  out.textOut = packer.linear(embedder + "text_embedder.linear_2");
  out.modulation = packModulation(packer, "blocks.", static_cast<std::size_t>(config.layers));
  out.headModulation = packer.take("scale_shift_table").clone();
  out.headModulation.select(1, 1).add_(1);
  out.head = packer.linear("proj_out");
  for (std::int64_t i = 0; i < config.layers; ++i) {
    options.stop();
    out.blocks.push_back(packBlock(packer, "blocks." + std::to_string(i) + "."));
  }
  if (config.imageDim) out.image = packImageEmbedder(packer, embedder + "image_embedder.");
  if (config.hasControl()) out.control = packControl(packer, config.vaceLayers.size());
  return out;
}

}  // namespace kinora::wan
