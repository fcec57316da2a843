// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/wan_model.h"

#include <filesystem>

#include "engine/tensor/weight_source.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/vae_tensors.h"

namespace kinora::pipeline {
namespace {

constexpr const char* kDiffusersWeights = "diffusion_pytorch_model";
/// Both experts stay in memory up to this size of their files.
constexpr std::uint64_t kKeepBothBytes = std::uint64_t{8} << 30;

/// Runs each reader in turn and stops at the first error.
template <class T>
bool read(core::Result<T> result, T& into, core::Error& error) {
  if (!result) {
    error = result.error();
    return false;
  }
  into = std::move(result).value();
  return true;
}

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

std::uint64_t bytesOf(const std::vector<Experts::Part>& parts) {
  std::uint64_t total = 0;
  for (const Experts::Part& part : parts) {
    std::error_code ignored;
    for (const auto& file : part.weights.files()) total += std::filesystem::file_size(file->path(), ignored);
  }
  return total;
}

core::Result<Experts::Part> openTransformer(const std::string& directory) {
  auto config = wan::readTransformerConfig(directory + "/config.json");
  if (!config) return config.error();
  auto weights = tensor::WeightSource::open(directory, kDiffusersWeights);
  if (!weights) return weights.error();
  return Experts::Part{wan::withoutAbsentImageParts(*config, *weights), *weights};
}

/// The experts, none of them in memory yet: the first run knows which LoRAs they are loaded with.
core::Result<std::unique_ptr<Experts>> loadExperts(const core::ModelParts& parts, WanConfigs& configs,
                                                   const wan::TransformerOptions& options) {
  std::vector<Experts::Part> opened;
  for (const std::string& directory : {parts.transformer, parts.transformer2}) {
    if (directory.empty()) continue;
    auto part = openTransformer(directory);
    if (!part) return part.error();
    opened.push_back(std::move(part).value());
  }
  configs.transformer = opened.front().config;
  const Experts::Idle idle = bytesOf(opened) <= kKeepBothBytes ? Experts::Idle::Keep : Experts::Idle::Free;
  const double boundary = configs.index.boundaryRatio.value_or(0) * 1000;
  auto experts = Experts::make(std::move(opened), boundary, options, idle);
  if (!experts) return experts.error();
  if (auto fits = (*experts)->checkTables(); !fits) return fits.error();
  return experts;
}

/// Whether the encoder's files are whole, so that a faulty one is seen now and not at the first prompt.
core::Result<void> checkTextEncoder(const std::string& directory, const wan::TextEncoderConfig& config) {
  auto weights = tensor::WeightSource::open(directory, "model");
  if (!weights) return weights.error();
  return tensor::requireTable(*weights, wan::textEncoderTable(config), wan::ignoredTextEncoderTensor);
}

/// Null where the transformer has no use for it: some configs name one that the weights know nothing of.
core::Result<std::unique_ptr<wan::ClipVision>> loadClip(const std::string& directory, const WanConfigs& configs,
                                                        const wan::ComputeOptions& compute) {
  if (!configs.transformer.imageDim) return std::unique_ptr<wan::ClipVision>();
  if (!configs.clip) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "the transformer reads picture tokens, but the model has no image encoder", directory};
  }
  auto weights = tensor::WeightSource::open(directory, "model");
  if (!weights) return weights.error();
  return wan::ClipVision::load(*configs.clip, *weights, compute);
}

core::Result<wan::Vae> openVae(const std::string& directory, const wan::VaeConfig& config,
                               const wan::ComputeOptions& compute) {
  auto weights = tensor::WeightSource::open(directory, kDiffusersWeights);
  if (!weights) return weights.error();
  wan::VaeLoadOptions options;
  options.dtype = compute.dtype;
  options.device = compute.device;
  options.stop = compute.stop;
  return wan::Vae::load(config, *weights, options);
}

wan::ComputeOptions computeOf(const Placement& placement, const tensor::StopCheck& stop) {
  return {placement.dtype, placement.packed, placement.devices.front(), stop};
}

}  // namespace

core::ModelParts partsOf(const core::ModelInfo& model) {
  if (!model.parts.transformer.empty()) return model.parts;
  const auto folder = [&](const char* name) { return model.directory + "/" + name; };
  core::ModelParts parts{folder("transformer"), {}, folder("vae"), folder("text_encoder"), folder("tokenizer"), {}};
  const auto index = wan::readModelIndex(folder("model_index.json"));
  if (index && index->hasTransformer2) parts.transformer2 = folder("transformer_2");
  if (index && index->hasImageEncoder) parts.imageEncoder = folder("image_encoder");
  return parts;
}

