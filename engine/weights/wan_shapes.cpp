// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/wan_shapes.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace kinora::weights {
namespace {

using Shape = std::vector<std::int64_t>;

/// Extent of an axis of a tensor; 0 where there is no such tensor or axis.
std::int64_t extent(const WeightSource& source, const std::string& name, std::size_t axis) {
  const auto* entry = source.find(name);
  return entry && axis < entry->info->shape.size() ? entry->info->shape[axis] : 0;
}

std::optional<std::int64_t> optionalExtent(const WeightSource& source, const std::string& name, std::size_t axis) {
  const std::int64_t value = extent(source, name, axis);
  return value > 0 ? std::optional(value) : std::nullopt;
}

/// How many of prefix0., prefix1., … there are from 0 on without a gap.
std::int64_t countNumbered(const WeightSource& source, std::string_view prefix) {
  std::set<std::int64_t> found;
  for (auto it = source.entries().lower_bound(prefix); it != source.entries().end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    const std::string_view rest = std::string_view(it->first).substr(prefix.size());
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc() && end != rest.data() + rest.size() && *end == '.') found.insert(number);
  }
  std::int64_t count = 0;
  while (found.contains(count)) ++count;
  return count;
}

bool hasPrefix(const WeightSource& source, const std::string& prefix) {
  const auto found = source.entries().lower_bound(prefix);
  return found != source.entries().end() && found->first.starts_with(prefix);
}

/// The names that differ between the two namings of a transformer.
struct TransformerNames {
  std::string_view naming;
  const char* marker;
  const char* head;
  const char* ffn;
  const char* time;
  const char* text;
  const char* image;
  const char* imageKey;
  const char* positions;
};
constexpr TransformerNames kTransformerNames[] = {
    {"original", "head.modulation", "head.head.weight", "blocks.0.ffn.0.weight", "time_embedding.0.weight",
     "text_embedding.0.weight", "img_emb.proj.0.weight", "blocks.0.cross_attn.k_img.weight", "img_emb.emb_pos"},
    {"diffusers", "condition_embedder.time_proj.weight", "proj_out.weight", "blocks.0.ffn.net.0.proj.weight",
     "condition_embedder.time_embedder.linear_1.weight", "condition_embedder.text_embedder.linear_1.weight",
     "condition_embedder.image_embedder.norm1.weight", "blocks.0.attn2.add_k_proj.weight",
     "condition_embedder.image_embedder.pos_embed"}};

struct VaeNames {
  std::string_view naming;
  const char* marker;
  const char* encoderIn;
  const char* decoderIn;
  const char* decoderNorm;
  std::string stages;     ///< of the encoder
  std::string blocks;     ///< residual form: of a stage
  const char* blockConv;  ///< of a residual block
};
const VaeNames kVaeNames[] = {
    {"original", "decoder.middle.0.residual.0.gamma", "encoder.conv1.weight", "decoder.conv1.weight",
     "decoder.head.0.gamma", "encoder.downsamples.", "downsamples.", "residual.6.weight"},
    {"diffusers", "decoder.mid_block.resnets.0.norm1.gamma", "encoder.conv_in.weight", "decoder.conv_in.weight",
     "decoder.norm_out.gamma", "encoder.down_blocks.", "resnets.", "conv2.weight"}};

/// Stages of the residual form carry their number.
void readResidualStages(const WeightSource& source, const VaeNames& names, WanVaeShape& shape) {
  const std::int64_t stages = countNumbered(source, names.stages);
  for (std::int64_t i = 0; i < stages; ++i) {
    const std::string stage = names.stages + std::to_string(i) + ".";
    const std::string blocks = stage + names.blocks;
    std::int64_t count = 0;
    while (source.find(blocks + std::to_string(count) + "." + names.blockConv)) ++count;
    if (i == 0) shape.resBlocks = count;
    shape.dimMult.push_back(extent(source, blocks + "0." + names.blockConv, 0) / shape.baseDim);
    const std::string sampler =
        names.naming == "original" ? blocks + std::to_string(count) + "." : stage + "downsampler.";
    if (i + 1 < stages) shape.temporalDownsample.push_back(source.find(sampler + "time_conv.weight") != nullptr);
  }
}

/// The flat form numbers blocks and down-samplers in one row; a down-sampler ends a stage.
void readFlatStages(const WeightSource& source, const VaeNames& names, WanVaeShape& shape) {
  const std::int64_t parts = countNumbered(source, names.stages);
  std::int64_t blocks = 0;
  std::int64_t width = 0;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::string part = names.stages + std::to_string(i) + ".";
    if (source.find(part + names.blockConv)) {
      ++blocks;
      width = extent(source, part + names.blockConv, 0);
    }
    const bool sampler = source.find(part + "resample.1.weight") != nullptr;
    if (!sampler && i + 1 < parts) continue;
    if (shape.dimMult.empty()) shape.resBlocks = blocks;
    shape.dimMult.push_back(width / shape.baseDim);
    if (sampler) shape.temporalDownsample.push_back(source.find(part + "time_conv.weight") != nullptr);
  }
}

