// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <set>

#include "engine/core/sampling.h"
#include "engine/models/architecture.h"
#include "engine/models/config_reader.h"
#include "engine/models/describe_parts.h"
#include "engine/models/memory_shape.h"
#include "engine/models/model_catalogue.h"
#include "engine/models/model_file.h"
#include "engine/models/model_files.h"
#include "engine/models/part_facts.h"
#include "engine/models/part_search.h"
#include "engine/models/weight_files.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using core::ModelInfo;
using nlohmann::json;

/// Widths the model authors have published; for others the scheduler's file says what they were trained for.
constexpr std::array kPublishedDims{1536, 3072, 5120};

std::string pathOf(const std::string& directory, const char* relative) {
  return (fs::path(directory) / relative).string();
}

/// model_index.json names each part as [library, class]; absent parts are [null, null] or not there.
bool hasPart(const ConfigReader& index, const char* part) {
  const auto it = index.root().find(part);
  return it != index.root().end() && it->is_array() && it->size() == 2 && (*it)[1].is_string();
}

void readScheduler(const std::string& directory, ModelInfo& info) {
  const ConfigReader config(pathOf(directory, "scheduler/scheduler_config.json"));
  // A distilled model is packed with its parent's scheduler.
  if (const core::SamplerInfo* own = core::findSampler(info.sampler); own && own->fewStep) return;
  const std::string name = config.textOr("_class_name", "");
  if (name == "FlowMatchEulerDiscreteScheduler") info.sampler = "euler";
  if (name == "DPMSolverMultistepScheduler") info.sampler = "dpm++";
  const bool published = std::find(kPublishedDims.begin(), kPublishedDims.end(), info.dim) != kPublishedDims.end();
  if (published) return;
  info.shift = config.numberOr("flow_shift", 0.01, 100, config.numberOr("shift", 0.01, 100, info.shift));
}

core::Rational rateOf(const ConfigReader& config) {
  const std::string text = config.textOr("fps", "");
  int num = 0;
  int den = 1;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, num);
  if (error == std::errc() && at != end && *at == '/') {
    const auto rest = std::from_chars(at + 1, end, den);
    at = rest.ptr;
    error = rest.ec;
  }
  const bool sound = error == std::errc() && at == end && num > 0 && den > 0 && num <= 1'000'000 && den <= 1'000'000;
  if (!sound) config.fail("fps", "a rate such as \"12/1\"");
  return {num, den};
}

void readPrompts(const ConfigReader& config, ModelInfo& info) {
  if (!config.has("prompts")) return;
  const json& prompts = config.root().at("prompts");
  if (!prompts.is_array() || prompts.size() > 100) config.fail("prompts", "up to 100 texts");
  for (const json& prompt : prompts) {
    if (!prompt.is_string()) config.fail("prompts", "up to 100 texts");
    info.prompts.push_back(prompt.get<std::string>());
  }
}

