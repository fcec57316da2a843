// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <stop_token>

#include "engine/diffusion/step_cache.h"
#include "engine/wan/transformer.h"
#include "tests/engine/wan/golden.h"

using namespace kinora::wan;
using kinora::diffusion::CacheKind;
using kinora::diffusion::StepCache;
using kinora::tensor::ComputeDevice;
using kinora::tensor::StopCheck;
using kinora::tensor::WeightSource;
using kinora::test::Golden;
using kinora::test::relativeError;

namespace {

constexpr double kGolden = 2e-5;    // against diffusers, as for one device
constexpr double kRounding = 2e-6;  // against one device

kinora::core::Result<std::unique_ptr<Transformer>> tryLoad(const std::string& model, std::size_t ranks) {
  const auto config = readTransformerConfig(model + "/transformer/config.json");
  REQUIRE(config.ok());
  const auto weights = WeightSource::open(model + "/transformer", "diffusion_pytorch_model");
  REQUIRE(weights.ok());
  TransformerOptions options;
  options.ranks.assign(ranks, ComputeDevice{});
  return Transformer::load(*config, *weights, options);
}

std::unique_ptr<Transformer> load(const std::string& model, std::size_t ranks) {
  auto transformer = tryLoad(model, ranks);
  REQUIRE_MESSAGE(transformer.ok(), (transformer.ok() ? "" : transformer.error().text()));
  return std::move(*transformer);
}

/// A golden's inputs, with the tensors that a pass refers to.
struct Inputs {
  explicit Inputs(const Golden& golden) : latents(golden["latents"]), rows(golden["text_rows"]) {
    if (golden.has("image_states")) states = golden["image_states"];
    timestep = golden.inputs.at("t").get<double>();
    pass.firstFrameClean = golden.inputs.at("frame0_t").get<double>() == 0;
    if (!golden.has("control")) return;
    control = golden["control"];
    pass.control = &control;
    pass.controlScale = golden.inputs.at("control_scale").get<double>();
  }

  TextContext contextOf(const Transformer& transformer) const {
    return transformer.prepareContext({rows, rows.flip(0)}, {}, states.defined() ? &states : nullptr);
  }

  at::Tensor latents, rows, states, control;
  double timestep = 0;
  PassOptions pass;
};

}  // namespace

TEST_CASE("two ranks give what diffusers gives, in every architecture") {
  const c10::InferenceMode inference;
  for (const char* name :
       {"transformer-tiny21", "transformer-tiny22", "transformer-tiny22-image", "transformer-mini-image",
        "transformer-tiny21-clip-i2v", "transformer-tiny21-flf2v", "transformer-tiny21-vace"}) {
    CAPTURE(name);
    const Golden golden(name);
    const Inputs inputs(golden);
    const auto shared = load(golden.model(), 2);
    const TextContext text = inputs.contextOf(*shared);
    const at::Tensor out = shared->forward(inputs.latents, inputs.timestep, text.only(0), {}, inputs.pass);
    CHECK(relativeError(out, golden["output"]) <= kGolden);
    const auto alone = load(golden.model(), 1);
    const at::Tensor both = shared->forward(inputs.latents, inputs.timestep, text, {}, inputs.pass);
    const at::Tensor one = alone->forward(inputs.latents, inputs.timestep, inputs.contextOf(*alone), {}, inputs.pass);
    CHECK(relativeError(both, one) <= kRounding);
  }
}

TEST_CASE("ranks that share a device share its weights") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-tiny22");
  CHECK(load(golden.model(), 2)->bytes() == load(golden.model(), 1)->bytes());
}

TEST_CASE("tokens that cannot be divided evenly, and fewer than there are ranks") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-mini-image");  // 4 heads
  const auto four = load(golden.model(), 4);
  const auto alone = load(golden.model(), 1);
  const std::int64_t channels = alone->config().inChannels;
  at::manual_seed(7);
  for (const auto& [frames, rows, columns] : {std::array{1L, 2L, 4L}, {3L, 2L, 6L}, {2L, 6L, 10L}, {1L, 10L, 10L}}) {
    const at::Tensor x = at::randn({1, channels, frames, rows, columns});
    PassOptions pass;
    for (const bool clean : {false, true}) {
      pass.firstFrameClean = clean;
      const at::Tensor shared = four->forward(x, 700, four->prepareContext({golden["text_rows"]}), {}, pass);
      const at::Tensor one = alone->forward(x, 700, alone->prepareContext({golden["text_rows"]}), {}, pass);
      CAPTURE(frames * rows * columns / 4);
      CHECK(relativeError(shared, one) <= kRounding);
    }
  }
}

TEST_CASE("step caches decide and reuse for all ranks") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-mini-image");
  const Inputs inputs(golden);
  for (const CacheKind kind : {CacheKind::TeaCache, CacheKind::FirstBlock}) {
    const auto steps = [&](std::size_t ranks, int& reused) {
      const auto transformer = load(golden.model(), ranks);
      const TextContext text = inputs.contextOf(*transformer);
      StepCache cache({kind, 0.5, 6, {}});
      at::Tensor x = inputs.latents;
      PassOptions pass = inputs.pass;
      pass.cache = &cache;
      for (pass.step = 0; pass.step < 6; ++pass.step) {
        const at::Tensor velocity = transformer->forward(x, 900 - 100 * pass.step, text, {}, pass);
        x = x - 0.1 * velocity.narrow(0, 0, 1);
      }
      reused = cache.reused();
      return x;
    };
    int once = 0, twice = 0;
    const at::Tensor alone = steps(1, once);
    const at::Tensor shared = steps(2, twice);
    CHECK(once > 0);
    CHECK(once == twice);
    CHECK(relativeError(shared, alone) <= kRounding);
  }
}

TEST_CASE("guidance by an avoided prompt and left out blocks") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-mini-image");
  const Inputs inputs(golden);
  const auto run = [&](std::size_t ranks) {
    const auto transformer = load(golden.model(), ranks);
    const TextContext text = inputs.contextOf(*transformer);
    const TextContext avoided = text.only(1);
    PassOptions pass = inputs.pass;
    pass.avoided = &avoided;
    pass.nag = {5, 2.5, 0.25};
    pass.skippedBlocks = {1};
    return transformer->forward(inputs.latents, 400, text.only(0), {}, pass);
  };
  CHECK(relativeError(run(2), run(1)) <= kRounding);
}

TEST_CASE("a number of ranks that does not divide the heads is refused") {
  const auto refused = tryLoad(Golden("transformer-tiny22").model(), 3);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == kinora::core::ErrorCode::InvalidInput);
  CHECK(refused.error().message.find("2 heads, got 3") != std::string::npos);
}

TEST_CASE("a stop ends all ranks") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-tiny22");
  const auto transformer = load(golden.model(), 2);
  const TextContext text = transformer->prepareContext({golden["text_rows"]});
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(transformer->forward(golden["latents"], 5, text, StopCheck(source.get_token())),
                  kinora::tensor::Stopped);
}
