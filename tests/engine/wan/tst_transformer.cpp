// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/transformer.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <cstdio>
#include <stop_token>

#include "tests/engine/wan/golden.h"

using namespace kinora::wan;
using kinora::tensor::StopCheck;
using kinora::tensor::WeightSource;
using kinora::test::Golden;
using kinora::test::relativeError;

namespace {

constexpr double kTolerance = 2e-5;

std::unique_ptr<Transformer> load(const std::string& model, const TransformerOptions& options = {}) {
  const auto config = readTransformerConfig(model + "/transformer/config.json");
  REQUIRE(config.ok());
  const auto weights = WeightSource::open(model + "/transformer", "diffusion_pytorch_model");
  REQUIRE(weights.ok());
  auto transformer = Transformer::load(*config, *weights, options);
  REQUIRE_MESSAGE(transformer.ok(), (transformer.ok() ? "" : transformer.error().text()));
  return std::move(*transformer);
}

at::Tensor randomRows(std::int64_t tokens, std::int64_t width, std::int64_t seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  return at::randn({tokens, width});
}

/// Compares patch embedding, every block and the output.
void checkGolden(const std::string& name, bool fold) {
  const c10::InferenceMode inference;
  const Golden golden(name);
  TransformerOptions options;
  options.foldPadding = fold;
  const auto transformer = load(golden.model(), options);
  const double t = golden.inputs.at("t").get<double>();
  const bool clean = golden.inputs.at("frame0_t").get<double>() == 0;
  const TextContext text = transformer->prepareText({golden["text_rows"]});
  int seen = 0;
  const auto observe = [&](int block, const at::Tensor& tokens) {
    char label[16];
    std::snprintf(label, sizeof label, "block_%03d", block);
    CAPTURE(name);
    CAPTURE(block);
    CHECK(relativeError(tokens, golden[block < 0 ? "tokens" : label]) <= kTolerance);
    ++seen;
  };
  const at::Tensor out = transformer->forward(golden["latents"], t, clean, text, {}, observe);
  CHECK(seen == transformer->config().layers + 1);
  const double error = relativeError(out, golden["output"]);
  MESSAGE(name << std::string(fold ? " folded" : " unfolded") << ": relative error " << error);
  CHECK(error <= kTolerance);
}

}  // namespace

TEST_CASE("text-to-video forward passes are those of diffusers") {
  for (const bool fold : {true, false}) {
    checkGolden("transformer-tiny21", fold);
    checkGolden("transformer-tiny22", fold);
  }
}

TEST_CASE("passes with a clean first frame are those of diffusers") {
  for (const bool fold : {true, false}) {
    checkGolden("transformer-tiny22-image", fold);
    checkGolden("transformer-mini-image", fold);
  }
}

TEST_CASE("a pass with two prompts gives what two passes give") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-mini-image");
  for (const bool fold : {true, false}) {
    TransformerOptions options;
    options.foldPadding = fold;
    const auto transformer = load(golden.model(), options);
    const std::int64_t width = transformer->config().textDim;
    const std::vector<at::Tensor> rows = {golden["text_rows"], randomRows(1, width, 3), randomRows(512, width, 4)};
    const TextContext all = transformer->prepareText(rows);
    CHECK(all.batch() == 3);
    for (const bool clean : {false, true}) {
      const at::Tensor together = transformer->forward(golden["latents"], 321.5, clean, all);
      REQUIRE(together.size(0) == 3);
      for (std::int64_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        const auto index = static_cast<std::size_t>(i);
        const at::Tensor alone =
            transformer->forward(golden["latents"], 321.5, clean, transformer->prepareText({rows[index]}));
        CHECK(relativeError(together.narrow(0, i, 1), alone) <= kTolerance);
        const at::Tensor taken = transformer->forward(golden["latents"], 321.5, clean, all.only(i));
        CHECK(relativeError(taken, alone) <= kTolerance);
      }
    }
  }
}

TEST_CASE("folding the padding rows changes nothing but rounding") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-mini-image");
  TransformerOptions plain;
  plain.foldPadding = false;
  const auto folded = load(golden.model());
  const auto unfolded = load(golden.model(), plain);
  for (const std::int64_t tokens : {1, 12, 200, 511, 512}) {
    const at::Tensor rows = randomRows(tokens, folded->config().textDim, tokens);
    const at::Tensor a = folded->forward(golden["latents"], 900, false, folded->prepareText({rows}));
    const at::Tensor b = unfolded->forward(golden["latents"], 900, false, unfolded->prepareText({rows}));
    CAPTURE(tokens);
    CHECK(relativeError(a, b) <= 2e-6);
  }
}

