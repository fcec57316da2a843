// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "engine/wan/vae_config.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using nlohmann::json;

namespace {

json flatConfig() {
  return {{"_class_name", "AutoencoderKLWan"}, {"base_dim", 8},       {"z_dim", 16},
          {"dim_mult", {1, 2, 4, 4}},          {"num_res_blocks", 2}, {"temperal_downsample", {false, true, true}}};
}

json residualConfig() {
  json config = flatConfig();
  config.update({{"is_residual", true},
                 {"patch_size", 2},
                 {"in_channels", 12},
                 {"out_channels", 12},
                 {"decoder_base_dim", 12},
                 {"scale_factor_spatial", 16},
                 {"scale_factor_temporal", 4},
                 {"z_dim", 48},
                 {"clip_output", false}});
  return config;
}

core::Result<wan::VaeConfig> read(const json& config) {
  const test::TemporaryFolder folder;
  return wan::readVaeConfig(folder.write("config.json", config.dump()));
}

}  // namespace

TEST_CASE("reads the model that ships") {
  const auto config = wan::readVaeConfig(KINORA_SOURCE_DIR "/resources/models/mini/vae/config.json");
  REQUIRE(config.ok());
  CHECK(config->residual);
  CHECK(config->stages() == 3);
  CHECK(config->spatialStride() == 8);
  CHECK(config->temporalStride() == 4);
  CHECK(config->pixelFrames(7) == 25);
  CHECK(config->latentFrames(25) == 7);
  CHECK(config->latentMean.size() == 12);
  CHECK(config->latentStd[3] == doctest::Approx(3.10951));
  CHECK(config->encoderOut(2) == 48);
  CHECK(config->decoderIn(0) == 64);
  CHECK(config->decoderOut(2) == 32);
}

TEST_CASE("keys that published files leave out take the values of VAE 2.1") {
  const auto config = read(flatConfig());
  REQUIRE(config.ok());
  CHECK_FALSE(config->residual);
  CHECK(config->decoderBaseDim == 8);
  CHECK(config->patch == 1);
  CHECK(config->spatialStride() == 8);
  CHECK(config->upsampledOut(0) == 16);
  CHECK(config->decoderIn(1) == 16);
  CHECK(config->latentMean == wan::officialVae21Config().latentMean);
}

TEST_CASE("without latent statistics the official ones of the 48 channel model hold") {
  const auto config = read(residualConfig());
  REQUIRE(config.ok());
  CHECK(config->spatialStride() == 16);
  CHECK(config->latentMean == wan::officialVae22Config().latentMean);
  CHECK(config->latentStd.back() == doctest::Approx(0.7744));
}

TEST_CASE("official configs have the strides of the published models") {
  CHECK(wan::officialVae21Config().spatialStride() == 8);
  CHECK(wan::officialVae22Config().spatialStride() == 16);
  CHECK(wan::officialVae22Config().temporalStride() == 4);
  CHECK(wan::officialVae22Config().latentStd.size() == 48);
}

TEST_CASE("refuses what cannot be and names the key") {
  struct Case {
    const char* key;
    json value;
    core::ErrorCode code;
  };
  using core::ErrorCode;
  const Case cases[] = {
      {"_class_name", "AutoencoderKL", ErrorCode::Unsupported},
      {"base_dim", 0, ErrorCode::Corrupt},
      {"base_dim", "96", ErrorCode::Corrupt},
      {"base_dim", nullptr, ErrorCode::Corrupt},
      {"z_dim", -16, ErrorCode::Corrupt},
      {"z_dim", 1e99, ErrorCode::Corrupt},
      {"dim_mult", {1}, ErrorCode::Corrupt},
      {"dim_mult", {1, 2, 4, 0}, ErrorCode::Corrupt},
      {"dim_mult", {1, 2, 3, 4}, ErrorCode::Corrupt},  // the last stage has no group to average
      {"num_res_blocks", 0, ErrorCode::Corrupt},
      {"temperal_downsample", {true, true}, ErrorCode::Corrupt},
      {"temperal_downsample", {0, 1, 1}, ErrorCode::Corrupt},
      {"is_residual", 1, ErrorCode::Corrupt},
      {"attn_scales", {0.5}, ErrorCode::Unsupported},
      {"in_channels", 3, ErrorCode::Unsupported},
      {"out_channels", 16, ErrorCode::Unsupported},
      {"patch_size", 0, ErrorCode::Corrupt},
      {"scale_factor_spatial", 8, ErrorCode::Corrupt},
      {"scale_factor_temporal", 8, ErrorCode::Corrupt},
      {"latents_mean", {1.0, 2.0}, ErrorCode::Corrupt},
      {"latents_std", std::vector<double>(48, 0.0), ErrorCode::Corrupt},
  };
  for (const Case& one : cases) {
    json config = residualConfig();
    if (std::string(one.key) == "latents_std") config["latents_mean"] = std::vector<double>(48, 0.0);
    config[one.key] = one.value;
    const auto result = read(config);
    CAPTURE(config[one.key].dump());
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == one.code);
    CHECK_MESSAGE(result.error().message.find(one.key) != std::string::npos, result.error().text());
  }
}

TEST_CASE("a model of other channels must bring its latent statistics") {
  json config = flatConfig();
  config["z_dim"] = 20;
  const auto result = read(config);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("latents_mean") != std::string::npos);
}

TEST_CASE("a flat decoder needs widths it can halve") {
  json config = flatConfig();
  config["dim_mult"] = {1, 1, 1, 1};
  config["base_dim"] = 5;
  const auto result = read(config);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("base_dim") != std::string::npos);
}

TEST_CASE("a missing file is not found") {
  const auto result = wan::readVaeConfig("/nonexistent/config.json");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == core::ErrorCode::NotFound);
}
