// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/model_configs.h"

#include <filesystem>

#include "engine/tensor/weight_source.h"
#include "engine/wan/config_from_weights.h"
#include "engine/wan/model_manifest.h"

namespace kinora::pipeline {
namespace {

using tensor::WeightSource;

core::Error apart(const std::string& where, const std::string& what, std::int64_t expected, std::int64_t got) {
  return {core::ErrorCode::ModelMismatch,
          what + "; expected " + std::to_string(expected) + ", got " + std::to_string(got), where};
}

/// Parts of different models are told apart here, before gigabytes are read.
core::Result<void> checkTogether(const WanConfigs& configs, const std::string& where) {
  const wan::TransformerConfig& t = configs.transformer;
  const wan::VaeConfig& vae = configs.vae;
  if (t.outChannels != vae.latentChannels) {
    return apart(where, "transformer and VAE do not belong together: latent channels of the VAE", t.outChannels,
                 vae.latentChannels);
  }
  const std::int64_t withPicture = 2 * vae.latentChannels + vae.temporalStride();
  if (configs.takesChannels() && t.inChannels != withPicture) {
    return apart(where, "the transformer's channels are neither those of latents nor of mask and picture besides",
                 withPicture, t.inChannels);
  }
  const std::int64_t control = 2 * vae.latentChannels + vae.spatialStride() * vae.spatialStride();
  if (t.hasControl() && t.vaceChannels != control)
    return apart(where, "the control branch does not fit the VAE: its channels", control, t.vaceChannels);
  if (t.textDim != configs.textEncoder.dim) {
    return apart(where, "transformer and text encoder do not belong together: width of the text", t.textDim,
                 configs.textEncoder.dim);
  }
  if (configs.clip && t.imageDim && *t.imageDim != configs.clip->dim) {
    return apart(where, "transformer and image encoder do not belong together: width of its states", *t.imageDim,
                 configs.clip->dim);
  }
  return {};
}

/// model_index.json with the scheduler it names, where the model came with them.
core::Result<wan::ModelIndex> readIndex(const core::ModelInfo& model) {
  const std::string path = model.directory + "/model_index.json";
  auto index = wan::readModelIndex(path);
  if (index) {
    // What a run samples with stands in the request; a scheduler that we cannot reproduce is refused all the same.
    const auto scheduler = wan::readSchedulerConfig(model.directory + "/scheduler/scheduler_config.json");
    if (!scheduler) return scheduler.error();
    return index;
  }
  const auto published = wan::publishedIndex(model.architecture);
  if (index.error().code != core::ErrorCode::NotFound || !published) return index.error();
  return *published;
}

/// What kinora.json says, of the model or where one is registered that lies elsewhere.
core::Result<bool> readDrawsFirstFrame(const core::ModelInfo& model, const wan::ModelIndex& index) {
  bool draws = false;
  for (const std::string& folder : {model.directory, model.registered}) {
    if (folder.empty()) continue;
    const auto said = wan::readDrawsFirstFrame(folder + "/kinora.json");
    if (!said) return said.error();
    draws = said->value_or(draws);
  }
  if (draws && !index.expandTimesteps) {
    return core::Error{
        core::ErrorCode::ModelMismatch,
        "draws_first_frame; expected a TI2V model (expand_timesteps), which can begin with a frame, got " +
            index.pipelineClass + " without that",
        model.directory};
  }
  return draws;
}

template <class Config>
core::Result<void> readConfig(const std::string& part, core::Result<Config> (*configOf)(const WeightSource&),
                              Config& config) {
  const auto weights = WeightSource::open(part);
  if (!weights) return weights.error();
  auto read = configOf(*weights);
  if (!read) return read.error();
  config = std::move(read).value();
  return {};
}

}  // namespace

core::ModelParts partsOf(const core::ModelInfo& model) {
  if (!model.parts.transformer.empty()) return model.parts;
  const auto folder = [&](const char* name) { return model.directory + "/" + name; };
  core::ModelParts parts{folder("transformer"), {}, folder("vae"), folder("text_encoder"), folder("tokenizer"), {}, {}};
  const auto index = wan::readModelIndex(folder("model_index.json"));
  if (index && index->hasTransformer2) parts.transformer2 = folder("transformer_2");
  if (index && index->hasImageEncoder) parts.imageEncoder = folder("image_encoder");
  return parts;
}

core::Result<WanConfigs> readWanConfigs(const core::ModelInfo& model) {
  const core::ModelParts parts = partsOf(model);
  WanConfigs configs;
  auto index = readIndex(model);
  if (!index) return index.error();
  configs.index = *index;
  const auto draws = readDrawsFirstFrame(model, *index);
  if (!draws) return draws.error();
  configs.drawsFirstFrame = *draws;
  if (auto read = readConfig(parts.transformer, wan::transformerConfigOf, configs.transformer); !read)
    return read.error();
  if (auto read = readConfig(parts.textEncoder, wan::textEncoderConfigOf, configs.textEncoder); !read)
    return read.error();
  if (auto read = readConfig(parts.vae, wan::vaeConfigOf, configs.vae); !read) return read.error();
  if (!parts.imageEncoder.empty()) {
    configs.clip.emplace();
    if (auto read = readConfig(parts.imageEncoder, wan::clipVisionConfigOf, *configs.clip); !read) return read.error();
  }
  if (auto fits = checkTogether(configs, model.directory); !fits) return fits.error();
  return configs;
}

core::Result<Experts::Part> openTransformer(const std::string& part) {
  auto weights = WeightSource::open(part);
  if (!weights) return weights.error();
  auto config = wan::transformerConfigOf(*weights);
  if (!config) return config.error();
  return Experts::Part{*config, *weights};
}

}  // namespace kinora::pipeline
