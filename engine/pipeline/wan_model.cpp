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

/// Runs each reader of the folder in turn and stops at the first error.
template <class T>
bool read(core::Result<T> result, T& into, core::Error& error) {
  if (!result) {
    error = result.error();
    return false;
  }
  into = std::move(result).value();
  return true;
}

core::Error notRun(const std::string& directory, const std::string& what) {
  return {core::ErrorCode::Unsupported, what, directory};
}

}  // namespace

core::Result<WanConfigs> readWanConfigs(const std::string& directory) {
  WanConfigs configs;
  core::Error error;
  const bool all =
      read(wan::readModelIndex(directory + "/model_index.json"), configs.index, error) &&
      read(wan::readSchedulerConfig(directory + "/scheduler/scheduler_config.json"), configs.scheduler, error) &&
      read(wan::readTransformerConfig(directory + "/transformer/config.json"), configs.transformer, error) &&
      read(wan::readTextEncoderConfig(directory + "/text_encoder/config.json"), configs.textEncoder, error) &&
      read(wan::readVaeConfig(directory + "/vae/config.json"), configs.vae, error);
  if (!all) return error;
  if (configs.index.hasTransformer2) return notRun(directory, "models of two experts are not run yet");
  const wan::TransformerConfig& t = configs.transformer;
  if (t.inChannels != t.outChannels) {
    return notRun(directory, "models with appended mask and picture channels (Wan 2.1 image-to-video) are not run yet");
  }
  if (t.outChannels != configs.vae.latentChannels) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "transformer and VAE do not belong together; the transformer makes " +
                           std::to_string(t.outChannels) + " latent channels, the VAE reads " +
                           std::to_string(configs.vae.latentChannels),
                       directory};
  }
  if (t.textDim != configs.textEncoder.dim) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "transformer and text encoder do not belong together; expected text of width " +
                           std::to_string(t.textDim) + ", got " + std::to_string(configs.textEncoder.dim),
                       directory};
  }
  return configs;
}

core::Result<std::unique_ptr<WanModel>> loadWanModel(const std::string& directory, const tensor::ComputeDevice& device,
                                                     c10::ScalarType dtype, const tensor::StopCheck& stop) {
  auto configs = readWanConfigs(directory);
  if (!configs) return configs.error();
  auto tokenizer = wan::Tokenizer::open(directory + "/tokenizer/spiece.model");
  if (!tokenizer) return tokenizer.error();

  const wan::ComputeOptions compute{dtype, device, stop};
  auto textWeights = tensor::WeightSource::open(directory + "/text_encoder", "model");
  if (!textWeights) return textWeights.error();
  auto textEncoder = wan::TextEncoder::load(configs->textEncoder, *textWeights, compute);
  if (!textEncoder) return textEncoder.error();

  auto transformerWeights = tensor::WeightSource::open(directory + "/transformer", kDiffusersWeights);
  if (!transformerWeights) return transformerWeights.error();
  wan::TransformerOptions transformerOptions;
  static_cast<wan::ComputeOptions&>(transformerOptions) = compute;
  auto transformer = wan::Transformer::load(configs->transformer, *transformerWeights, transformerOptions);
  if (!transformer) return transformer.error();

  auto vaeWeights = tensor::WeightSource::open(directory + "/vae", kDiffusersWeights);
  if (!vaeWeights) return vaeWeights.error();
  wan::VaeLoadOptions vaeOptions;
  vaeOptions.dtype = dtype;
  vaeOptions.device = device;
  vaeOptions.stop = stop;
  auto vae = wan::Vae::load(configs->vae, *vaeWeights, vaeOptions);
  if (!vae) return vae.error();

  return std::unique_ptr<WanModel>(new WanModel{std::move(configs).value(), device, dtype, std::move(tokenizer).value(),
                                                std::move(textEncoder).value(), std::move(transformer).value(),
                                                std::move(vae).value()});
}

core::Result<std::vector<TensorFault>> checkWanModel(const std::string& directory, bool readValues) {
  const auto configs = readWanConfigs(directory);
  if (!configs) return configs.error();
  struct Component {
    const char* folder;
    const char* baseName;
    std::vector<tensor::TensorSpec> table;
    tensor::NamePredicate ignored;
  };
  const Component components[] = {
      {"text_encoder", "model", wan::textEncoderTable(configs->textEncoder), wan::ignoredTextEncoderTensor},
      {"transformer", kDiffusersWeights, wan::transformerTable(configs->transformer), wan::ignoredTransformerTensor},
      {"vae", kDiffusersWeights, wan::vaeTensorTable(configs->vae), {}}};
  std::vector<TensorFault> faults;
  for (const Component& component : components) {
    const auto weights = tensor::WeightSource::open(directory + "/" + component.folder, component.baseName);
    if (!weights) return weights.error();
    for (const tensor::TableFault& fault :
         tensor::checkTable(*weights, component.table, component.ignored, readValues)) {
      faults.push_back({fault.file, fault.tensor, fault.what});
    }
  }
  return faults;
}

}  // namespace kinora::pipeline
