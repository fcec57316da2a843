// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/text_encoder.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <stop_token>

#include "engine/wan/prompt_cleaner.h"
#include "engine/wan/tokenizer.h"
#include "tests/engine/wan/golden.h"

using namespace kinora::wan;
using kinora::tensor::StopCheck;
using kinora::tensor::WeightSource;
using kinora::test::Golden;
using kinora::test::relativeError;

namespace {

std::unique_ptr<TextEncoder> load(const std::string& model) {
  const auto config = readTextEncoderConfig(model + "/text_encoder/config.json");
  REQUIRE(config.ok());
  const auto weights = WeightSource::open(model + "/text_encoder", "model");
  REQUIRE(weights.ok());
  auto encoder = TextEncoder::load(*config, *weights);
  REQUIRE_MESSAGE(encoder.ok(), (encoder.ok() ? "" : encoder.error().text()));
  return std::move(*encoder);
}

}  // namespace

TEST_CASE("states of every golden prompt are those of transformers") {
  const c10::InferenceMode inference;
  const Golden golden("text-encoder");
  const auto encoder = load(golden.model());
  auto tokenizer = Tokenizer::open(golden.model() + "/tokenizer/spiece.model");
  REQUIRE(tokenizer.ok());
  for (const auto& [name, prompt] : golden.inputs.at("prompts").items()) {
    CAPTURE(name);
    const at::Tensor rows = encoder->encode((*tokenizer)->encode(cleanPrompt(prompt.get<std::string>())));
    const double error = relativeError(rows, golden[name]);
    MESSAGE(name << ": relative error " << error);
    CHECK(error <= 2e-5);
  }
}

TEST_CASE("rows behind the last token are exact zeros") {
  const at::Tensor padded = TextEncoder::padded(at::ones({3, 32}));
  CHECK(padded.sizes() == at::IntArrayRef({1, 512, 32}));
  CHECK(padded.sum().item<double>() == 96);
  CHECK(padded[0][3].abs().max().item<double>() == 0);
}

TEST_CASE("refuses ids that the embedding does not have") {
  const auto encoder = load(Golden("text-encoder").model());
  CHECK_THROWS_AS(encoder->encode({}), std::invalid_argument);
  CHECK_THROWS_AS(encoder->encode({3000}), std::invalid_argument);
  CHECK_THROWS_AS(encoder->encode({-1}), std::invalid_argument);
  CHECK_THROWS_AS(encoder->encode(std::vector<std::int64_t>(513, 5)), std::invalid_argument);
}

TEST_CASE("stops when asked") {
  const auto encoder = load(Golden("text-encoder").model());
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(encoder->encode({5, 1}, StopCheck(source.get_token())), kinora::tensor::Stopped);
}

TEST_CASE("names all tensors that do not fit the config") {
  const std::string model = Golden("text-encoder").model();
  auto config = readTextEncoderConfig(model + "/text_encoder/config.json");
  const auto weights = WeightSource::open(model + "/text_encoder", "model");
  REQUIRE(config.ok());
  REQUIRE(weights.ok());
  config->layers = 3;
  config->ffnDim = 57;
  const auto encoder = TextEncoder::load(*config, *weights);
  REQUIRE(!encoder.ok());
  CHECK(encoder.error().code == kinora::core::ErrorCode::ModelMismatch);
  CHECK(encoder.error().message.find("encoder.block.2.layer.0.layer_norm.weight") != std::string::npos);
  CHECK(encoder.error().message.find("wi_0.weight (shape [56,32], expected [57,32])") != std::string::npos);
  config = readTextEncoderConfig(model + "/text_encoder/config.json");
  config->vocab = 3001;
  const auto other = TextEncoder::load(*config, *weights);
  REQUIRE(!other.ok());
  CHECK(other.error().message.find("shared.weight") != std::string::npos);
}
