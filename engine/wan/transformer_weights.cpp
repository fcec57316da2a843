// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/transformer_weights.h"

#include <string>

#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/weight_packer.h"

namespace kinora::wan {
namespace {

using core::Result;

void packBlock(WeightPacker& packer, const std::string& block, BlockWeights& out) {
  const std::string self = block + "attn1.";
  const std::string cross = block + "attn2.";
  packer.fused(out.selfQkv, {self + "to_q", self + "to_k", self + "to_v"});
  packer.linear(out.selfOut, self + "to_out.0");
  packer.tensor(out.selfQueryNorm, self + "norm_q.weight");
  packer.tensor(out.selfKeyNorm, self + "norm_k.weight");
  packer.tensor(out.textNormWeight, block + "norm2.weight");
  packer.tensor(out.textNormBias, block + "norm2.bias");
  packer.linear(out.crossQuery, cross + "to_q");
  packer.fused(out.crossKv, {cross + "to_k", cross + "to_v"});
  packer.linear(out.crossOut, cross + "to_out.0");
  packer.tensor(out.crossQueryNorm, cross + "norm_q.weight");
  packer.tensor(out.crossKeyNorm, cross + "norm_k.weight");
  if (packer.has(cross + "add_k_proj.weight")) {
    packer.fused(out.imageKv, {cross + "add_k_proj", cross + "add_v_proj"});
    packer.tensor(out.imageKeyNorm, cross + "norm_added_k.weight");
  }
  packer.linear(out.feedIn, block + "ffn.net.0.proj");
  packer.linear(out.feedOut, block + "ffn.net.2");
}

void packImageEmbedder(WeightPacker& packer, const std::string& name, ImageEmbedderWeights& out) {
  if (packer.has(name + "pos_embed")) packer.tensor(out.positions, name + "pos_embed");
  packer.norm(out.normIn, name + "norm1");
  packer.linear(out.in, name + "ff.net.0.proj");
  packer.linear(out.out, name + "ff.net.2");
  packer.norm(out.normOut, name + "norm2");
}

void packControl(WeightPacker& packer, std::size_t layers, ControlWeights& out) {
  packer.patch(out.patch, "vace_patch_embedding");
  packer.linear(out.in, "vace_blocks.0.proj_in");
  packer.modulation(out.modulation, "vace_blocks.", layers);
  out.blocks.resize(layers);
  out.hints.resize(layers);
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string block = "vace_blocks." + std::to_string(i) + ".";
    packBlock(packer, block, out.blocks[i]);
    packer.linear(out.hints[i], block + "proj_out");
  }
}

/// Walks all packed weights; the packer decides which of them it reads.
void pack(WeightPacker& packer, const TransformerConfig& config, TransformerWeights& out) {
  const std::string embedder = "condition_embedder.";
  const auto layers = static_cast<std::size_t>(config.layers);
  packer.patch(out.patch, "patch_embedding");
  packer.linear(out.timeIn, embedder + "time_embedder.linear_1");
  packer.linear(out.timeOut, embedder + "time_embedder.linear_2");
  packer.linear(out.timeProjection, embedder + "time_proj");
  packer.linear(out.textIn, embedder + "text_embedder.linear_1");
  packer.linear(out.textOut, embedder + "text_embedder.linear_2");
  packer.modulation(out.modulation, "blocks.", layers);
  packer.headModulation(out.headModulation, "scale_shift_table");
  packer.linear(out.head, "proj_out");
  out.blocks.resize(layers);
  for (std::size_t i = 0; i < layers; ++i) packBlock(packer, "blocks." + std::to_string(i) + ".", out.blocks[i]);
  if (config.imageDim) packImageEmbedder(packer, embedder + "image_embedder.", out.image);
  if (config.hasControl()) packControl(packer, config.vaceLayers.size(), out.control);
}

tensor::LoadOptions loadOptions(const ComputeOptions& options, const tensor::Overlay& overlay) {
  tensor::LoadOptions loading;
  loading.dtype = options.dtype;
  loading.device = options.device;
  loading.keepF32 = transformerTensorStaysF32;
  loading.ignored = ignoredTransformerTensor;
  loading.overlay = overlay;
  loading.stop = options.stop;
  return loading;
}

/// The matrices of the blocks: nearly all of a model; what is outside them is small and sets the tone of everything.
Packing packing(const ComputeOptions& options) {
  return {options.packed, [](std::string_view name) { return name.find("blocks.") != name.npos; }};
}

}  // namespace

Result<TransformerWeights> TransformerWeights::load(const TransformerConfig& config, const tensor::WeightSource& source,
                                                    const ComputeOptions& options, const tensor::Overlay& overlay) {
  const std::vector<tensor::TensorSpec> table = transformerTable(config);
  const tensor::LoadOptions loading = loadOptions(options, overlay);
  if (auto fits = tensor::requireTable(source, table, loading.ignored, loading.stop); !fits) return fits.error();
  TransformerWeights out;
  WeightPacker packer(source, table, loading, packing(options));
  pack(packer, config, out);
  out.bytes = packer.bytes();
  return out;
}

std::vector<std::string> TransformerWeights::reload(const TransformerConfig& config, const tensor::WeightSource& source,
                                                    const ComputeOptions& options, const tensor::Overlay& overlay,
                                                    const std::set<std::string, std::less<>>& names) {
  const std::vector<tensor::TensorSpec> table = transformerTable(config);
  const tensor::LoadOptions loading = loadOptions(options, overlay);
  WeightPacker packer(source, table, loading, packing(options), &names);
  pack(packer, config, *this);
  return packer.names();
}

}  // namespace kinora::wan
