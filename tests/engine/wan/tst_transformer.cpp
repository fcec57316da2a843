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

at::Tensor forward(const Transformer& transformer, const at::Tensor& x, double t, bool clean,
                   const TextContext& context, const StopCheck& stop = {}, BlockObserver observer = {}) {
  PassOptions options;
  options.firstFrameClean = clean;
  options.observer = std::move(observer);
  return transformer.forward(x, t, context, stop, options);
}

/// Compares patch embedding, every block that the case has, and the output.
void checkGolden(const std::string& name, bool fold) {
  const c10::InferenceMode inference;
  const Golden golden(name);
  TransformerOptions options;
  options.foldPadding = fold;
  const auto transformer = load(golden.model(), options);
  const double t = golden.inputs.at("t").get<double>();
  const bool clean = golden.inputs.at("frame0_t").get<double>() == 0;
  const at::Tensor states = golden.has("image_states") ? golden["image_states"] : at::Tensor();
  const TextContext text = transformer->prepareContext({golden["text_rows"]}, {}, states.defined() ? &states : nullptr);
  const at::Tensor control = golden.has("control") ? golden["control"] : at::Tensor();
  int seen = 0;
  const auto observe = [&](int block, const at::Tensor& tokens) {
    char label[16];
    std::snprintf(label, sizeof label, "block_%03d", block);
    CAPTURE(name);
    CAPTURE(block);
    // Where a control branch adds to a block, upstream shows none of the sums.
    if (block < 0 || !control.defined())
      CHECK(relativeError(tokens, golden[block < 0 ? "tokens" : label]) <= kTolerance);
    ++seen;
  };
  PassOptions pass;
  pass.firstFrameClean = clean;
  pass.observer = observe;
  if (control.defined()) {
    pass.control = &control;
    pass.controlScale = golden.inputs.at("control_scale").get<double>();
  }
  const at::Tensor out = transformer->forward(golden["latents"], t, text, {}, pass);
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

TEST_CASE("passes with picture tokens or a control branch are those of diffusers") {
  for (const bool fold : {true, false}) {
    checkGolden("transformer-tiny21-clip-i2v", fold);
    checkGolden("transformer-tiny21-flf2v", fold);
    checkGolden("transformer-tiny21-vace", fold);
  }
}

TEST_CASE("picture tokens and control: two prompts give what two passes give") {
  const c10::InferenceMode inference;
  for (const char* name : {"transformer-tiny21-flf2v", "transformer-tiny21-vace"}) {
    CAPTURE(name);
    const Golden golden(name);
    const auto transformer = load(golden.model());
    const at::Tensor states = golden.has("image_states") ? golden["image_states"] : at::Tensor();
    const at::Tensor control = golden.has("control") ? golden["control"] : at::Tensor();
    const at::Tensor* image = states.defined() ? &states : nullptr;
    PassOptions pass;
    if (control.defined()) pass.control = &control;
    const std::vector<at::Tensor> rows{golden["text_rows"], randomRows(3, transformer->config().textDim, 9)};
    const TextContext both = transformer->prepareContext(rows, {}, image);
    const at::Tensor together = transformer->forward(golden["latents"], 400, both, {}, pass);
    for (std::int64_t i = 0; i < 2; ++i) {
      const at::Tensor alone = transformer->forward(golden["latents"], 400, both.only(i), {}, pass);
      CHECK(relativeError(together.narrow(0, i, 1), alone) <= kTolerance);
      const TextContext own = transformer->prepareContext({rows[static_cast<std::size_t>(i)]}, {}, image);
      CHECK(relativeError(transformer->forward(golden["latents"], 400, own, {}, pass), alone) <= kTolerance);
    }
  }
}

TEST_CASE("picture states and control are there where the model has them, and only there") {
  const c10::InferenceMode inference;
  const Golden plain("transformer-tiny22"), picture("transformer-tiny21-flf2v"), vace("transformer-tiny21-vace");
  const at::Tensor states = picture["image_states"];
  const at::Tensor half = states.slice(0, 0, states.size(0) / 2);
  CHECK_THROWS_AS(load(plain.model())->prepareContext({plain["text_rows"]}, {}, &states), std::invalid_argument);
  const auto firstLast = load(picture.model());
  CHECK_THROWS_AS(firstLast->prepareContext({picture["text_rows"]}), std::invalid_argument);
  CHECK_THROWS_AS(firstLast->prepareContext({picture["text_rows"]}, {}, &half), std::invalid_argument);

  const at::Tensor control = vace["control"];
  const at::Tensor shorter = control.slice(2, 1);
  PassOptions pass;
  const auto controlled = load(vace.model());
  const TextContext text = controlled->prepareContext({vace["text_rows"]});
  CHECK_THROWS_AS(controlled->forward(vace["latents"], 5, text, {}, pass), std::invalid_argument);
  pass.control = &shorter;
  CHECK_THROWS_AS(controlled->forward(vace["latents"], 5, text, {}, pass), std::invalid_argument);
  pass.control = &control;
  const auto uncontrolled = load(plain.model());
  CHECK_THROWS_AS(
      uncontrolled->forward(plain["latents"], 5, uncontrolled->prepareContext({plain["text_rows"]}), {}, pass),
      std::invalid_argument);
}

TEST_CASE("a control of scale 0 changes nothing") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-tiny21-vace");
  const auto transformer = load(golden.model());
  const TextContext text = transformer->prepareContext({golden["text_rows"]});
  const at::Tensor control = golden["control"];
  const at::Tensor other = control.flip(4);
  PassOptions pass;
  const auto with = [&](const at::Tensor& tensor, double scale) {
    pass.control = &tensor;
    pass.controlScale = scale;
    return transformer->forward(golden["latents"], 637, text, {}, pass);
  };
  CHECK(at::equal(with(control, 0), with(other, 0)));
  CHECK(relativeError(with(control, 1), with(other, 1)) > 1e-3);
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
    const TextContext all = transformer->prepareContext(rows);
    CHECK(all.batch() == 3);
    for (const bool clean : {false, true}) {
      const at::Tensor together = forward(*transformer, golden["latents"], 321.5, clean, all);
      REQUIRE(together.size(0) == 3);
      for (std::int64_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        const auto index = static_cast<std::size_t>(i);
        const at::Tensor alone =
            forward(*transformer, golden["latents"], 321.5, clean, transformer->prepareContext({rows[index]}));
        CHECK(relativeError(together.narrow(0, i, 1), alone) <= kTolerance);
        const at::Tensor taken = forward(*transformer, golden["latents"], 321.5, clean, all.only(i));
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
    const at::Tensor a = forward(*folded, golden["latents"], 900, false, folded->prepareContext({rows}));
    const at::Tensor b = forward(*unfolded, golden["latents"], 900, false, unfolded->prepareContext({rows}));
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
  const at::Tensor out = forward(*transformer, two, 637, true, transformer->prepareContext({rows, rows, rows, rows}));
  REQUIRE(out.size(0) == 4);
  const TextContext text = transformer->prepareContext({rows});
  const at::Tensor flipped = forward(*transformer, one.flip(4), 637, true, text);
  CHECK(relativeError(out.narrow(0, 1, 1), flipped) <= kTolerance);
  CHECK(relativeError(out.narrow(0, 3, 1), flipped) <= kTolerance);
  CHECK(relativeError(out.narrow(0, 2, 1), forward(*transformer, one, 637, true, text)) <= kTolerance);
}

TEST_CASE("bf16 stays near f32") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-mini-image");
  TransformerOptions options;
  options.dtype = at::kBFloat16;
  const auto transformer = load(golden.model(), options);
  const TextContext text = transformer->prepareContext({golden["text_rows"]});
  const at::Tensor out = forward(*transformer, golden["latents"], golden.inputs.at("t").get<double>(), true, text);
  CHECK((out.scalar_type() == at::kFloat));
  CHECK(relativeError(out, golden["output"]) <= 3e-2);
}

TEST_CASE("refuses shapes that cannot be") {
  const c10::InferenceMode inference;
  const auto transformer = load(Golden("transformer-tiny22").model());
  const TextContext text = transformer->prepareContext({randomRows(4, 32, 1)});
  CHECK_THROWS_AS(forward(*transformer, at::zeros({1, 9, 3, 4, 6}), 5, false, text), std::invalid_argument);
  CHECK_THROWS_AS(forward(*transformer, at::zeros({1, 8, 3, 5, 6}), 5, false, text), std::invalid_argument);
  CHECK_THROWS_AS(forward(*transformer, at::zeros({2, 8, 3, 4, 6}), 5, false, text), std::invalid_argument);
  CHECK_THROWS_AS(forward(*transformer, at::zeros({1, 8, 3, 4, 6}), 5, false, TextContext()), std::invalid_argument);
  CHECK_THROWS_AS(transformer->prepareContext({}), std::invalid_argument);
  CHECK_THROWS_AS(transformer->prepareContext({randomRows(4, 31, 1)}), std::invalid_argument);
  CHECK_THROWS_AS(transformer->prepareContext({randomRows(513, 32, 1)}), std::invalid_argument);
  CHECK_THROWS_AS(text.only(1), std::invalid_argument);
  CHECK(checkLatentSize(transformer->config(), 64, 128, 128).ok());
  CHECK(checkLatentSize(transformer->config(), 65, 128, 128).error().code == kinora::core::ErrorCode::InvalidInput);
  CHECK(!checkLatentSize(transformer->config(), 3, 4, 7).ok());
  CHECK(!checkLatentSize(transformer->config(), 0, 4, 6).ok());
}

TEST_CASE("stops when asked, also between blocks") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-tiny22");
  const auto transformer = load(golden.model());
  const TextContext text = transformer->prepareContext({golden["text_rows"]});
  std::stop_source source;
  const auto stopInBlock = [&](int block, const at::Tensor&) {
    REQUIRE(block <= 0);
    if (block == 0) source.request_stop();
  };
  CHECK_THROWS_AS(forward(*transformer, golden["latents"], 5, false, text, StopCheck(source.get_token()), stopInBlock),
                  kinora::tensor::Stopped);
  CHECK_THROWS_AS(transformer->prepareContext({golden["text_rows"]}, StopCheck(source.get_token())),
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
