// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/config_from_weights.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "engine/wan/config_file.h"
#include "engine/wan/tensor_tables.h"
#include "engine/weights/wan_shapes.h"

namespace kinora::wan {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

// What shapes do not say (wan.md 1.1 and 5.1).
constexpr std::int64_t kHeadDim = 128;
constexpr std::int64_t kRopePositions = 1024;
constexpr std::int64_t kTextMaxDistance = 128;
constexpr std::int64_t kClipHeadDim = 80;  // of ViT-H/14

Error mismatch(const tensor::WeightSource& weights, std::string message) {
  return {ErrorCode::ModelMismatch, std::move(message), weights.path()};
}

/// config.json beside the weights if its key holds one of these words; "" otherwise: a folder of loose files may have
/// one of something else. Corrupt for one that cannot be read.
Result<std::string> configBeside(const tensor::WeightSource& weights, const char* key,
                                 std::initializer_list<const char*> words) {
  const std::string path = (std::filesystem::path(weights.path()).parent_path() / "config.json").string();
  auto file = ConfigFile::open(path);
  if (!file && file.error().code == ErrorCode::NotFound) return std::string();
  if (!file) return file.error();
  const std::string word = file->textOr(key, "");
  return std::find(words.begin(), words.end(), word) == words.end() ? std::string() : path;
}

/// The original layout's file: sizes must be those of the tensors.
Result<void> readOriginalConfig(const std::string& path, TransformerConfig& config) {
  auto opened = ConfigFile::open(path);
  if (!opened) return opened.error();
  ConfigFile& file = *opened;
  const std::pair<const char*, std::int64_t> sizes[] = {{"dim", config.dim()},           {"ffn_dim", config.ffnDim},
                                                        {"freq_dim", config.freqDim},    {"in_dim", config.inChannels},
                                                        {"out_dim", config.outChannels}, {"num_layers", config.layers}};
  for (const auto& [key, size] : sizes) {
    if (file.has(key) && file.integer(key) != size) {
      file.refuse(key, std::to_string(size) + ", as the tensors have", ErrorCode::ModelMismatch);
    }
  }
  const std::int64_t dim = config.dim();
  config.heads = file.integer("num_heads", 1, 4096);
  if (dim % config.heads != 0) file.refuse("num_heads", "a divisor of " + std::to_string(dim), ErrorCode::Corrupt);
  config.headDim = dim / config.heads;
  if (config.headDim % 2 != 0 || config.headDim < 6) {
    file.refuse("num_heads", "heads of an even width from 6", ErrorCode::Corrupt);
  }
  config.eps = file.optionalNumber("eps", 1e-12, 1e-2).value_or(config.eps);
  if (file.has("vace_layers")) {
    config.vaceLayers = file.integers("vace_layers", config.vaceLayers.size(), 0, config.layers - 1);
  }
  return file.status();
}

TransformerConfig fromShape(const weights::WanTransformerShape& shape) {
  TransformerConfig config;
  config.patch = shape.patch;
  config.heads = 1;  // until it is known how many
  config.headDim = shape.dim;
  config.inChannels = shape.inChannels;
  config.outChannels = shape.outChannels;
  config.layers = shape.layers;
  config.ffnDim = shape.ffnDim;
  config.freqDim = shape.freqDim;
  config.textDim = shape.textDim;
  config.ropePositions = kRopePositions;
  config.imageDim = shape.imageDim;
  config.addedKvDim = shape.addedKvDim;
  config.imagePositions = shape.imagePositions;
  config.vaceChannels = shape.vaceChannels;
  // Published models give a hint to every so many blocks, from the first on.
  for (std::int64_t i = 0; i < shape.vaceBlocks; ++i)
    config.vaceLayers.push_back(i * (shape.layers / shape.vaceBlocks));
  return config;
}

/// The whole number whose square this is; 0 if there is none.
std::int64_t squareRoot(std::int64_t square) {
  const auto root = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(square))));
  return square > 0 && root < ConfigFile::kMaxSize && root * root == square ? root : 0;
}

/// "" or what makes a VAE's sizes impossible.
std::string vaeProblem(const weights::WanVaeShape& shape) {
  if (shape.dimMult.size() < 2 || shape.temporalDownsample.size() + 1 != shape.dimMult.size()) return "stages";
  if (*std::min_element(shape.dimMult.begin(), shape.dimMult.end()) < 1) return "widths";
  if (shape.pixelChannels != 3 && shape.pixelChannels != 12) return "channels of the first convolution";
  return shape.resBlocks < 1 || shape.decoderBaseDim < 1 ? "blocks" : "";
}

}  // namespace

