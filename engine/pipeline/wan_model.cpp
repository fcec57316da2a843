// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/wan_model.h"

#include <filesystem>
#include <functional>

#include "engine/tensor/pch.h"
#include "engine/tensor/weight_source.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/vae_tensors.h"
#include "engine/weights/same_network.h"

namespace kinora::pipeline {
namespace {

/// Both experts stay in memory up to this size of their files.
constexpr std::uint64_t kKeepBothBytes = std::uint64_t{8} << 30;

// Names of core::ResidentPart.
constexpr const char* kExpertParts[] = {"transformer", "transformer_2"};
constexpr const char* kTextEncoderPart = "text_encoder";
constexpr const char* kImageEncoderPart = "image_encoder";
constexpr const char* kVaePart = "vae";

std::uint64_t bytesOf(const std::vector<Experts::Part>& parts) {
  std::uint64_t total = 0;
  for (const Experts::Part& part : parts) {
    std::error_code ignored;
    for (const auto& file : part.weights.files()) total += std::filesystem::file_size(file->path(), ignored);
  }
  return total;
}

/// The experts, none of them in memory yet: the first run knows which LoRAs they are loaded with.
core::Result<std::unique_ptr<Experts>> loadExperts(const core::ModelParts& parts, WanConfigs& configs,
                                                   const wan::TransformerOptions& options) {
  std::vector<Experts::Part> opened;
  for (const std::string& part : {parts.transformer, parts.transformer2}) {
    if (part.empty()) continue;
    auto expert = openTransformer(part);
    if (!expert) return expert.error();
    opened.push_back(std::move(expert).value());
  }
  if (opened.size() == 2 && weights::sameNetwork(opened[0].weights, opened[1].weights)) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "both experts are the same half of the model; expected that for low noise", parts.transformer2};
  }
  configs.transformer = opened.front().config;
  const Experts::Idle idle = bytesOf(opened) <= kKeepBothBytes ? Experts::Idle::Keep : Experts::Idle::Free;
  const double boundary = configs.index.boundaryRatio.value_or(0) * 1000;
  auto experts = Experts::make(std::move(opened), boundary, options, idle);
  if (!experts) return experts.error();
  if (auto fits = (*experts)->checkTables(); !fits) return fits.error();
  return experts;
}

core::Result<std::unique_ptr<wan::Tokenizer>> openTokenizer(const std::string& part,
                                                            const wan::TextEncoderConfig& config) {
  auto tokenizer = wan::Tokenizer::open(part);
  if (tokenizer && (*tokenizer)->pieces() > config.vocab) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "tokenizer and text encoder do not belong together: pieces of the tokenizer; expected at most " +
                           std::to_string(config.vocab) + ", got " + std::to_string((*tokenizer)->pieces()),
                       part};
  }
  return tokenizer;
}

/// Whether the encoder's files are whole, so that a faulty one is seen now and not at the first prompt.
core::Result<void> checkTextEncoder(const std::string& part, const wan::TextEncoderConfig& config) {
  auto weights = tensor::WeightSource::open(part);
  if (!weights) return weights.error();
  return tensor::requireTable(*weights, wan::textEncoderTable(config), wan::ignoredTextEncoderTensor);
}

/// Some configs name an image encoder that the weights know nothing of; the other way round nothing can be made.
core::Result<void> checkClip(const WanConfigs& configs, const std::string& where) {
  if (!configs.transformer.imageDim || configs.clip) return {};
  return core::Error{core::ErrorCode::ModelMismatch,
                     "the transformer reads picture tokens, but the model has no image encoder", where};
}

core::Result<wan::Vae> openVae(const std::string& part, const wan::VaeConfig& config,
                               const wan::ComputeOptions& compute) {
  auto weights = tensor::WeightSource::open(part);
  if (!weights) return weights.error();
  wan::VaeLoadOptions options;
  options.dtype = compute.dtype;
  options.device = compute.device;
  options.stop = compute.stop;
  return wan::Vae::load(config, *weights, options);
}

core::Result<std::unique_ptr<wan::TinyDecoder>> loadTinyDecoder(const std::string& part, const wan::VaeConfig& vae,
                                                                const wan::ComputeOptions& compute) {
  if (part.empty()) return std::unique_ptr<wan::TinyDecoder>();
  const auto weights = tensor::WeightSource::open(part);
  if (!weights) return weights.error();
  auto decoder = wan::TinyDecoder::load(*weights, compute);
  if (decoder && (*decoder)->latentChannels() != vae.latentChannels) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "tiny decoder and VAE do not belong together: latent channels; expected " +
                           std::to_string(vae.latentChannels) + ", got " + std::to_string((*decoder)->latentChannels()),
                       part};
  }
  return decoder;
}

wan::ComputeOptions computeOf(const Placement& placement, const tensor::StopCheck& stop) {
  return {placement.dtype, placement.packed, placement.devices.front(), stop};
}

}  // namespace

