// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/transformer_weights.h"

#include <string>

#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/weight_packer.h"

namespace kinora::wan {
namespace {

using core::Result;

// How block names begin.
constexpr const char* kMainStack = "blocks.";
constexpr const char* kControlStack = "vace_blocks.";

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

std::string blockName(const char* stack, std::size_t index) {
  return stack + std::to_string(index) + ".";
}

/// Those that stay in memory.
void packBlocks(WeightPacker& packer, const char* stack, BlockSource& out) {
  for (std::size_t i = 0; !out.streamed() && i < out.size(); ++i)
    packBlock(packer, blockName(stack, i), out.resident(i));
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
  packer.modulation(out.modulation, kControlStack, layers);
  packBlocks(packer, kControlStack, out.blocks);
  out.hints.resize(layers);
  for (std::size_t i = 0; i < layers; ++i) packer.linear(out.hints[i], blockName(kControlStack, i) + "proj_out");
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
  packer.modulation(out.modulation, kMainStack, layers);
  packer.headModulation(out.headModulation, "scale_shift_table");
  packer.linear(out.head, "proj_out");
  packBlocks(packer, kMainStack, out.blocks);
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

/// A stack of blocks that are loaded when they are used.
BlockSource streamedBlocks(const char* stack, std::size_t count, const std::vector<tensor::TensorSpec>& table,
                           const tensor::WeightSource& source, tensor::LoadOptions loading, const Packing& packed) {
  const c10::Device device = tensor::atDevice(loading.device);
  loading.device = {};
  loading.stop = {};
  loading.copied = true;
  const auto load = [stack, table, source, loading, packed](std::size_t index) {
    BlockWeights block;
    WeightPacker packer(source, table, loading, packed);
    packBlock(packer, blockName(stack, index), block);
    return block;
  };
  return {count, load, device};
}

/// Both stacks, still empty.
void makeStacks(TransformerWeights& out, bool streamed, const TransformerConfig& config,
                const std::vector<tensor::TensorSpec>& table, const tensor::WeightSource& source,
                const tensor::LoadOptions& loading, const Packing& packed) {
  const auto make = [&](const char* stack, std::size_t count) {
    return streamed ? streamedBlocks(stack, count, table, source, loading, packed)
                    : BlockSource(std::vector<BlockWeights>(count));
  };
  out.blocks = make(kMainStack, static_cast<std::size_t>(config.layers));
  if (config.hasControl()) out.control.blocks = make(kControlStack, config.vaceLayers.size());
}

}  // namespace

Result<TransformerWeights> TransformerWeights::load(const TransformerConfig& config, const tensor::WeightSource& source,
                                                    const ComputeOptions& options, const tensor::Overlay& overlay,
                                                    bool streamed) {
  const std::vector<tensor::TensorSpec> table = transformerTable(config);
  const tensor::LoadOptions loading = loadOptions(options, overlay);
  if (auto fits = tensor::requireTable(source, table, loading.ignored, loading.stop); !fits) return fits.error();
  TransformerWeights out;
  makeStacks(out, streamed, config, table, source, loading, packing(options));
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
  if (blocks.streamed()) makeStacks(*this, true, config, table, source, loading, packing(options));
  WeightPacker packer(source, table, loading, packing(options), &names);
  pack(packer, config, *this);
  return packer.names();
}

}  // namespace kinora::wan