Result<TransformerConfig> transformerConfigOf(const tensor::WeightSource& weights) {
  const auto diffusers = configBeside(weights, "_class_name", {"WanTransformer3DModel", "WanVACETransformer3DModel"});
  if (!diffusers) return diffusers.error();
  if (!diffusers->empty()) {
    const auto config = readTransformerConfig(*diffusers);
    if (!config) return config.error();
    return withoutAbsentImageParts(*config, weights);
  }
  const auto shape = weights::wanTransformerShape(weights);
  if (!shape) return mismatch(weights, "not a Wan transformer; expected its tensors under a known naming");
  if (shape->ffnDim == 0 || shape->freqDim == 0 || shape->textDim == 0 || shape->outChannels == 0) {
    return mismatch(weights, "a Wan transformer without some of its tensors; the file is not whole");
  }
  TransformerConfig config = fromShape(*shape);
  const auto original = configBeside(weights, "_class_name", {"WanModel", "VaceWanModel"});
  if (!original) return original.error();
  if (!original->empty()) {
    if (const auto read = readOriginalConfig(*original, config); !read) return read.error();
    return config;
  }
  if (shape->dim % kHeadDim != 0) {
    return mismatch(weights, "number of heads; expected a width that is a multiple of 128, got " +
                                 std::to_string(shape->dim) + " (a config.json beside the file may say num_heads)");
  }
  config.heads = shape->dim / kHeadDim;
  config.headDim = kHeadDim;
  return config;
}

Result<VaeConfig> vaeConfigOf(const tensor::WeightSource& weights) {
  const auto diffusers = configBeside(weights, "_class_name", {"AutoencoderKLWan"});
  if (!diffusers) return diffusers.error();
  if (!diffusers->empty()) return readVaeConfig(*diffusers);
  const auto shape = weights::wanVaeShape(weights);
  if (!shape) return mismatch(weights, "not a Wan VAE; expected its tensors under a known naming");
  if (const std::string problem = vaeProblem(*shape); !problem.empty()) {
    return mismatch(weights, "a Wan VAE whose " + problem + " cannot be; the file is not whole");
  }
  VaeConfig config = shape->residual ? officialVae22Config() : officialVae21Config();
  if (static_cast<std::size_t>(shape->latentChannels) != config.latentMean.size()) {
    return mismatch(weights, "latent channels; expected " + std::to_string(config.latentMean.size()) + ", got " +
                                 std::to_string(shape->latentChannels) +
                                 " (a config.json beside the file may give latents_mean and latents_std)");
  }
  config.baseDim = shape->baseDim;
  config.decoderBaseDim = shape->decoderBaseDim;
  config.dimMult = shape->dimMult;
  config.resBlocks = shape->resBlocks;
  config.temporalDownsample = shape->temporalDownsample;
  config.patch = shape->pixelChannels == 12 ? 2 : 1;
  config.pixelChannels = shape->pixelChannels;
  return config;
}

Result<TextEncoderConfig> textEncoderConfigOf(const tensor::WeightSource& weights) {
  const auto transformers = configBeside(weights, "model_type", {"umt5"});
  if (!transformers) return transformers.error();
  if (!transformers->empty()) return readTextEncoderConfig(*transformers);
  const auto shape = weights::textEncoderShape(weights);
  if (!shape || shape->vocab == 0 || shape->heads == 0 || shape->innerDim % shape->heads != 0) {
    return mismatch(weights, "not a UMT5 text encoder; expected its tensors under a known naming");
  }
  if (!shape->biasInEveryLayer) {
    return mismatch(weights, "a T5 with one table of positions; expected a UMT5, which has one in every layer");
  }
  TextEncoderConfig config;
  config.vocab = shape->vocab;
  config.dim = shape->dim;
  config.layers = shape->layers;
  config.heads = shape->heads;
  config.headDim = shape->innerDim / shape->heads;
  config.ffnDim = shape->ffnDim;
  config.buckets = shape->buckets;
  config.maxDistance = kTextMaxDistance;
  return config;
}

Result<ClipVisionConfig> clipVisionConfigOf(const tensor::WeightSource& weights) {
  const auto transformers = configBeside(weights, "model_type", {"clip_vision_model"});
  if (!transformers) return transformers.error();
  if (!transformers->empty()) return readClipVisionConfig(*transformers);
  const auto shape = weights::imageEncoderShape(weights);
  if (!shape) return mismatch(weights, "not a CLIP vision tower; expected its tensors under a known naming");
  const std::int64_t side = squareRoot(shape->positions - 1);
  if (side == 0 || shape->patch < 1 || shape->layers < 2 || shape->mlpDim < 1) {
    return mismatch(weights, "a CLIP vision tower without some of its tensors; the file is not whole");
  }
  if (shape->dim % kClipHeadDim != 0) {
    return mismatch(weights, "number of heads; expected a width that is a multiple of 80, got " +
                                 std::to_string(shape->dim) + " (a config.json beside the file may say)");
  }
  ClipVisionConfig config;
  config.dim = shape->dim;
  config.ffnDim = shape->mlpDim;
  config.layers = shape->layers;
  config.heads = shape->dim / kClipHeadDim;
  config.patch = shape->patch;
  config.imageSize = side * shape->patch;
  return config;
}

}  // namespace kinora::wan