TEST_CASE("a batch of latents is computed entry by entry") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-tiny22");
  const auto transformer = load(golden.model());
  const at::Tensor one = golden["latents"];
  const at::Tensor two = at::cat({one, one.flip(4)});
  const at::Tensor rows = golden["text_rows"];
  const at::Tensor out = transformer->forward(two, 637, true, transformer->prepareText({rows, rows, rows, rows}));
  REQUIRE(out.size(0) == 4);
  const TextContext text = transformer->prepareText({rows});
  const at::Tensor flipped = transformer->forward(one.flip(4), 637, true, text);
  CHECK(relativeError(out.narrow(0, 1, 1), flipped) <= kTolerance);
  CHECK(relativeError(out.narrow(0, 3, 1), flipped) <= kTolerance);
  CHECK(relativeError(out.narrow(0, 2, 1), transformer->forward(one, 637, true, text)) <= kTolerance);
}

TEST_CASE("bf16 stays near f32") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-mini-image");
  TransformerOptions options;
  options.dtype = at::kBFloat16;
  const auto transformer = load(golden.model(), options);
  const TextContext text = transformer->prepareText({golden["text_rows"]});
  const at::Tensor out = transformer->forward(golden["latents"], golden.inputs.at("t").get<double>(), true, text);
  CHECK((out.scalar_type() == at::kFloat));
  CHECK(relativeError(out, golden["output"]) <= 3e-2);
}

TEST_CASE("refuses shapes that cannot be") {
  const c10::InferenceMode inference;
  const auto transformer = load(Golden("transformer-tiny22").model());
  const TextContext text = transformer->prepareText({randomRows(4, 32, 1)});
  CHECK_THROWS_AS(transformer->forward(at::zeros({1, 9, 3, 4, 6}), 5, false, text), std::invalid_argument);
  CHECK_THROWS_AS(transformer->forward(at::zeros({1, 8, 3, 5, 6}), 5, false, text), std::invalid_argument);
  CHECK_THROWS_AS(transformer->forward(at::zeros({2, 8, 3, 4, 6}), 5, false, text), std::invalid_argument);
  CHECK_THROWS_AS(transformer->forward(at::zeros({1, 8, 3, 4, 6}), 5, false, TextContext()), std::invalid_argument);
  CHECK_THROWS_AS(transformer->prepareText({}), std::invalid_argument);
  CHECK_THROWS_AS(transformer->prepareText({randomRows(4, 31, 1)}), std::invalid_argument);
  CHECK_THROWS_AS(transformer->prepareText({randomRows(513, 32, 1)}), std::invalid_argument);
  CHECK_THROWS_AS(text.only(1), std::invalid_argument);
  CHECK(transformer->checkSize(64, 128, 128).ok());
  CHECK(transformer->checkSize(65, 128, 128).error().code == kinora::core::ErrorCode::InvalidInput);
  CHECK(!transformer->checkSize(3, 4, 7).ok());
  CHECK(!transformer->checkSize(0, 4, 6).ok());
}

TEST_CASE("stops when asked, also between blocks") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-tiny22");
  const auto transformer = load(golden.model());
  const TextContext text = transformer->prepareText({golden["text_rows"]});
  std::stop_source source;
  const auto stopInBlock = [&](int block, const at::Tensor&) {
    REQUIRE(block <= 0);
    if (block == 0) source.request_stop();
  };
  CHECK_THROWS_AS(transformer->forward(golden["latents"], 5, false, text, StopCheck(source.get_token()), stopInBlock),
                  kinora::tensor::Stopped);
  CHECK_THROWS_AS(transformer->prepareText({golden["text_rows"]}, StopCheck(source.get_token())),
                  kinora::tensor::Stopped);
}

TEST_CASE("names tensors that do not fit the config") {
  const std::string model = Golden("transformer-tiny22").model();
  auto config = readTransformerConfig(model + "/transformer/config.json");
  const auto weights = WeightSource::open(model + "/transformer", "diffusion_pytorch_model");
  REQUIRE(config.ok());
  REQUIRE(weights.ok());
  config->layers = 1;
  config->ffnDim = 71;
  const auto loaded = Transformer::load(*config, *weights);
  REQUIRE(!loaded.ok());
  CHECK(loaded.error().code == kinora::core::ErrorCode::ModelMismatch);
  CHECK(loaded.error().message.find("surplus: blocks.1.") != std::string::npos);
  CHECK(loaded.error().message.find("(shape [72,40], expected [71,40])") != std::string::npos);
}

TEST_CASE("ignores CLIP sizes of a config whose weights have no such parts") {
  const std::string model = Golden("transformer-tiny22").model();
  auto config = readTransformerConfig(model + "/transformer/config.json");
  const auto weights = WeightSource::open(model + "/transformer", "diffusion_pytorch_model");
  REQUIRE(weights.ok());
  config->imageDim = 1280;
  config->addedKvDim = 40;
  CHECK(Transformer::load(*config, *weights).ok());
}
