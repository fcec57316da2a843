// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a model of a published shape with random weights, in the diffusers layout: memory and time are those of the
// real one. The text encoder is one small layer of the right width, the tokenizer mini's.
//   kinora-bench make-weights DIR --arch NAME [--dtype f32|f16|bf16]
// NAME: t2v-1.3b, ti2v-5b, t2v-14b, a14b; or for measurements of memory, with all widths smaller: t2v-small,
// ti2v-small, a14b-small, vace-small, tiny.
#include <ATen/ATen.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/tensor/safetensors.h"
#include "engine/wan/config.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/vae_config.h"
#include "engine/wan/vae_tensors.h"

namespace {

using namespace kinora;
using nlohmann::json;
namespace fs = std::filesystem;

/// What tells one published shape from another (wan.md 1 and 4).
struct Architecture {
  const char* name;
  int heads, headDim, ffnDim, layers, channels;
  bool ti2v;             ///< the residual VAE with 48 channels
  bool experts = false;  ///< two of them
  bool control = false;  ///< a VACE branch at every second block
  int vaeShare = 1;      ///< the VAE's widths are divided by it
};
constexpr Architecture kArchitectures[] = {{"t2v-1.3b", 12, 128, 8960, 30, 16, false},
                                           {"ti2v-5b", 24, 128, 14336, 30, 48, true},
                                           {"t2v-14b", 40, 128, 13824, 40, 16, false},
                                           {"a14b", 40, 128, 13824, 40, 16, false, true},
                                           {"t2v-small", 6, 128, 4480, 8, 16, false, false, false, 2},
                                           {"ti2v-small", 6, 128, 3584, 8, 48, true, false, false, 4},
                                           {"a14b-small", 6, 128, 2048, 8, 16, false, true, false, 2},
                                           {"vace-small", 6, 128, 4480, 8, 16, false, false, true, 2},
                                           {"tiny", 4, 64, 1024, 4, 16, false}};
constexpr std::uint64_t kShardBytes = std::uint64_t{2} << 30;

[[noreturn]] void fail(const std::string& problem) {
  std::fprintf(stderr, "kinora-bench make-weights: %s\n", problem.c_str());
  std::exit(2);
}

template <class T>
T orFail(core::Result<T> result) {
  if (!result) fail(result.error().text());
  return std::move(result).value();
}

void writeText(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  if (!stream) fail("cannot write " + path.string());
}

/// Values that keep activations near 1: gains 1, small biases, matrices by their inputs.
at::Tensor randomTensor(const tensor::TensorSpec& spec, at::ScalarType type) {
  const bool gain = spec.name.find("norm") != std::string::npos || spec.name.ends_with("gamma");
  if (spec.shape.size() <= 1 && spec.name.ends_with("bias")) return at::randn(spec.shape).mul_(0.02).to(type);
  if (gain && spec.shape.size() != 2) return at::ones(spec.shape, type);
  std::int64_t inputs = 1;
  for (std::size_t i = 1; i < spec.shape.size(); ++i) inputs *= spec.shape[i];
  return at::randn(spec.shape).mul_(1 / std::sqrt(static_cast<double>(inputs))).to(type);
}

/// The table as shards of at most kShardBytes with their index, or as one file.
void writeComponent(const fs::path& folder, const std::string& base, const std::vector<tensor::TensorSpec>& table,
                    at::ScalarType type) {
  std::vector<std::map<std::string, const tensor::TensorSpec*>> shards(1);
  std::uint64_t bytes = 0;
  for (const tensor::TensorSpec& spec : table) {
    std::uint64_t size = c10::elementSize(type);
    for (const std::int64_t extent : spec.shape) size *= static_cast<std::uint64_t>(extent);
    if (bytes + size > kShardBytes && !shards.back().empty()) {
      shards.emplace_back();
      bytes = 0;
    }
    bytes += size;
    shards.back()[spec.name] = &spec;
  }
  json weightMap = json::object();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    char number[64] = "";
    if (shards.size() > 1) std::snprintf(number, sizeof number, "-%05zu-of-%05zu", i + 1, shards.size());
    const std::string file = base + number + ".safetensors";
    std::map<std::string, at::Tensor> tensors;
    for (const auto& [name, spec] : shards[i]) {
      tensors[name] = randomTensor(*spec, type);
      weightMap[name] = file;
    }
    if (const auto written = tensor::writeSafetensors((folder / file).string(), tensors); !written) {
      fail(written.error().text());
    }
    std::printf("%s/%s\n", folder.filename().c_str(), file.c_str());
  }
  if (shards.size() > 1) writeText(folder / (base + ".safetensors.index.json"), json{{"weight_map", weightMap}}.dump());
}

std::vector<std::string> transformersOf(const Architecture& arch) {
  return arch.experts ? std::vector<std::string>{"transformer", "transformer_2"}
                      : std::vector<std::string>{"transformer"};
}

