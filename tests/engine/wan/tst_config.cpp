// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/config.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/engine/wan/golden.h"

using kinora::core::ErrorCode;
using kinora::core::Result;
using namespace kinora::wan;
using nlohmann::json;

namespace {

const std::string kTiny = kinora::test::kGoldens + "models/tiny-wan22/";

/// The file with one key changed (a discarded value: removed), read by reader.
template <class Config>
Result<Config> readChanged(Result<Config> (*reader)(const std::string&), const std::string& file,
                           const std::string& key, const json& value) {
  json root = kinora::test::readJson(kTiny + file);
  if (value.is_discarded()) {
    root.erase(key);
  } else {
    root[key] = value;
  }
  const auto path = (std::filesystem::temp_directory_path() / "kinora-config.json").string();
  std::ofstream(path) << root;
  return reader(path);
}

/// Expects code, and key and file in the text.
template <class Config>
void checkRefused(Result<Config> (*reader)(const std::string&), const std::string& file, const std::string& key,
                  const json& value, ErrorCode code) {
  const auto result = readChanged(reader, file, key, value);
  CAPTURE(key);
  CAPTURE(value.is_discarded() ? "missing" : value.dump());
  REQUIRE(!result.ok());
  CHECK(result.error().code == code);
  CHECK(result.error().text().find(key) != std::string::npos);
  CHECK(result.error().context.find("kinora-config.json") != std::string::npos);
}

const json kMissing(json::value_t::discarded);

}  // namespace

TEST_CASE("reads the transformer's sizes") {
  const auto config = readTransformerConfig(kTiny + "transformer/config.json");
  REQUIRE(config.ok());
  CHECK(config->heads == 2);
  CHECK(config->headDim == 20);
  CHECK(config->dim() == 40);
  CHECK(config->inChannels == 8);
  CHECK(config->layers == 2);
  CHECK(config->ffnDim == 72);
  CHECK(config->freqDim == 32);
  CHECK(config->textDim == 32);
  CHECK(config->ropePositions == 64);
  CHECK(config->eps == doctest::Approx(1e-6));
  CHECK(config->patchVolume() == 4);
  CHECK(!config->imageDim);
}

TEST_CASE("reads the text encoder's sizes") {
  const auto config = readTextEncoderConfig(kTiny + "text_encoder/config.json");
  REQUIRE(config.ok());
  CHECK(config->vocab == 3000);
  CHECK(config->dim == 32);
  CHECK(config->innerDim() == 24);
  CHECK(config->buckets == 32);
  CHECK(config->maxDistance == 128);
}

TEST_CASE("reads index and scheduler") {
  const auto index = readModelIndex(kTiny + "model_index.json");
  REQUIRE(index.ok());
  CHECK(index->pipelineClass == "WanPipeline");
  CHECK(index->expandTimesteps);
  CHECK(!index->boundaryRatio);
  CHECK(!index->hasTransformer2);
  CHECK(!index->hasImageEncoder);
  const auto scheduler = readSchedulerConfig(kTiny + "scheduler/scheduler_config.json");
  REQUIRE(scheduler.ok());
  CHECK(scheduler->sampler == "unipc");
  CHECK(scheduler->shift == 5.0);
}

