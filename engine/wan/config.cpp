// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/config.h"

#include <algorithm>
#include <array>

#include "engine/wan/config_file.h"

namespace kinora::wan {
namespace {

using core::ErrorCode;
using core::Result;

constexpr std::int64_t kMaxLayers = 1024;
constexpr std::int64_t kMaxHeads = 4096;
constexpr double kMaxShift = 1000;
/// The last is FastWan's: the graph and conditioning of WanPipeline.
constexpr std::array kPipelines{"WanPipeline", "WanImageToVideoPipeline", "WanVACEPipeline", "WanDMDPipeline"};
constexpr const char* kPlainTransformer = "WanTransformer3DModel";
constexpr const char* kVaceTransformer = "WanVACETransformer3DModel";

/// A scheduler entry that must have one value for our formulas to hold; diffusers' default where it is missing.
void requireUniPcForm(ConfigFile& file) {
  file.requireFlag("use_flow_sigmas", true);
  file.requireText("solver_type", "bh2", true);
  file.requireFlag("predict_x0", true, true);
  file.requireText("final_sigmas_type", "zero", true);
  file.requireFlag("lower_order_final", true, true);
  if (file.integer("solver_order", 1, 3) != 2) file.refuse("solver_order", "2");
}

void requireDpmForm(ConfigFile& file) {
  file.requireFlag("use_flow_sigmas", true);
  file.requireText("algorithm_type", "dpmsolver++", true);
  file.requireText("solver_type", "midpoint", true);
  file.requireText("final_sigmas_type", "zero", true);
  if (file.integer("solver_order", 1, 3) != 2) file.refuse("solver_order", "2");
}

void readVace(ConfigFile& file, TransformerConfig& config) {
  const std::size_t count = file.listSize("vace_layers", 1, static_cast<std::size_t>(config.layers));
  config.vaceLayers = file.integers("vace_layers", count, 0, config.layers - 1);
  config.vaceChannels = file.integer("vace_in_channels", 1, 65536);
  bool rising = config.vaceLayers.front() == 0;
  for (std::size_t i = 1; i < config.vaceLayers.size(); ++i) {
    rising = rising && config.vaceLayers[i - 1] < config.vaceLayers[i];
  }
  if (!rising) file.refuse("vace_layers", "block numbers rising from 0", ErrorCode::Corrupt);
}

/// Changes of the noise levels that no Wan model uses and we do not have.
void refuseOtherSigmas(ConfigFile& file) {
  for (const char* key :
       {"use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_dynamic_shifting", "thresholding"}) {
    file.requireFlag(key, false, true);
  }
}

}  // namespace

Result<TransformerConfig> readTransformerConfig(const std::string& path) {
  auto opened = ConfigFile::open(path);
  if (!opened) return opened.error();
  ConfigFile& file = *opened;
  const std::string name = file.text("_class_name");
  if (name != kPlainTransformer && name != kVaceTransformer) {
    file.refuse("_class_name", std::string(kPlainTransformer) + " or " + kVaceTransformer);
  }
  TransformerConfig config;
  const auto patch = file.integers("patch_size", 3, 1, 64);
  config.patch = {patch[0], patch[1], patch[2]};
  config.heads = file.integer("num_attention_heads", 1, kMaxHeads);
  // The smallest width with a channel pair for each of time, height and width (the split uses sixths).
  config.headDim = file.integer("attention_head_dim", 6, 4096);
  if (config.headDim % 2 != 0) file.refuse("attention_head_dim", "an even number", ErrorCode::Corrupt);
  config.inChannels = file.integer("in_channels", 1, 65536);
  config.outChannels = file.integer("out_channels", 1, 65536);
  config.layers = file.integer("num_layers", 1, kMaxLayers);
  config.ffnDim = file.integer("ffn_dim");
  config.freqDim = file.integer("freq_dim", 2, 65536);
  if (config.freqDim % 2 != 0) file.refuse("freq_dim", "an even number", ErrorCode::Corrupt);
  config.textDim = file.integer("text_dim");
  config.ropePositions = file.integer("rope_max_seq_len", 1, 1 << 20);
  config.eps = file.number("eps", 1e-12, 1e-2);
  config.imageDim = file.optionalInteger("image_dim");
  config.addedKvDim = file.optionalInteger("added_kv_proj_dim");
  config.imagePositions = file.optionalInteger("pos_embed_seq_len");
  if (name == kVaceTransformer) readVace(file, config);
  file.requireText("qk_norm", "rms_norm_across_heads");
  file.requireFlag("cross_attn_norm", true);
  if (auto status = file.status(); !status) return status.error();
  return config;
}

Result<TextEncoderConfig> readTextEncoderConfig(const std::string& path) {
  auto opened = ConfigFile::open(path);
  if (!opened) return opened.error();
  ConfigFile& file = *opened;
  file.requireText("model_type", "umt5");
  TextEncoderConfig config;
  config.vocab = file.integer("vocab_size");
  config.dim = file.integer("d_model");
  config.layers = file.integer("num_layers", 1, kMaxLayers);
  config.heads = file.integer("num_heads", 1, kMaxHeads);
  config.headDim = file.integer("d_kv", 1, 4096);
  config.ffnDim = file.integer("d_ff");
  config.buckets = file.integer("relative_attention_num_buckets", 4, 65536);
  if (config.buckets % 4 != 0) file.refuse("relative_attention_num_buckets", "a multiple of 4", ErrorCode::Corrupt);
  config.maxDistance = file.integer("relative_attention_max_distance", 2, 1 << 20);
  if (config.maxDistance <= config.buckets / 4) {
    file.refuse("relative_attention_max_distance", "more than a quarter of the buckets", ErrorCode::Corrupt);
  }
  config.eps = file.number("layer_norm_epsilon", 1e-12, 1e-2);
  file.requireText("feed_forward_proj", "gated-gelu");
  file.requireText("dense_act_fn", "gelu_new", true);
  if (auto status = file.status(); !status) return status.error();
  return config;
}

Result<ClipVisionConfig> readClipVisionConfig(const std::string& path) {
  auto opened = ConfigFile::open(path);
  if (!opened) return opened.error();
  ConfigFile& file = *opened;
  file.requireText("model_type", "clip_vision_model");
  ClipVisionConfig config;
  config.dim = file.integer("hidden_size");
  config.ffnDim = file.integer("intermediate_size");
  config.layers = file.integer("num_hidden_layers", 2, kMaxLayers);
  config.heads = file.integer("num_attention_heads", 1, kMaxHeads);
  if (config.dim % config.heads != 0)
    file.refuse("hidden_size", "a multiple of num_attention_heads", ErrorCode::Corrupt);
  config.patch = file.integer("patch_size", 1, 1024);
  config.imageSize = file.integer("image_size", 1, 4096);
  if (config.imageSize % config.patch != 0) file.refuse("image_size", "a multiple of patch_size", ErrorCode::Corrupt);
  config.eps = file.number("layer_norm_eps", 1e-12, 1e-2);
  file.requireText("hidden_act", "gelu");
  if (auto status = file.status(); !status) return status.error();
  return config;
}

Result<ModelIndex> readModelIndex(const std::string& path) {
  auto opened = ConfigFile::open(path);
  if (!opened) return opened.error();
  ConfigFile& file = *opened;
  ModelIndex index;
  index.pipelineClass = file.text("_class_name");
  const bool vace = index.pipelineClass == "WanVACEPipeline";
  if (std::find(kPipelines.begin(), kPipelines.end(), index.pipelineClass) == kPipelines.end()) {
    file.refuse("_class_name", "WanPipeline, WanImageToVideoPipeline, WanVACEPipeline or WanDMDPipeline");
  }
  index.expandTimesteps = file.flagOr("expand_timesteps", false);
  index.boundaryRatio = file.optionalNumber("boundary_ratio", 0, 1);
  const char* transformer = vace ? kVaceTransformer : kPlainTransformer;
  if (file.component("transformer") != transformer) file.refuse("transformer", transformer);
  if (file.component("vae") != "AutoencoderKLWan") file.refuse("vae", "AutoencoderKLWan");
  if (file.component("text_encoder") != "UMT5EncoderModel") file.refuse("text_encoder", "UMT5EncoderModel");
  if (file.component("tokenizer").empty()) file.refuse("tokenizer", "a tokenizer", ErrorCode::Corrupt);
  if (file.component("scheduler").empty()) file.refuse("scheduler", "a scheduler", ErrorCode::Corrupt);
  index.hasTransformer2 = !file.component("transformer_2").empty();
  if (index.hasTransformer2 && file.component("transformer_2") != transformer) {
    file.refuse("transformer_2", std::string("the class of the other expert, ") + transformer);
  }
  index.hasImageEncoder = !file.component("image_encoder").empty();
  if (index.hasTransformer2 && !index.boundaryRatio) {
    file.refuse("boundary_ratio", "a number, because there are two transformers", ErrorCode::Corrupt);
  }
  if (auto status = file.status(); !status) return status.error();
  return index;
}

std::optional<ModelIndex> publishedIndex(std::string_view architecture) {
  struct Published {
    std::string_view architecture;
    const char* pipeline;
    bool expandTimesteps;
    std::optional<double> boundary;
  };
  // wan.md 1.2 and 1.4.
  static constexpr Published kPublished[] = {{"wan2.1-t2v", "WanPipeline", false, {}},
                                             {"wan2.1-i2v", "WanImageToVideoPipeline", false, {}},
                                             {"wan2.1-flf2v", "WanImageToVideoPipeline", false, {}},
                                             {"wan2.1-vace", "WanVACEPipeline", false, {}},
                                             {"wan2.2-ti2v", "WanPipeline", true, {}},
                                             {"wan2.2-t2v-a14b", "WanPipeline", false, 0.875},
                                             {"wan2.2-i2v-a14b", "WanImageToVideoPipeline", false, 0.9}};
  for (const Published& row : kPublished) {
    if (row.architecture != architecture) continue;
    ModelIndex index;
    index.pipelineClass = row.pipeline;
    index.expandTimesteps = row.expandTimesteps;
    index.boundaryRatio = row.boundary;
    return index;
  }
  return std::nullopt;
}

Result<SchedulerConfig> readSchedulerConfig(const std::string& path) {
  auto opened = ConfigFile::open(path);
  if (!opened) return opened.error();
  ConfigFile& file = *opened;
  SchedulerConfig config;
  const std::string name = file.text("_class_name");
  if (file.integer("num_train_timesteps", 1, 1 << 20) != 1000) file.refuse("num_train_timesteps", "1000");
  refuseOtherSigmas(file);
  if (name == "FlowMatchEulerDiscreteScheduler") {
    config.sampler = "euler";
    config.shift = file.number("shift", 1e-3, kMaxShift);
  } else {
    config.shift = file.number("flow_shift", 1e-3, kMaxShift);
    file.requireText("prediction_type", "flow_prediction");
    if (name == "UniPCMultistepScheduler") {
      config.sampler = "unipc";
      requireUniPcForm(file);
    } else if (name == "DPMSolverMultistepScheduler") {
      config.sampler = "dpm++";
      requireDpmForm(file);
    } else {
      file.refuse("_class_name",
                  "UniPCMultistepScheduler, FlowMatchEulerDiscreteScheduler or DPMSolverMultistepScheduler");
    }
  }
  if (auto status = file.status(); !status) return status.error();
  return config;
}

}  // namespace kinora::wan