void writeConfigs(const fs::path& folder, const Architecture& arch) {
  const char* transformerClass = arch.control ? "WanVACETransformer3DModel" : "WanTransformer3DModel";
  const json transformer = json::array({"diffusers", transformerClass});
  json index{{"_class_name", arch.control ? "WanVACEPipeline" : "WanPipeline"},
             {"expand_timesteps", arch.ti2v},
             {"transformer", transformer},
             {"vae", {"diffusers", "AutoencoderKLWan"}},
             {"text_encoder", {"transformers", "UMT5EncoderModel"}},
             {"tokenizer", {"transformers", "T5TokenizerFast"}},
             {"scheduler", {"diffusers", "UniPCMultistepScheduler"}}};
  if (arch.experts) index.update({{"transformer_2", transformer}, {"boundary_ratio", 0.875}});
  writeText(folder / "model_index.json", index.dump());
  writeText(folder / "scheduler/scheduler_config.json", json{{"_class_name", "UniPCMultistepScheduler"},
                                                             {"num_train_timesteps", 1000},
                                                             {"prediction_type", "flow_prediction"},
                                                             {"use_flow_sigmas", true},
                                                             {"solver_order", 2},
                                                             {"solver_type", "bh2"},
                                                             {"flow_shift", 3.0}}
                                                            .dump());
  json config = json{{"_class_name", transformerClass},
                     {"num_attention_heads", arch.heads},
                     {"attention_head_dim", arch.headDim},
                     {"in_channels", arch.channels},
                     {"out_channels", arch.channels},
                     {"num_layers", arch.layers},
                     {"ffn_dim", arch.ffnDim},
                     {"freq_dim", 256},
                     {"text_dim", 4096},
                     {"patch_size", {1, 2, 2}},
                     {"cross_attn_norm", true},
                     {"qk_norm", "rms_norm_across_heads"},
                     {"eps", 1e-6},
                     {"rope_max_seq_len", 1024}};
  if (arch.control) {
    json layers = json::array();
    for (int i = 0; i < arch.layers; i += 2) layers.push_back(i);
    config.update({{"vace_layers", layers}, {"vace_in_channels", 2 * arch.channels + 64}});
  }
  for (const std::string& part : transformersOf(arch)) writeText(folder / part / "config.json", config.dump());
  json vae{{"_class_name", "AutoencoderKLWan"},
           {"base_dim", 96 / arch.vaeShare},
           {"z_dim", arch.channels},
           {"dim_mult", {1, 2, 4, 4}},
           {"num_res_blocks", 2},
           {"temperal_downsample", {false, true, true}}};
  if (arch.ti2v) {
    vae.update({{"base_dim", 160 / arch.vaeShare},
                {"decoder_base_dim", 256 / arch.vaeShare},
                {"is_residual", true},
                {"patch_size", 2},
                {"in_channels", 12},
                {"out_channels", 12},
                {"scale_factor_spatial", 16},
                {"scale_factor_temporal", 4}});
  }
  writeText(folder / "vae/config.json", vae.dump());
  writeText(folder / "text_encoder/config.json", json{{"architectures", {"UMT5EncoderModel"}},
                                                      {"model_type", "umt5"},
                                                      {"d_model", 4096},
                                                      {"d_ff", 512},
                                                      {"d_kv", 64},
                                                      {"num_heads", 4},
                                                      {"num_layers", 1},
                                                      {"vocab_size", 3000},
                                                      {"feed_forward_proj", "gated-gelu"},
                                                      {"dense_act_fn", "gelu_new"},
                                                      {"is_gated_act", true},
                                                      {"layer_norm_epsilon", 1e-6},
                                                      {"relative_attention_num_buckets", 32},
                                                      {"relative_attention_max_distance", 128}}
                                                     .dump());
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  std::string arch = "t2v-1.3b";
  std::string dtype = "f16";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word != "--arch" && word != "--dtype") {
      folder = word;
    } else if (++i < argc) {
      (word == "--arch" ? arch : dtype) = argv[i];
    } else {
      fail(word + " needs a value");
    }
  }
  if (folder.empty()) fail("which folder?");
  const Architecture* found = nullptr;
  for (const Architecture& entry : kArchitectures) {
    if (arch == entry.name) found = &entry;
  }
  if (!found) fail("--arch; expected a name as in make_weights.cpp, got " + arch);
  const std::map<std::string, at::ScalarType> types{{"f32", at::kFloat}, {"f16", at::kHalf}, {"bf16", at::kBFloat16}};
  const auto type = types.find(dtype);
  if (type == types.end()) fail("--dtype; expected f32, f16 or bf16, got " + dtype);

  const fs::path base(folder);
  writeConfigs(base, *found);
  fs::create_directories(base / "tokenizer");
  fs::copy_file(KINORA_SOURCE_DIR "/resources/models/mini/tokenizer/spiece.model", base / "tokenizer/spiece.model",
                fs::copy_options::overwrite_existing);
  const auto path = [&](const char* part) { return (base / part / "config.json").string(); };
  writeComponent(base / "text_encoder", "model",
                 wan::textEncoderTable(orFail(wan::readTextEncoderConfig(path("text_encoder")))), type->second);
  writeComponent(base / "vae", "diffusion_pytorch_model", wan::vaeTensorTable(orFail(wan::readVaeConfig(path("vae")))),
                 at::kFloat);
  for (const std::string& part : transformersOf(*found)) {
    writeComponent(base / part, "diffusion_pytorch_model",
                   wan::transformerTable(orFail(wan::readTransformerConfig(path(part.c_str())))), type->second);
  }
  return 0;
}