TEST_CASE("refuses a transformer config that cannot be") {
  const std::string file = "transformer/config.json";
  for (const char* key :
       {"num_attention_heads", "attention_head_dim", "in_channels", "out_channels", "num_layers", "ffn_dim", "freq_dim",
        "text_dim", "rope_max_seq_len", "eps", "patch_size", "qk_norm", "cross_attn_norm", "_class_name"}) {
    checkRefused(readTransformerConfig, file, key, kMissing, ErrorCode::Corrupt);
    checkRefused(readTransformerConfig, file, key, json(json::array({"x"})), ErrorCode::Corrupt);
  }
  for (const json& value : {json(0), json(-3), json(2.5), json("2"), json(1e300), json(18446744073709551615ull)}) {
    checkRefused(readTransformerConfig, file, "num_layers", value, ErrorCode::Corrupt);
  }
  checkRefused(readTransformerConfig, file, "patch_size", json::array({1, 2}), ErrorCode::Corrupt);
  checkRefused(readTransformerConfig, file, "patch_size", json::array({1, 2, 0}), ErrorCode::Corrupt);
  checkRefused(readTransformerConfig, file, "attention_head_dim", 21, ErrorCode::Corrupt);
  checkRefused(readTransformerConfig, file, "eps", 0, ErrorCode::Corrupt);
  checkRefused(readTransformerConfig, file, "qk_norm", "layer_norm", ErrorCode::Unsupported);
  checkRefused(readTransformerConfig, file, "_class_name", "WanAnimateTransformer3DModel", ErrorCode::Unsupported);
}

TEST_CASE("reads VACE's control branch and refuses layers that cannot be") {
  const std::string file = "../tiny-wan21-vace/transformer/config.json";
  const auto config = readTransformerConfig(kTiny + file);
  REQUIRE(config.ok());
  CHECK(config->hasControl());
  CHECK(config->vaceLayers == std::vector<std::int64_t>{0, 2});
  CHECK(config->vaceChannels == 96);
  const json lists[] = {kMissing, json::array(), {1, 2}, {0, 0}, {0, 2, 1}, {0, 3}, {0, -1}, {0, 1.5}, {0, "1"}, 0};
  for (const json& value : lists) checkRefused(readTransformerConfig, file, "vace_layers", value, ErrorCode::Corrupt);
  checkRefused(readTransformerConfig, file, "vace_in_channels", kMissing, ErrorCode::Corrupt);
  checkRefused(readTransformerConfig, file, "vace_in_channels", 0, ErrorCode::Corrupt);
  CHECK(!readTransformerConfig(kTiny + "transformer/config.json")->hasControl());
}

TEST_CASE("reads CLIP's tower and refuses what cannot be") {
  const std::string file = "../tiny-wan21-i2v/image_encoder/config.json";
  const auto config = readClipVisionConfig(kTiny + file);
  REQUIRE(config.ok());
  CHECK(config->dim == 24);
  CHECK(config->layers == 3);
  CHECK(config->usedLayers() == 2);
  CHECK(config->tokens() == 5);
  for (const char* key : {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "image_size",
                          "patch_size", "layer_norm_eps", "hidden_act", "model_type"}) {
    checkRefused(readClipVisionConfig, file, key, kMissing, ErrorCode::Corrupt);
  }
  checkRefused(readClipVisionConfig, file, "hidden_size", 25, ErrorCode::Corrupt);
  checkRefused(readClipVisionConfig, file, "image_size", 30, ErrorCode::Corrupt);
  checkRefused(readClipVisionConfig, file, "num_hidden_layers", 1, ErrorCode::Corrupt);
  checkRefused(readClipVisionConfig, file, "hidden_act", "quick_gelu", ErrorCode::Unsupported);
}

TEST_CASE("two transformers are of one class and have a boundary") {
  const std::string file = "../tiny-wan22-t2v-a14b/model_index.json";
  const auto index = readModelIndex(kTiny + file);
  REQUIRE(index.ok());
  CHECK(index->hasTransformer2);
  CHECK(index->boundaryRatio == 0.875);
  checkRefused(readModelIndex, file, "boundary_ratio", kMissing, ErrorCode::Corrupt);
  checkRefused(readModelIndex, file, "boundary_ratio", 1.5, ErrorCode::Corrupt);
  checkRefused(readModelIndex, file, "transformer_2", json::array({"diffusers", "WanVACETransformer3DModel"}),
               ErrorCode::Unsupported);
  CHECK(readModelIndex(kTiny + "../tiny-wan21-vace/model_index.json").ok());
  CHECK(readModelIndex(kTiny + "../tiny-wan21-flf2v/model_index.json")->hasImageEncoder);
}