/// kinora.json: what the person who packed the model says goes before what the architecture suggests.
void readManifest(const std::string& directory, ModelInfo& info) {
  std::error_code ignored;
  if (!fs::exists(pathOf(directory, kModelFileName), ignored)) return;
  const ConfigReader config = openModelFile(directory);
  info.name = config.textOr("name", info.name);
  info.licence = config.textOr("licence", info.licence);
  if (config.has("size")) {
    const json& size = config.root().at("size");
    const auto side = [](const json& v) { return v.is_number_integer() && v >= 16 && v <= 16384; };
    if (!size.is_array() || size.size() != 2 || !side(size[0]) || !side(size[1]))
      config.fail("size", "[width, height], each 16…16384");
    info.nativeSize = {size[0].get<int>(), size[1].get<int>()};
  }
  if (config.has("fps")) info.fps = rateOf(config);
  info.frames = static_cast<int>(config.integerOr("frames", 1, 10'000, info.frames));
  info.steps = static_cast<int>(config.integerOr("steps", 1, 200, info.steps));
  info.guidance = config.numberOr("guidance", 0, 30, info.guidance);
  info.guidance2 = config.numberOr("guidance_2", 0, 30, info.guidance2);
  info.shift = config.numberOr("shift", 0.01, 100, info.shift);
  info.sampler = config.textOr("sampler", info.sampler);
  readPrompts(config, info);
  // Only checked here: the pipeline reads it where it reads the other configs of a run.
  if (config.flagOr("draws_first_frame", false) && info.architecture != "wan2.2-ti2v")
    config.fail("draws_first_frame", "a TI2V model (expand_timesteps), which can begin with a frame");
}

core::ModelParts diffusersParts(const std::string& directory, const Traits& traits) {
  const fs::path base(directory);
  const auto folder = [&](const char* name) { return (base / name).string(); };
  core::ModelParts parts{folder("transformer"), {}, folder("vae"), folder("text_encoder"), folder("tokenizer"), {}, {}};
  if (traits.hasTransformer2) parts.transformer2 = folder("transformer_2");
  if (traits.hasImageEncoder) parts.imageEncoder = folder("image_encoder");
  return parts;
}

std::string missingFiles(const std::string& directory, const Traits& traits) {
  std::error_code ignored;
  std::vector<std::pair<const char*, const char*>> weights{
      {"transformer", "diffusion_pytorch_model"}, {"vae", "diffusion_pytorch_model"}, {"text_encoder", "model"}};
  if (traits.hasTransformer2) weights.emplace_back("transformer_2", "diffusion_pytorch_model");
  if (traits.hasImageEncoder) weights.emplace_back("image_encoder", "model");
  for (const auto& [folder, baseName] : weights) {
    const std::string missing = missingWeights(pathOf(directory, folder), baseName);
    if (!missing.empty()) return missing;
  }
  for (const char* file : {"text_encoder/config.json", "tokenizer/spiece.model"}) {
    if (!fs::is_regular_file(pathOf(directory, file), ignored)) return std::string(file) + " is missing";
  }
  return {};
}

/// What of parts that lie anywhere is not there; "" if nothing.
std::string missingPart(const core::ModelParts& parts) {
  for (const std::string& part : partsOf(parts)) {
    if (filesOfPart(part).empty()) return part + " is missing";
  }
  return {};
}

std::string folderName(const std::string& directory) {
  const fs::path path = fs::path(directory).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

/// What the two networks say that a run depends on.
void takeFacts(const TransformerFacts& transformer, const VaeFacts& vae, Traits& traits, ModelInfo& info) {
  constexpr int kPatch = 2;  // latent cells a side in one token
  traits.transformerClass = transformer.className;
  traits.inChannels = transformer.inChannels;
  traits.outChannels = transformer.outChannels;
  traits.dim = transformer.dim;
  traits.hasEndPositions = transformer.imagePositions > 0;
  traits.latentChannels = vae.latentChannels;
  traits.residualVae = vae.residual;
  info.dim = transformer.dim;
  info.layers = transformer.layers;
  info.ffnDim = transformer.ffnDim;
  info.textDim = transformer.textDim;
  info.parameters = parameterCount(transformer);
  info.latentChannels = vae.latentChannels;
  info.decoderBaseDim = vae.decoderBaseDim;
  info.spatialStride = vae.spatialStride;
  info.temporalStride = vae.temporalStride;
  info.sizeMultiple = vae.spatialStride * kPatch;
}

ModelInfo named(const std::string& directory) {
  ModelInfo info;
  info.id = info.name = folderName(directory);
  info.directory = fs::absolute(directory).lexically_normal().string();
  return info;
}

/// A folder in the diffusers layout.
ModelInfo describe(const std::string& directory) {
  ModelInfo info = named(directory);
  const ConfigReader index(pathOf(directory, "model_index.json"));
  Traits traits;
  traits.pipelineClass = index.textOr("_class_name", "");
  traits.expandTimesteps = index.flagOr("expand_timesteps", false);
  traits.hasBoundary = index.has("boundary_ratio");
  traits.hasTransformer2 = hasPart(index, "transformer_2");
  traits.hasImageEncoder = hasPart(index, "image_encoder");
  if (traits.pipelineClass.rfind("Wan", 0) != 0) {
    throw ConfigError{{ErrorCode::Unsupported,
                       "this is a model of class \"" + traits.pipelineClass + "\"; expected a Wan model",
                       index.file()}};
  }
  info.parts = diffusersParts(info.directory, traits);
  TransformerFacts transformer = transformerFacts(info.parts.transformer);
  // Some published configs name sizes of parts that are not in the files.
  if (!traits.hasImageEncoder) transformer.imageDim = 0;
  takeFacts(transformer, vaeFacts(info.parts.vae), traits, info);
  for (const FoundPart& part : partsIn(info.directory)) {
    if (part.what.role == weights::Role::TinyDecoder && part.channels == info.latentChannels)
      info.parts.tinyDecoder = part.path;
  }
  classify(traits, info);
  if (info.architecture.empty()) {
    throw ConfigError{{ErrorCode::Unsupported,
                       "this is a transformer of class \"" + traits.transformerClass + "\"; expected a Wan transformer",
                       pathOf(directory, "transformer/config.json")}};
  }
  for (const char* part : {"transformer", "transformer_2", "vae", "text_encoder", "image_encoder"})
    info.bytes += weightBytes(pathOf(directory, part));
  info.memory = memoryShape(info);
  readScheduler(directory, info);
  readManifest(directory, info);
  if (info.problem.empty()) info.problem = missingFiles(directory, traits);
  return info;
}

/// A folder whose kinora.json says where the model lies.
ModelInfo describeRegistered(const std::string& directory) {
  const auto file = readModelFile(directory);
  if (!file) throw ConfigError{file.error()};
  const bool parts = !file->parts.transformer.empty();
  if (!parts && file->folder.empty()) return describe(directory);  // says what is missing
  ModelInfo info = parts ? describeParts(file->parts) : describe(file->folder);
  const ModelInfo here = named(directory);
  info.id = info.name = here.id;
  info.registered = here.directory;
  if (parts) info.directory = here.directory;
  readManifest(directory, info);
  return info;
}

}  // namespace

ModelInfo describeParts(const core::ModelParts& parts) {
  ModelInfo info;
  info.parts = parts;
  if (const std::string missing = missingPart(parts); !missing.empty())
    throw ConfigError{{ErrorCode::NotFound, missing, {}}};
  const TransformerFacts transformer = transformerFacts(parts.transformer);
  const VaeFacts vae = vaeFacts(parts.vae);
  Traits traits;
  takeFacts(transformer, vae, traits, info);
  const bool masked = transformer.inChannels != transformer.outChannels;
  traits.pipelineClass = "WanPipeline";
  traits.hasImageEncoder = transformer.imageDim > 0;
  traits.hasTransformer2 = !parts.transformer2.empty();
  // Wan 2.2 models with mask and picture channels but without picture tokens have two experts (wan.md 1.1).
  traits.hasBoundary = traits.hasTransformer2 || (masked && !traits.hasImageEncoder);
  traits.expandTimesteps = vae.residual && !masked;
  classify(traits, info);
  info.memory = memoryShape(info);
  if (info.problem.empty() && traits.hasImageEncoder && parts.imageEncoder.empty())
    info.problem = "its image encoder is missing";
  std::set<std::string> files;
  for (const std::string& part : partsOf(parts)) {
    for (const std::string& file : filesOfPart(part)) files.insert(file);
  }
  for (const std::string& file : files) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    if (!error) info.bytes += bytes;
  }
  return info;
}

core::Result<ModelInfo> describeModel(const std::string& directory) {
  try {
    std::error_code ignored;
    if (!fs::is_directory(directory, ignored)) return Error{ErrorCode::NotFound, "there is no such folder", directory};
    const bool hasOwn = fs::exists(pathOf(directory, "model_index.json"), ignored);
    if (!hasOwn && fs::exists(pathOf(directory, kModelFileName), ignored)) return describeRegistered(directory);
    return describe(directory);
  } catch (const ConfigError& e) {
    return e.error;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the model's description cannot be read: ") + e.what(), directory};
  }
}

}  // namespace kinora::models