core::Result<std::unique_ptr<WanModel>> loadWanModel(const core::ModelInfo& model, const Placement& placement,
                                                     const tensor::StopCheck& stop) {
  auto configs = readWanConfigs(model);
  if (!configs) return configs.error();
  const core::ModelParts parts = partsOf(model);
  const wan::ComputeOptions compute = computeOf(placement, stop);
  wan::TransformerOptions shared;
  static_cast<wan::ComputeOptions&>(shared) = compute;
  shared.ranks = placement.devices;
  auto tokenizer = openTokenizer(parts.tokenizer, configs->textEncoder);
  if (!tokenizer) return tokenizer.error();
  if (auto whole = checkTextEncoder(parts.textEncoder, configs->textEncoder); !whole) return whole.error();
  auto experts = loadExperts(parts, *configs, shared);
  if (!experts) return experts.error();
  if (auto clip = checkClip(*configs, model.directory); !clip) return clip.error();
  auto vae = openVae(parts.vae, configs->vae, compute);
  if (!vae) return vae.error();
  auto tiny = loadTinyDecoder(parts.tinyDecoder, configs->vae, compute);
  if (!tiny) return tiny.error();
  auto loaded = std::unique_ptr<WanModel>(
      new WanModel{parts, std::move(configs).value(), placement, std::move(tokenizer).value(), nullptr,
                   std::move(experts).value(), std::move(vae).value(), nullptr, std::move(tiny).value()});
  loaded->loads.emplace_back(kVaePart);
  return loaded;
}

core::Result<const wan::Transformer*> needExpert(WanModel& model, std::size_t expert, const tensor::StopCheck& stop) {
  const bool there = model.experts->isLoaded(expert);
  auto loaded = model.experts->get(expert, stop);
  if (loaded && !there) model.loads.push_back(kExpertParts[expert]);
  return loaded;
}

core::Result<const wan::TextEncoder*> needTextEncoder(WanModel& model, const tensor::StopCheck& stop, bool streamed) {
  if (!model.textEncoder) {
    auto weights = tensor::WeightSource::open(model.parts.textEncoder);
    if (!weights) return weights.error();
    const wan::ComputeOptions compute = computeOf(model.placement, stop);
    auto loaded = wan::TextEncoder::load(model.configs.textEncoder, *weights, compute, streamed);
    if (!loaded) return loaded.error();
    model.textEncoder = std::move(loaded).value();
    model.loads.emplace_back(kTextEncoderPart);
  }
  return model.textEncoder.get();
}

core::Result<const wan::ClipVision*> needClip(WanModel& model, const tensor::StopCheck& stop) {
  if (!model.clip) {
    auto weights = tensor::WeightSource::open(model.parts.imageEncoder);
    if (!weights) return weights.error();
    auto loaded = wan::ClipVision::load(*model.configs.clip, *weights, computeOf(model.placement, stop));
    if (!loaded) return loaded.error();
    model.clip = std::move(loaded).value();
    model.loads.emplace_back(kImageEncoderPart);
  }
  return model.clip.get();
}

core::Result<wan::Vae> loadVae(const WanModel& model, const wan::ComputeOptions& compute) {
  return openVae(model.parts.vae, model.configs.vae, compute);
}

std::vector<core::ResidentPart> residentParts(const WanModel& model) {
  std::vector<core::ResidentPart> parts;
  for (std::size_t i = 0; i < model.experts->count(); ++i) {
    if (const wan::Transformer* expert = model.experts->loaded(i)) parts.push_back({kExpertParts[i], expert->bytes()});
  }
  if (model.textEncoder) parts.push_back({kTextEncoderPart, model.textEncoder->bytes()});
  if (model.clip) parts.push_back({kImageEncoderPart, model.clip->bytes()});
  std::int64_t values = 0;
  for (const tensor::TensorSpec& spec : wan::vaeTensorTable(model.configs.vae)) {
    values += c10::multiply_integers(spec.shape);
  }
  parts.push_back({kVaePart, static_cast<std::uint64_t>(values) * c10::elementSize(model.placement.dtype)});
  return parts;
}

core::Result<std::vector<TensorFault>> checkWanModel(const core::ModelInfo& model, bool readValues) {
  const auto configs = readWanConfigs(model);
  if (!configs) return configs.error();
  const core::ModelParts parts = partsOf(model);
  struct Component {
    std::string part;
    std::function<std::vector<tensor::TensorSpec>(const tensor::WeightSource&)> table;
    tensor::NamePredicate ignored;
  };
  std::vector<Component> components{
      {parts.textEncoder, [&](const auto&) { return wan::textEncoderTable(configs->textEncoder); },
       wan::ignoredTextEncoderTensor},
      {parts.vae, [&](const auto&) { return wan::vaeTensorTable(configs->vae); }, {}}};
  if (configs->clip) {
    components.push_back(
        {parts.imageEncoder,
         [&](const auto& weights) { return wan::clipVisionTable(*configs->clip, wan::isOriginalClip(weights)); },
         wan::ignoredClipVisionTensor});
  }
  for (const std::string& expert : {parts.transformer, parts.transformer2}) {
    if (expert.empty()) continue;
    const auto opened = openTransformer(expert);
    if (!opened) return opened.error();
    components.push_back({expert, [config = opened->config](const auto&) { return wan::transformerTable(config); },
                          wan::ignoredTransformerTensor});
  }
  std::vector<TensorFault> faults;
  for (const Component& component : components) {
    const auto weights = tensor::WeightSource::open(component.part);
    if (!weights) return weights.error();
    for (const tensor::TableFault& fault :
         tensor::checkTable(*weights, component.table(*weights), component.ignored, readValues)) {
      faults.push_back({fault.file, fault.tensor, fault.what});
    }
  }
  return faults;
}

}  // namespace kinora::pipeline