TEST_CASE("refuses a text encoder config that cannot be") {
  const std::string file = "text_encoder/config.json";
  for (const char* key : {"vocab_size", "d_model", "num_layers", "num_heads", "d_kv", "d_ff", "model_type",
                          "relative_attention_num_buckets", "relative_attention_max_distance", "layer_norm_epsilon"}) {
    checkRefused(readTextEncoderConfig, file, key, kMissing, ErrorCode::Corrupt);
    checkRefused(readTextEncoderConfig, file, key, json(true), ErrorCode::Corrupt);
  }
  checkRefused(readTextEncoderConfig, file, "relative_attention_max_distance", 8, ErrorCode::Corrupt);
  checkRefused(readTextEncoderConfig, file, "model_type", "t5", ErrorCode::Unsupported);
}

TEST_CASE("refuses an index without the parts of a Wan model") {
  const std::string file = "model_index.json";
  checkRefused(readModelIndex, file, "_class_name", "StableDiffusionPipeline", ErrorCode::Unsupported);
  CHECK(readChanged(readModelIndex, file, "_class_name", "WanDMDPipeline").ok());
  checkRefused(readModelIndex, file, "vae", kMissing, ErrorCode::Unsupported);
  checkRefused(readModelIndex, file, "tokenizer", json::array({nullptr, nullptr}), ErrorCode::Corrupt);
  checkRefused(readModelIndex, file, "boundary_ratio", 1.5, ErrorCode::Corrupt);
  checkRefused(readModelIndex, file, "expand_timesteps", "yes", ErrorCode::Corrupt);
  const auto two =
      readChanged(readModelIndex, file, "transformer_2", json::array({"diffusers", "WanTransformer3DModel"}));
  REQUIRE(!two.ok());
  CHECK(two.error().text().find("boundary_ratio") != std::string::npos);
}

TEST_CASE("knows the schedulers it can reproduce and refuses others") {
  const std::string file = "scheduler/scheduler_config.json";
  checkRefused(readSchedulerConfig, file, "_class_name", "DDIMScheduler", ErrorCode::Unsupported);
  checkRefused(readSchedulerConfig, file, "flow_shift", 0, ErrorCode::Corrupt);
  checkRefused(readSchedulerConfig, file, "solver_order", 3, ErrorCode::Unsupported);
  checkRefused(readSchedulerConfig, file, "use_karras_sigmas", true, ErrorCode::Unsupported);
  checkRefused(readSchedulerConfig, file, "prediction_type", "epsilon", ErrorCode::Unsupported);
  const auto path = (std::filesystem::temp_directory_path() / "kinora-scheduler.json").string();
  std::ofstream(path) << json{{"_class_name", "FlowMatchEulerDiscreteScheduler"},
                              {"num_train_timesteps", 1000},
                              {"shift", 3.0},
                              {"use_dynamic_shifting", false}};
  const auto euler = readSchedulerConfig(path);
  REQUIRE(euler.ok());
  CHECK(euler->sampler == "euler");
  CHECK(euler->shift == 3.0);
}

TEST_CASE("refuses files that are no JSON object") {
  CHECK(readModelIndex("/nonexistent/model_index.json").error().code == ErrorCode::NotFound);
  CHECK(readModelIndex(std::filesystem::temp_directory_path().string()).error().code == ErrorCode::Unreadable);
  const auto path = (std::filesystem::temp_directory_path() / "kinora-broken.json").string();
  for (const std::string content : {"", "{", "[]", "\"text\"", "{\"a\":1} trailing"}) {
    std::ofstream(path) << content;
    CAPTURE(content);
    CHECK(readModelIndex(path).error().code == ErrorCode::Corrupt);
  }
  std::ofstream(path) << "{\"a\":\"" << std::string(2 << 20, 'x') << "\"}";
  CHECK(readModelIndex(path).error().code == ErrorCode::Corrupt);
  std::ofstream(path) << std::string(100000, '[');
  CHECK(readModelIndex(path).error().code == ErrorCode::Corrupt);
}
