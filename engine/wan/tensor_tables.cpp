// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tensor_tables.h"

#include <string>

namespace kinora::wan {
namespace {

using tensor::TensorSpec;
using Shape = std::vector<std::int64_t>;

constexpr const char* kImageNorm = "condition_embedder.image_embedder.norm1.weight";
constexpr const char* kImageNormAlias = "img_emb.proj.0.weight";

/// Collects lines; a line's alias has the same suffix as its name.
class Table {
 public:
  void add(const std::string& name, const std::string& alias, Shape shape) {
    lines.push_back({name, std::move(shape), {alias}});
  }
  /// weight and bias of a linear, a norm or a convolution.
  void pair(const std::string& name, const std::string& alias, const Shape& weight) {
    add(name + ".weight", alias + ".weight", weight);
    add(name + ".bias", alias + ".bias", {weight.front()});
  }

  std::vector<TensorSpec> lines;
};

void addAttention(Table& table, const std::string& name, const std::string& alias, std::int64_t dim) {
  table.pair(name + ".to_q", alias + ".q", {dim, dim});
  table.pair(name + ".to_k", alias + ".k", {dim, dim});
  table.pair(name + ".to_v", alias + ".v", {dim, dim});
  table.pair(name + ".to_out.0", alias + ".o", {dim, dim});
  table.add(name + ".norm_q.weight", alias + ".norm_q.weight", {dim});
  table.add(name + ".norm_k.weight", alias + ".norm_k.weight", {dim});
}

/// block is the prefix of its names, "blocks.7."; both namings have the same.
void addBlock(Table& table, const TransformerConfig& config, const std::string& block) {
  const std::int64_t dim = config.dim();
  table.add(block + "scale_shift_table", block + "modulation", {1, 6, dim});
  addAttention(table, block + "attn1", block + "self_attn", dim);
  addAttention(table, block + "attn2", block + "cross_attn", dim);
  if (config.addedKvDim) {
    table.pair(block + "attn2.add_k_proj", block + "cross_attn.k_img", {dim, *config.addedKvDim});
    table.pair(block + "attn2.add_v_proj", block + "cross_attn.v_img", {dim, *config.addedKvDim});
    table.add(block + "attn2.norm_added_k.weight", block + "cross_attn.norm_k_img.weight", {dim});
  }
  // The original numbers the norms otherwise: its norm3 is the one before cross-attention.
  table.pair(block + "norm2", block + "norm3", {dim});
  table.pair(block + "ffn.net.0.proj", block + "ffn.0", {config.ffnDim, dim});
  table.pair(block + "ffn.net.2", block + "ffn.2", {dim, config.ffnDim});
}

/// The control branch: blocks as in the main branch, each with a projection behind it, the first also with one in
/// front.
void addControl(Table& table, const TransformerConfig& config) {
  const std::int64_t dim = config.dim();
  const std::string patch = "vace_patch_embedding";
  table.pair(patch, patch, {dim, config.vaceChannels, config.patch[0], config.patch[1], config.patch[2]});
  for (std::size_t i = 0; i < config.vaceLayers.size(); ++i) {
    const std::string block = "vace_blocks." + std::to_string(i) + ".";
    if (i == 0) table.pair(block + "proj_in", block + "before_proj", {dim, dim});
    addBlock(table, config, block);
    table.pair(block + "proj_out", block + "after_proj", {dim, dim});
  }
}

void addImageEmbedder(Table& table, const TransformerConfig& config) {
  const std::string name = "condition_embedder.image_embedder.";
  const std::int64_t width = *config.imageDim;
  table.pair(name + "norm1", "img_emb.proj.0", {width});
  table.pair(name + "ff.net.0.proj", "img_emb.proj.1", {width, width});
  table.pair(name + "ff.net.2", "img_emb.proj.3", {config.dim(), width});
  table.pair(name + "norm2", "img_emb.proj.4", {config.dim()});
  if (config.imagePositions) {
    table.add(name + "pos_embed", "img_emb.emb_pos", {1, *config.imagePositions, width});
  }
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

std::vector<TensorSpec> transformerTable(const TransformerConfig& config) {
  Table table;
  const std::int64_t dim = config.dim();
  const std::string embedder = "condition_embedder.";
  table.pair("patch_embedding", "patch_embedding",
             {dim, config.inChannels, config.patch[0], config.patch[1], config.patch[2]});
  table.pair(embedder + "text_embedder.linear_1", "text_embedding.0", {dim, config.textDim});
  table.pair(embedder + "text_embedder.linear_2", "text_embedding.2", {dim, dim});
  table.pair(embedder + "time_embedder.linear_1", "time_embedding.0", {dim, config.freqDim});
  table.pair(embedder + "time_embedder.linear_2", "time_embedding.2", {dim, dim});
  table.pair(embedder + "time_proj", "time_projection.1", {6 * dim, dim});
  if (config.imageDim) addImageEmbedder(table, config);
  for (std::int64_t i = 0; i < config.layers; ++i) addBlock(table, config, "blocks." + std::to_string(i) + ".");
  if (config.hasControl()) addControl(table, config);
  table.add("scale_shift_table", "head.modulation", {1, 2, dim});
  table.pair("proj_out", "head.head", {config.patchVolume() * config.outChannels, dim});
  return std::move(table.lines);
}

std::vector<TensorSpec> textEncoderTable(const TextEncoderConfig& config) {
  std::vector<TensorSpec> lines;
  // Names of transformers, of the original file, and of llama.cpp's GGUF files.
  const auto add = [&](const std::string& name, const std::string& original, const std::string& llama, Shape shape) {
    lines.push_back({name + ".weight", std::move(shape), {original + ".weight", llama + ".weight"}});
  };
  const Shape inward{config.innerDim(), config.dim};
  const Shape wide{config.ffnDim, config.dim};
  add("shared", "token_embedding", "token_embd", {config.vocab, config.dim});
  lines.back().aliases.push_back("encoder.embed_tokens.weight");
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string block = "encoder.block." + std::to_string(i) + ".layer.";
    const std::string original = "blocks." + std::to_string(i) + ".";
    const std::string llama = "enc.blk." + std::to_string(i) + ".";
    const std::string attention = block + "0.SelfAttention.";
    const std::string feedForward = block + "1.DenseReluDense.";
    add(block + "0.layer_norm", original + "norm1", llama + "attn_norm", {config.dim});
    for (const char* part : {"q", "k", "v"}) {
      add(attention + part, original + "attn." + part, llama + "attn_" + part, inward);
    }
    add(attention + "o", original + "attn.o", llama + "attn_o", {config.dim, config.innerDim()});
    add(attention + "relative_attention_bias", original + "pos_embedding.embedding", llama + "attn_rel_b",
        {config.buckets, config.heads});
    add(block + "1.layer_norm", original + "norm2", llama + "ffn_norm", {config.dim});
    add(feedForward + "wi_0", original + "ffn.gate.0", llama + "ffn_gate", wide);
    add(feedForward + "wi_1", original + "ffn.fc1", llama + "ffn_up", wide);
    add(feedForward + "wo", original + "ffn.fc2", llama + "ffn_down", {config.dim, config.ffnDim});
  }
  add("encoder.final_layer_norm", "norm", "enc.output_norm", {config.dim});
  return lines;
}

bool ignoredTransformerTensor(std::string_view name) {
  return contains(name, "norm_added_q");
}

bool ignoredTextEncoderTensor(std::string_view name) {
  // A second copy of shared.weight that some exports write, and the vocabulary in ComfyUI's files.
  return name == "encoder.embed_tokens.weight" || name == "spiece_model";
}

bool transformerTensorStaysF32(std::string_view name) {
  return contains(name, "norm") || contains(name, "scale_shift_table") || contains(name, "time_embedder") ||
         contains(name, "time_proj");
}

bool textEncoderTensorStaysF32(std::string_view name) {
  return contains(name, "norm") || contains(name, "relative_attention_bias");
}

TransformerConfig withoutAbsentImageParts(TransformerConfig config, const tensor::WeightSource& weights) {
  if (!weights.find(kImageNorm) && !weights.find(kImageNormAlias)) {
    config.imageDim.reset();
    config.addedKvDim.reset();
    config.imagePositions.reset();
  }
  return config;
}

}  // namespace kinora::wan
