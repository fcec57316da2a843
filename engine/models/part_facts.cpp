// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/part_facts.h"

#include <algorithm>
#include <filesystem>

#include "engine/models/config_reader.h"
#include "engine/weights/wan_shapes.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using nlohmann::json;
using weights::WeightSource;

/// Largest extent that can be a size of a network; more is refused as what it is.
constexpr std::int64_t kMost = 1 << 20;

bool isFolder(const std::string& part) {
  std::error_code ignored;
  return fs::is_directory(part, ignored);
}

std::string configOf(const std::string& folder) {
  return (fs::path(folder) / "config.json").string();
}

WeightSource opened(const std::string& file) {
  auto source = WeightSource::open(file);
  if (!source) throw ConfigError{source.error()};
  return std::move(source).value();
}

[[noreturn]] void refuse(const WeightSource& source, const char* what) {
  throw ConfigError{{ErrorCode::ModelMismatch, what, source.path()}};
}

int size(std::int64_t extent) {
  return static_cast<int>(std::clamp<std::int64_t>(extent, 0, kMost));
}

TransformerFacts transformerOfConfig(const ConfigReader& config) {
  TransformerFacts facts;
  facts.className = config.textOr("_class_name", "");
  facts.inChannels = static_cast<int>(config.integer("in_channels", 1, 4096));
  facts.outChannels = static_cast<int>(config.integerOr("out_channels", 1, 4096, facts.inChannels));
  const auto heads = config.integer("num_attention_heads", 1, 1024);
  facts.dim = static_cast<int>(heads * config.integer("attention_head_dim", 2, 1024));
  facts.freqDim = static_cast<int>(config.integerOr("freq_dim", 2, 8192, 256));
  const auto patch = config.root().find("patch_size");
  if (patch != config.root().end() && *patch != json::array({1, 2, 2}))
    throw ConfigError{{ErrorCode::Unsupported, "patch_size; expected [1,2,2]", config.file()}};
  facts.layers = static_cast<int>(config.integer("num_layers", 1, 1000));
  facts.ffnDim = static_cast<int>(config.integer("ffn_dim", 1, kMost));
  facts.textDim = static_cast<int>(config.integerOr("text_dim", 1, kMost, 4096));
  facts.imageDim = static_cast<int>(config.integerOr("image_dim", 1, kMost, 0));
  facts.imagePositions = static_cast<int>(config.integerOr("pos_embed_seq_len", 1, kMost, 0));
  const auto layers = config.root().find("vace_layers");
  if (layers != config.root().end() && layers->is_array()) facts.vaceLayers = size(std::ssize(*layers));
  facts.vaceChannels = static_cast<int>(config.integerOr("vace_in_channels", 1, 4096, 96));
  return facts;
}

TransformerFacts transformerOfWeights(const WeightSource& source) {
  const auto shape = weights::wanTransformerShape(source);
  if (!shape) refuse(source, "not a Wan transformer; expected its tensors under a known naming");
  if (shape->patch != std::array<std::int64_t, 3>{1, 2, 2})
    throw ConfigError{{ErrorCode::Unsupported, "patches; expected [1,2,2]", source.path()}};
  TransformerFacts facts;
  facts.className = shape->vaceBlocks > 0 ? "WanVACETransformer3DModel" : "WanTransformer3DModel";
  facts.inChannels = size(shape->inChannels);
  facts.outChannels = size(shape->outChannels);
  facts.dim = size(shape->dim);
  facts.layers = size(shape->layers);
  facts.ffnDim = size(shape->ffnDim);
  facts.textDim = size(shape->textDim);
  facts.freqDim = size(shape->freqDim);
  facts.imageDim = size(shape->imageDim.value_or(0));
  facts.imagePositions = size(shape->imagePositions.value_or(0));
  facts.vaceLayers = size(shape->vaceBlocks);
  facts.vaceChannels = size(shape->vaceChannels);
  return facts;
}

