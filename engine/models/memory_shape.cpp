// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/memory_shape.h"

#include <filesystem>

#include "engine/models/config_reader.h"
#include "engine/models/weight_files.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;

int bounded(const ConfigReader& config, const char* key, int otherwise) {
  return static_cast<int>(config.integerOr(key, 1, 1 << 24, otherwise));
}

void readText(const ConfigReader& config, core::MemoryShape& shape) {
  shape.textDim = bounded(config, "d_model", 4096);
  shape.textFfn = bounded(config, "d_ff", 10240);
  shape.textHeads = bounded(config, "num_heads", 64);
  shape.textLayers = bounded(config, "num_layers", 24);
  shape.textInner = shape.textHeads * bounded(config, "d_kv", 64);
  shape.embedding = static_cast<double>(bounded(config, "vocab_size", 256384)) * shape.textDim;
  const double buckets = bounded(config, "relative_attention_num_buckets", 32);
  const double layer = 4.0 * shape.textDim * shape.textInner + 3.0 * shape.textDim * shape.textFfn +
                       2.0 * shape.textDim + buckets * shape.textHeads;
  shape.text.parameters = shape.embedding + shape.textLayers * layer + shape.textDim;
}

void readVae(const ConfigReader& config, core::VaeShape& vae) {
  vae.encoderBase = bounded(config, "base_dim", 96);
  vae.decoderBase = bounded(config, "decoder_base_dim", vae.encoderBase);
  vae.latentChannels = bounded(config, "z_dim", 16);
  vae.resBlocks = bounded(config, "num_res_blocks", 2);
  vae.patch = bounded(config, "patch_size", 1);
  vae.residual = config.flagOr("is_residual", false);
  vae.dimMult = {1, 2, 4, 4};
  vae.temporalDownsample = {false, true, true};
  // Checked in kind by describe; here also in number.
  if (config.has("dim_mult")) vae.dimMult = config.root().at("dim_mult").get<std::vector<int>>();
  if (config.has("temperal_downsample")) {
    vae.temporalDownsample = config.root().at("temperal_downsample").get<std::vector<bool>>();
  }
  if (vae.temporalDownsample.size() + 1 != vae.dimMult.size()) config.fail("temperal_downsample", "one entry less than dim_mult");
}

}  // namespace

core::MemoryShape memoryShape(const core::ModelInfo& info) {
  const auto config = [](const std::string& part) { return (fs::path(part) / "config.json").string(); };
  core::MemoryShape shape;
  for (const std::string& part : {info.parts.transformer, info.parts.textEncoder, info.parts.vae}) {
    std::error_code ignored;
    if (!fs::exists(config(part), ignored)) return {};
  }
  readText(ConfigReader(config(info.parts.textEncoder)), shape);
  readVae(ConfigReader(config(info.parts.vae)), shape.vae);
  const ConfigReader transformer(config(info.parts.transformer));
  shape.heads = bounded(transformer, "num_attention_heads", 1);
  shape.dim = info.dim;
  shape.ffnDim = info.ffnDim;
  shape.layers = info.layers;
  shape.experts = info.parts.transformer2.empty() ? 1 : 2;
  shape.transformer = {static_cast<double>(info.parameters), static_cast<double>(weightBytes(info.parts.transformer))};
  shape.text.bytes = static_cast<double>(weightBytes(info.parts.textEncoder));
  return shape;
}

}  // namespace kinora::models