struct TextNames {
  std::string_view naming;
  std::vector<const char*> embeddings;
  std::string blocks;
  const char* query;
  const char* feed;
  const char* bias;
};
const TextNames kTextNames[] = {
    {"original",
     {"token_embedding.weight"},
     "blocks.",
     "attn.q.weight",
     "ffn.fc1.weight",
     "pos_embedding.embedding.weight"},
    {"transformers",
     {"shared.weight", "encoder.embed_tokens.weight"},
     "encoder.block.",
     "layer.0.SelfAttention.q.weight",
     "layer.1.DenseReluDense.wi_1.weight",
     "layer.0.SelfAttention.relative_attention_bias.weight"},
    {"llama.cpp", {"token_embd.weight"}, "enc.blk.", "attn_q.weight", "ffn_up.weight", "attn_rel_b.weight"}};

struct ImageNames {
  std::string_view naming;
  const char* patch;
  const char* positions;
  std::size_t positionAxis;
  const char* layers;
  const char* mlp;
};
constexpr ImageNames kImageNames[] = {
    {"original", "visual.patch_embedding.weight", "visual.pos_embedding", 1, "visual.transformer.", "0.mlp.0.weight"},
    {"transformers", "vision_model.embeddings.patch_embedding.weight",
     "vision_model.embeddings.position_embedding.weight", 0, "vision_model.encoder.layers.", "0.mlp.fc1.weight"},
    {"transformers", "embeddings.patch_embedding.weight", "embeddings.position_embedding.weight", 0, "encoder.layers.",
     "0.mlp.fc1.weight"}};

}  // namespace

std::optional<WanTransformerShape> wanTransformerShape(const WeightSource& source) {
  for (const TransformerNames& names : kTransformerNames) {
    const auto* patch = source.find("patch_embedding.weight");
    if (!source.find(names.marker) || !patch || patch->info->shape.size() != 5) continue;
    const Shape& kernel = patch->info->shape;
    WanTransformerShape shape;
    shape.naming = names.naming;
    shape.dim = kernel[0];
    shape.inChannels = kernel[1];
    shape.patch = {kernel[2], kernel[3], kernel[4]};
    const std::int64_t volume = kernel[2] * kernel[3] * kernel[4];
    shape.outChannels = volume > 0 ? extent(source, names.head, 0) / volume : 0;
    shape.ffnDim = extent(source, names.ffn, 0);
    shape.freqDim = extent(source, names.time, 1);
    shape.textDim = extent(source, names.text, 1);
    shape.layers = countNumbered(source, "blocks.");
    shape.imageDim = optionalExtent(source, names.image, 0);
    shape.addedKvDim = optionalExtent(source, names.imageKey, 1);
    shape.imagePositions = optionalExtent(source, names.positions, 1);
    shape.vaceBlocks = countNumbered(source, "vace_blocks.");
    shape.vaceChannels = extent(source, "vace_patch_embedding.weight", 1);
    return shape;
  }
  return std::nullopt;
}

std::optional<WanVaeShape> wanVaeShape(const WeightSource& source) {
  for (const VaeNames& names : kVaeNames) {
    const std::int64_t base = extent(source, names.encoderIn, 0);
    if (!source.find(names.marker) || base == 0) continue;
    WanVaeShape shape;
    shape.naming = names.naming;
    shape.baseDim = base;
    shape.pixelChannels = extent(source, names.encoderIn, 1);
    shape.decoderBaseDim = extent(source, names.decoderNorm, 0);
    shape.latentChannels = extent(source, names.decoderIn, 1);
    shape.residual = hasPrefix(source, names.stages + "0." + names.blocks);
    shape.residual ? readResidualStages(source, names, shape) : readFlatStages(source, names, shape);
    return shape;
  }
  return std::nullopt;
}

std::optional<TextEncoderShape> textEncoderShape(const WeightSource& source) {
  for (const TextNames& names : kTextNames) {
    const auto first = [&](const char* part) { return names.blocks + "0." + part; };
    if (!source.find(first(names.query)) || !source.find(first(names.feed))) continue;
    TextEncoderShape shape;
    shape.naming = names.naming;
    for (const char* embedding : names.embeddings) {
      if (shape.vocab > 0) continue;
      shape.vocab = extent(source, embedding, 0);
    }
    shape.innerDim = extent(source, first(names.query), 0);
    shape.dim = extent(source, first(names.query), 1);
    shape.ffnDim = extent(source, first(names.feed), 0);
    shape.layers = countNumbered(source, names.blocks);
    shape.buckets = extent(source, first(names.bias), 0);
    shape.heads = extent(source, first(names.bias), 1);
    shape.biasInEveryLayer = source.find(names.blocks + "1." + names.bias) != nullptr;
    return shape;
  }
  return std::nullopt;
}

std::optional<ImageEncoderShape> imageEncoderShape(const WeightSource& source) {
  for (const ImageNames& names : kImageNames) {
    if (!source.find(names.patch)) continue;
    ImageEncoderShape shape;
    shape.naming = names.naming;
    shape.dim = extent(source, names.patch, 0);
    shape.patch = extent(source, names.patch, 3);
    shape.positions = extent(source, names.positions, names.positionAxis);
    shape.layers = countNumbered(source, names.layers);
    shape.mlpDim = extent(source, names.layers + std::string(names.mlp), 0);
    return shape;
  }
  return std::nullopt;
}

std::optional<TinyDecoderShape> tinyDecoderShape(const WeightSource& source) {
  const auto* first = source.find("decoder.1.weight");
  if (!first || first->info->shape.size() != 4 || !source.find("decoder.3.conv.0.weight")) return std::nullopt;
  return TinyDecoderShape{first->info->shape[1], first->info->shape[0]};
}

}  // namespace kinora::weights