core::Result<WanConfigs> readWanConfigs(const core::ModelInfo& model) {
  const std::string& directory = model.directory;
  const core::ModelParts parts = partsOf(model);
  WanConfigs configs;
  core::Error error;
  const bool all =
      read(wan::readModelIndex(directory + "/model_index.json"), configs.index, error) &&
      read(wan::readSchedulerConfig(directory + "/scheduler/scheduler_config.json"), configs.scheduler, error) &&
      read(wan::readTransformerConfig(parts.transformer + "/config.json"), configs.transformer, error) &&
      read(wan::readTextEncoderConfig(parts.textEncoder + "/config.json"), configs.textEncoder, error) &&
      read(wan::readVaeConfig(parts.vae + "/config.json"), configs.vae, error);
  if (!all) return error;
  if (!parts.imageEncoder.empty()) {
    auto clip = wan::readClipVisionConfig(parts.imageEncoder + "/config.json");
    if (!clip) return clip.error();
    configs.clip = *clip;
  }
  if (auto fits = checkTogether(configs, directory); !fits) return fits.error();
  return configs;
}

core::Result<std::unique_ptr<WanModel>> loadWanModel(const core::ModelInfo& model, const Placement& placement,
                                                     const tensor::StopCheck& stop) {
  auto configs = readWanConfigs(model);
  if (!configs) return configs.error();
  const core::ModelParts parts = partsOf(model);
  const wan::ComputeOptions compute = computeOf(placement, stop);
  wan::TransformerOptions shared;
  static_cast<wan::ComputeOptions&>(shared) = compute;
  shared.ranks = placement.devices;
  auto tokenizer = wan::Tokenizer::open(parts.tokenizer + "/spiece.model");
  if (!tokenizer) return tokenizer.error();
  if (auto whole = checkTextEncoder(parts.textEncoder, configs->textEncoder); !whole) return whole.error();
  auto experts = loadExperts(parts, *configs, shared);
  if (!experts) return experts.error();
  auto clip = loadClip(parts.imageEncoder, *configs, compute);
  if (!clip) return clip.error();
  auto vae = openVae(parts.vae, configs->vae, compute);
  if (!vae) return vae.error();
  return std::unique_ptr<WanModel>(new WanModel{parts, std::move(configs).value(), placement,
                                                std::move(tokenizer).value(), nullptr, std::move(experts).value(),
                                                std::move(vae).value(), std::move(clip).value()});
}

core::Result<std::unique_ptr<wan::TextEncoder>> loadTextEncoder(const WanModel& model, const tensor::StopCheck& stop) {
  auto weights = tensor::WeightSource::open(model.parts.textEncoder, "model");
  if (!weights) return weights.error();
  return wan::TextEncoder::load(model.configs.textEncoder, *weights, computeOf(model.placement, stop));
}

core::Result<wan::Vae> loadVae(const WanModel& model, const wan::ComputeOptions& compute) {
  return openVae(model.parts.vae, model.configs.vae, compute);
}

core::Result<std::vector<TensorFault>> checkWanModel(const core::ModelInfo& model, bool readValues) {
  const auto configs = readWanConfigs(model);
  if (!configs) return configs.error();
  const core::ModelParts parts = partsOf(model);
  struct Component {
    std::string folder;
    const char* baseName;
    std::vector<tensor::TensorSpec> table;
    tensor::NamePredicate ignored;
  };
  std::vector<Component> components{
      {parts.textEncoder, "model", wan::textEncoderTable(configs->textEncoder), wan::ignoredTextEncoderTensor},
      {parts.vae, kDiffusersWeights, wan::vaeTensorTable(configs->vae), {}}};
  if (configs->clip) {
    const auto weights = tensor::WeightSource::open(parts.imageEncoder, "model");
    if (!weights) return weights.error();
    components.push_back({parts.imageEncoder, "model",
                          wan::clipVisionTable(*configs->clip, wan::isOriginalClip(*weights)),
                          wan::ignoredClipVisionTensor});
  }
  for (const std::string& expert : {parts.transformer, parts.transformer2}) {
    if (expert.empty()) continue;
    const auto opened = openTransformer(expert);
    if (!opened) return opened.error();
    components.push_back(
        {expert, kDiffusersWeights, wan::transformerTable(opened->config), wan::ignoredTransformerTensor});
  }
  std::vector<TensorFault> faults;
  for (const Component& component : components) {
    const auto weights = tensor::WeightSource::open(component.folder, component.baseName);
    if (!weights) return weights.error();
    for (const tensor::TableFault& fault :
         tensor::checkTable(*weights, component.table, component.ignored, readValues)) {
      faults.push_back({fault.file, fault.tensor, fault.what});
    }
  }
  return faults;
}

}  // namespace kinora::pipeline
