// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "engine/core/sampling.h"
#include "engine/models/architecture.h"
#include "engine/models/config_reader.h"
#include "engine/models/model_catalogue.h"
#include "engine/models/model_file.h"
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

struct TransformerFile {
  int heads, headDim, freqDim, patchHeight;
  std::uint64_t extraParameters = 0;  ///< of picture tokens and control branch
};

/// Keys and values of picture tokens in every block and their embedder; the control branch's own blocks and
/// projections.
std::uint64_t extraParameters(const ConfigReader& config, const ModelInfo& info, const Traits& traits) {
  const auto d = static_cast<std::uint64_t>(info.dim);
  std::uint64_t count = 0;
  if (traits.hasImageEncoder && config.has("image_dim")) {
    const auto image = static_cast<std::uint64_t>(config.integer("image_dim", 1, 1 << 20));
    const auto positions = static_cast<std::uint64_t>(config.integerOr("pos_embed_seq_len", 1, 1 << 20, 0));
    count += static_cast<std::uint64_t>(info.layers) * (2 * (d * d + d) + d);
    count += 2 * image + image * image + image + image * d + d + 2 * d + positions * image;
  }
  const auto layers = config.root().find("vace_layers");
  if (layers != config.root().end() && layers->is_array()) {
    const auto ffn = static_cast<std::uint64_t>(info.ffnDim);
    const auto channels = static_cast<std::uint64_t>(config.integerOr("vace_in_channels", 1, 4096, 96));
    const std::uint64_t block = 8 * d * d + 2 * d * ffn + ffn + 21 * d;
    count += layers->size() * (block + d * d + d) + d * d + d + 4 * channels * d + d;
  }
  return count;
}

TransformerFile readTransformer(const std::string& directory, ModelInfo& info, Traits& traits) {
  const ConfigReader config(pathOf(directory, "transformer/config.json"));
  traits.transformerClass = config.textOr("_class_name", "");
  traits.inChannels = static_cast<int>(config.integer("in_channels", 1, 4096));
  traits.outChannels = static_cast<int>(config.integerOr("out_channels", 1, 4096, traits.inChannels));
  traits.hasEndPositions = config.has("pos_embed_seq_len");
  TransformerFile file{};
  file.heads = static_cast<int>(config.integer("num_attention_heads", 1, 1024));
  file.headDim = static_cast<int>(config.integer("attention_head_dim", 2, 1024));
  file.freqDim = static_cast<int>(config.integerOr("freq_dim", 2, 8192, 256));
  const auto patch = config.root().find("patch_size");
  const json official = json::array({1, 2, 2});
  if (patch != config.root().end() && *patch != official) {
    throw ConfigError{{ErrorCode::Unsupported, "patch_size; expected [1,2,2]", config.file()}};
  }
  file.patchHeight = 2;
  info.dim = file.heads * file.headDim;
  info.layers = static_cast<int>(config.integer("num_layers", 1, 1000));
  info.ffnDim = static_cast<int>(config.integer("ffn_dim", 1, 1 << 20));
  info.textDim = static_cast<int>(config.integerOr("text_dim", 1, 1 << 20, 4096));
  traits.dim = info.dim;
  file.extraParameters = extraParameters(config, info, traits);
  return file;
}

void readVae(const std::string& directory, ModelInfo& info, Traits& traits) {
  const ConfigReader config(pathOf(directory, "vae/config.json"));
  info.latentChannels = static_cast<int>(config.integerOr("z_dim", 1, 1024, 16));
  traits.latentChannels = info.latentChannels;
  traits.residualVae = config.flagOr("is_residual", false);
  const int base = static_cast<int>(config.integerOr("base_dim", 1, 8192, 96));
  info.decoderBaseDim = static_cast<int>(config.integerOr("decoder_base_dim", 1, 8192, base));
  const int patch = static_cast<int>(config.integerOr("patch_size", 1, 16, 1));
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
  info.spatialStride = patch << (levels - 1);
  info.temporalStride = 1 << halvings;
}

/// Parameters of the transformer, by the shapes of its tensors.
std::uint64_t parameterCount(const ModelInfo& info, const TransformerFile& file, const Traits& traits) {
  const auto d = static_cast<std::uint64_t>(info.dim);
  const auto ffn = static_cast<std::uint64_t>(info.ffnDim);
  const auto in = static_cast<std::uint64_t>(traits.inChannels);
  const auto out = static_cast<std::uint64_t>(traits.outChannels);
  const std::uint64_t block = 8 * d * d + 2 * d * ffn + ffn + 21 * d;
  const std::uint64_t patch = 4 * in * d + d;
  const std::uint64_t text = static_cast<std::uint64_t>(info.textDim) * d + d + d * d + d;
  const std::uint64_t time = static_cast<std::uint64_t>(file.freqDim) * d + d + d * d + d + 6 * (d * d + d);
  const std::uint64_t head = 2 * d + 4 * out * d + 4 * out;
  return static_cast<std::uint64_t>(info.layers) * block + patch + text + time + head + file.extraParameters;
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
}

core::ModelParts diffusersParts(const std::string& directory, const Traits& traits) {
  const fs::path base(directory);
  const auto folder = [&](const char* name) { return (base / name).string(); };
  core::ModelParts parts{folder("transformer"), {}, folder("vae"), folder("text_encoder"), folder("tokenizer"), {}};
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

std::string folderName(const std::string& directory) {
  const fs::path path = fs::path(directory).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

ModelInfo describe(const std::string& directory) {
  ModelInfo info;
  info.id = folderName(directory);
  info.name = info.id;
  info.directory = fs::absolute(directory).lexically_normal().string();
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
  const TransformerFile transformer = readTransformer(directory, info, traits);
  readVae(directory, info, traits);
  info.sizeMultiple = info.spatialStride * transformer.patchHeight;
  classify(traits, info);
  if (info.architecture.empty()) {
    throw ConfigError{{ErrorCode::Unsupported,
                       "this is a transformer of class \"" + traits.transformerClass + "\"; expected a Wan transformer",
                       pathOf(directory, "transformer/config.json")}};
  }
  info.parts = diffusersParts(info.directory, traits);
  info.parameters = parameterCount(info, transformer, traits);
  for (const char* part : {"transformer", "transformer_2", "vae", "text_encoder", "image_encoder"})
    info.bytes += weightBytes(pathOf(directory, part));
  readScheduler(directory, info);
  readManifest(directory, info);
  if (info.problem.empty()) info.problem = missingFiles(directory, traits);
  return info;
}

/// A folder whose kinora.json says where the model lies.
ModelInfo describeRegistered(const std::string& directory) {
  const auto file = readModelFile(directory);
  if (!file) throw ConfigError{file.error()};
  if (file->folder.empty()) return describe(directory);  // says what is missing
  ModelInfo info = describe(file->folder);
  info.registered = fs::absolute(directory).lexically_normal().string();
  info.id = info.name = folderName(info.registered);
  readManifest(directory, info);
  return info;
}

}  // namespace

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
