// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/engine/tensor/files.h"

namespace kinora::test {

using nlohmann::json;

/// The config files of a model folder, to be changed before they are written. Weights are small files of nothing.
struct ModelFiles {
  json index{{"_class_name", "WanPipeline"}, {"expand_timesteps", false}, {"boundary_ratio", nullptr}};
  json transformer{{"_class_name", "WanTransformer3DModel"},
                   {"num_attention_heads", 12},
                   {"attention_head_dim", 128},
                   {"in_channels", 16},
                   {"out_channels", 16},
                   {"num_layers", 30},
                   {"ffn_dim", 8960},
                   {"freq_dim", 256},
                   {"text_dim", 4096},
                   {"patch_size", {1, 2, 2}}};
  json vae{{"_class_name", "AutoencoderKLWan"},
           {"base_dim", 96},
           {"z_dim", 16},
           {"dim_mult", {1, 2, 4, 4}},
           {"temperal_downsample", {false, true, true}}};
  json scheduler{{"_class_name", "UniPCMultistepScheduler"}, {"flow_shift", 3.0}};

  void write(const std::string& folder) const {
    const auto put = [&](const std::string& name, const std::string& text) {
      const std::filesystem::path path = std::filesystem::path(folder) / name;
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << text;
    };
    put("model_index.json", index.dump());
    put("transformer/config.json", transformer.dump());
    put("vae/config.json", vae.dump());
    put("scheduler/scheduler_config.json", scheduler.dump());
    put("text_encoder/config.json", "{}");
    put("transformer/diffusion_pytorch_model.safetensors", std::string(100, 't'));
    put("vae/diffusion_pytorch_model.safetensors", std::string(20, 'v'));
    put("text_encoder/model.safetensors", std::string(3, 'e'));
    put("tokenizer/spiece.model", "s");
  }

  static ModelFiles ti2v() {
    ModelFiles files;
    files.index["expand_timesteps"] = true;
    files.transformer["num_attention_heads"] = 24;
    files.transformer["in_channels"] = 48;
    files.transformer["out_channels"] = 48;
    files.transformer["ffn_dim"] = 14336;
    files.vae = {{"_class_name", "AutoencoderKLWan"},
                 {"base_dim", 160},
                 {"decoder_base_dim", 256},
                 {"z_dim", 48},
                 {"dim_mult", {1, 2, 4, 4}},
                 {"temperal_downsample", {false, true, true}},
                 {"is_residual", true},
                 {"patch_size", 2}};
    return files;
  }
  static ModelFiles vace() {
    ModelFiles files;
    files.index["_class_name"] = "WanVACEPipeline";
    files.transformer["_class_name"] = "WanVACETransformer3DModel";
    for (int i = 0; i < 30; i += 2) files.transformer["vace_layers"].push_back(i);
    files.transformer["vace_in_channels"] = 96;
    return files;
  }
  static ModelFiles large() {
    ModelFiles files;
    files.transformer["num_attention_heads"] = 40;
    files.transformer["num_layers"] = 40;
    files.transformer["ffn_dim"] = 13824;
    return files;
  }
};

}  // namespace kinora::test