VaeFacts vaeOfConfig(const ConfigReader& config) {
  VaeFacts facts;
  facts.latentChannels = static_cast<int>(config.integerOr("z_dim", 1, 1024, 16));
  facts.residual = config.flagOr("is_residual", false);
  const auto base = config.integerOr("base_dim", 1, 8192, 96);
  facts.decoderBaseDim = static_cast<int>(config.integerOr("decoder_base_dim", 1, 8192, base));
  const auto patch = static_cast<int>(config.integerOr("patch_size", 1, 16, 1));
  int levels = 4;
  if (config.has("dim_mult")) {
    const json& mult = config.root().at("dim_mult");
    if (!mult.is_array() || mult.empty() || mult.size() > 8) config.fail("dim_mult", "1…8 numbers");
    levels = static_cast<int>(mult.size());
  }
  int halvings = 2;
  if (config.has("temperal_downsample")) {
    const json& list = config.root().at("temperal_downsample");
    if (!list.is_array() || list.size() > 8) config.fail("temperal_downsample", "up to 8 times true or false");
    halvings = 0;
    for (const json& entry : list) {
      if (!entry.is_boolean()) config.fail("temperal_downsample", "up to 8 times true or false");
      halvings += entry.get<bool>() ? 1 : 0;
    }
  }
  facts.spatialStride = patch << (levels - 1);
  facts.temporalStride = 1 << halvings;
  return facts;
}

VaeFacts vaeOfWeights(const WeightSource& source) {
  const auto shape = weights::wanVaeShape(source);
  if (!shape) refuse(source, "not a Wan VAE; expected its tensors under a known naming");
  const std::size_t levels = shape->dimMult.size();
  if (levels < 1 || levels > 8 || shape->temporalDownsample.size() > 8)
    refuse(source, "a Wan VAE without some of its tensors; the file is not whole");
  VaeFacts facts;
  facts.latentChannels = size(shape->latentChannels);
  facts.residual = shape->residual;
  facts.decoderBaseDim = size(shape->decoderBaseDim);
  facts.spatialStride = (shape->pixelChannels == 12 ? 2 : 1) << (levels - 1);
  facts.temporalStride = 1 << std::count(shape->temporalDownsample.begin(), shape->temporalDownsample.end(), true);
  return facts;
}

}  // namespace

TransformerFacts transformerFacts(const std::string& part) {
  return isFolder(part) ? transformerOfConfig(ConfigReader(configOf(part))) : transformerOfWeights(opened(part));
}

VaeFacts vaeFacts(const std::string& part) {
  return isFolder(part) ? vaeOfConfig(ConfigReader(configOf(part))) : vaeOfWeights(opened(part));
}

std::uint64_t parameterCount(const TransformerFacts& facts) {
  const auto of = [](int value) { return static_cast<std::uint64_t>(value); };
  const std::uint64_t d = of(facts.dim);
  const std::uint64_t ffn = of(facts.ffnDim);
  const std::uint64_t block = 8 * d * d + 2 * d * ffn + ffn + 21 * d;
  const std::uint64_t patch = 4 * of(facts.inChannels) * d + d;
  const std::uint64_t text = of(facts.textDim) * d + d + d * d + d;
  const std::uint64_t time = of(facts.freqDim) * d + d + d * d + d + 6 * (d * d + d);
  const std::uint64_t head = 2 * d + 4 * of(facts.outChannels) * d + 4 * of(facts.outChannels);
  std::uint64_t count = of(facts.layers) * block + patch + text + time + head;
  if (facts.imageDim > 0) {  // keys and values of picture tokens in every block, and their embedder
    const std::uint64_t image = of(facts.imageDim);
    count += of(facts.layers) * (2 * (d * d + d) + d);
    count += 2 * image + image * image + image + image * d + d + 2 * d + of(facts.imagePositions) * image;
  }
  if (facts.vaceLayers > 0) {  // the control branch's own blocks and projections
    count += of(facts.vaceLayers) * (block + d * d + d) + d * d + d + 4 * of(facts.vaceChannels) * d + d;
  }
  return count;
}

}  // namespace kinora::models
