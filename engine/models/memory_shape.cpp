// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/memory_shape.h"

#include <filesystem>
#include <map>

#include "engine/models/config_reader.h"
#include "engine/weights/weight_source.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The config beside a part's weights, or an empty one.
class PartConfig {
 public:
  explicit PartConfig(const std::string& part) {
    const fs::path file = fs::path(part) / "config.json";
    std::error_code ignored;
    if (!part.empty() && fs::is_regular_file(file, ignored)) m_reader.emplace(file.string());
  }
  int number(const char* key, int otherwise) const {
    return m_reader ? static_cast<int>(m_reader->integerOr(key, 0, 1 << 24, otherwise)) : otherwise;
  }
  bool flag(const char* key, bool otherwise) const { return m_reader ? m_reader->flagOr(key, otherwise) : otherwise; }
  const json* list(const char* key) const {
    return m_reader && m_reader->has(key) && m_reader->root().at(key).is_array() ? &m_reader->root().at(key) : nullptr;
  }

 private:
  std::optional<ConfigReader> m_reader;
};

/// The type that most of a part's bytes are in; empty where the files cannot be read, which loading will say.
std::string storedType(const std::string& part) {
  const auto weights = weights::WeightSource::open(part);
  if (!weights) return {};
  std::map<std::string, std::uint64_t> bytes;
  for (const auto& [name, entry] : weights->entries()) bytes[entry.info->dtype] += entry.info->end - entry.info->begin;
  std::string most;
  for (const auto& [dtype, count] : bytes) {
    if (most.empty() || count > bytes[most]) most = dtype;
  }
  return most;
}

core::TextEncoderShape textShape(const std::string& part) {
  const PartConfig config(part);
  core::TextEncoderShape shape;
  shape.dim = config.number("d_model", 4096);
  shape.ffnDim = config.number("d_ff", 10240);
  shape.layers = config.number("num_layers", 24);
  shape.heads = config.number("num_heads", 64);
  shape.headDim = config.number("d_kv", 64);
  shape.stored = storedType(part);
  return shape;
}

core::ImageEncoderShape imageShape(const std::string& part) {
  const PartConfig config(part);
  core::ImageEncoderShape shape;
  shape.dim = config.number("hidden_size", 1280);
  shape.ffnDim = config.number("intermediate_size", 5120);
  shape.layers = config.number("num_hidden_layers", 32) - 1;
  const int side = config.number("image_size", 224) / std::max(1, config.number("patch_size", 14));
  shape.tokens = 1 + side * side;
  shape.stored = storedType(part);
  return shape;
}

core::VaeShape vaeShape(const std::string& part, int latentChannels) {
  const PartConfig config(part);
  const bool second = latentChannels == 48;  // the published VAE of Wan 2.2
  core::VaeShape shape;
  shape.encoderBase = config.number("base_dim", second ? 160 : 96);
  shape.decoderBase = config.number("decoder_base_dim", second && !config.list("dim_mult") ? 256 : shape.encoderBase);
  shape.latentChannels = latentChannels;
  shape.resBlocks = config.number("num_res_blocks", 2);
  shape.patch = config.number("patch_size", second && !config.list("dim_mult") ? 2 : 1);
  shape.residual = config.flag("is_residual", second && !config.list("dim_mult"));
  shape.dimMult = {1, 2, 4, 4};
  shape.temporalDownsample = {false, true, true};
  const auto isNumber = [](const json& value) { return value.is_number_integer() && value >= 1 && value <= 64; };
  if (const json* list = config.list("dim_mult"); list && std::all_of(list->begin(), list->end(), isNumber))
    shape.dimMult = list->get<std::vector<int>>();
  const auto isFlag = [](const json& value) { return value.is_boolean(); };
  if (const json* list = config.list("temperal_downsample"); list && std::all_of(list->begin(), list->end(), isFlag))
    shape.temporalDownsample = list->get<std::vector<bool>>();
  // What cannot be is not planned; loading says what is wrong with it.
  if (shape.temporalDownsample.size() + 1 != shape.dimMult.size()) shape.dimMult.clear();
  return shape;
}

}  // namespace

core::MemoryShape memoryShape(const core::ModelInfo& info) {
  constexpr int kHeadDim = 128;
  const PartConfig transformer(info.parts.transformer);
  core::MemoryShape shape;
  shape.heads = transformer.number("num_attention_heads", std::max(1, info.dim / kHeadDim));
  shape.inChannels = transformer.number("in_channels", info.latentChannels);
  if (const json* layers = transformer.list("vace_layers")) {
    shape.controlLayers = static_cast<int>(layers->size());
    shape.controlChannels = transformer.number("vace_in_channels", 96);
  }
  if (!info.parts.imageEncoder.empty()) {
    shape.imageDim = transformer.number("image_dim", 0);
    shape.image = imageShape(info.parts.imageEncoder);
  }
  shape.experts = info.parts.transformer2.empty() ? 1 : 2;
  shape.stored = storedType(info.parts.transformer);
  shape.text = textShape(info.parts.textEncoder);
  shape.vae = vaeShape(info.parts.vae, info.latentChannels);
  return shape;
}

}  // namespace kinora::models
