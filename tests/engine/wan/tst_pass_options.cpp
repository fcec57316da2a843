// SPDX-License-Identifier: GPL-3.0-or-later
// What guidance and step caching change inside a pass. Whole runs with them are compared in engine/pipeline/golden.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <memory>

#include "engine/wan/tea_cache_fit.h"
#include "engine/wan/transformer.h"
#include "tests/engine/wan/golden.h"

using namespace kinora::wan;
using kinora::diffusion::CacheKind;
using kinora::diffusion::StepCache;
using kinora::tensor::WeightSource;
using kinora::test::Golden;
using kinora::test::relativeError;

namespace {

struct Fixture {
  Golden golden{"transformer-tiny21"};
  std::unique_ptr<Transformer> transformer;
  TextContext prompt;
  TextContext negative;
  at::Tensor latents;

  Fixture() {
    const auto config = readTransformerConfig(golden.model() + "/transformer/config.json");
    REQUIRE(config.ok());
    const auto weights = WeightSource::open(golden.model() + "/transformer", "diffusion_pytorch_model");
    REQUIRE(weights.ok());
    auto loaded = Transformer::load(*config, *weights);
    REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().text()));
    transformer = std::move(*loaded);
    latents = golden["latents"];
    prompt = transformer->prepareContext({golden["text_rows"]});
    negative = transformer->prepareContext({golden["text_rows"].flip(0).mul(-1)});
  }

  at::Tensor pass(const PassOptions& options, double timestep = 637) const {
    return transformer->forward(latents, timestep, prompt, {}, options);
  }
};

StepCache cache(CacheKind kind, double threshold) {
  return StepCache({kind, threshold, 10, {}});
}

}  // namespace

TEST_CASE("skipped blocks leave the tokens as they are") {
  const c10::InferenceMode inference;
  const Fixture f;
  at::Tensor embedded;
  at::Tensor last;
  PassOptions options;
  options.skippedBlocks = {0, 1};
  options.observer = [&](int block, const at::Tensor& tokens) { (block < 0 ? embedded : last) = tokens.clone(); };
  const at::Tensor without = f.pass(options);
  CHECK(at::equal(last, embedded));
  options = {};
  const at::Tensor whole = f.pass(options);
  CHECK(relativeError(whole, f.golden["output"]) <= 2e-5);
  options.skippedBlocks = {1};
  const at::Tensor half = f.pass(options);
  CHECK(relativeError(half, whole) > 1e-2);
  CHECK(relativeError(half, without) > 1e-2);
}

TEST_CASE("a pass of two prompts skips blocks in both") {
  const c10::InferenceMode inference;
  const Fixture f;
  const TextContext both =
      f.transformer->prepareContext({f.golden["text_rows"], f.golden["text_rows"].flip(0).mul(-1)});
  PassOptions options;
  for (const std::vector<int>& blocks : {std::vector<int>{0}, std::vector<int>{1}, std::vector<int>{0, 1}}) {
    options.skippedBlocks = blocks;
    const at::Tensor out = f.transformer->forward(f.latents, 637, both, {}, options);
    REQUIRE(out.size(0) == 2);
    CHECK(relativeError(out.narrow(0, 0, 1), f.pass(options)) <= 2e-5);
  }
}

TEST_CASE("normalized attention is off at scale 1 and without a difference") {
  const c10::InferenceMode inference;
  const Fixture f;
  PassOptions options;
  const at::Tensor plain = f.pass(options);
  options.avoided = &f.negative;
  options.nag = {1, 2.5, 1};
  CHECK(relativeError(f.pass(options), plain) <= 1e-6);
  options.nag = {5, 2.5, 0.5};
  CHECK(relativeError(f.pass(options), plain) > 1e-2);
  options.avoided = &f.prompt;
  CHECK(relativeError(f.pass(options), plain) <= 1e-5);
}

TEST_CASE("a reused step adds what the blocks added before to its own tokens") {
  const c10::InferenceMode inference;
  const Fixture f;
  for (const CacheKind kind : {CacheKind::TeaCache, CacheKind::FirstBlock}) {
    StepCache kept = cache(kind, 1e6);
    PassOptions options;
    options.cache = &kept;
    options.step = 2;
    std::vector<at::Tensor> tokens;
    options.observer = [&](int, const at::Tensor& t) { tokens.push_back(t.clone()); };
    const at::Tensor first = f.pass(options, 700);
    CHECK(relativeError(first, f.pass({}, 700)) <= 1e-6);
    CHECK(kept.reused() == 0);
    REQUIRE(tokens.size() == 3);
    const at::Tensor added = tokens[2] - tokens[static_cast<std::size_t>(kept.blocksBefore())];
    CHECK(relativeError(kept.residual(), added) <= 1e-5);
    tokens.clear();
    options.step = 3;
    const at::Tensor again = f.pass(options, 650);
    CHECK(kept.reused() == 1);
    CHECK(tokens.size() == static_cast<std::size_t>(1 + kept.blocksBefore()));
    CHECK(relativeError(again, f.pass({}, 650)) > 1e-4);  // not the same, but near
    CHECK(relativeError(again, f.pass({}, 650)) < 1);
    options.step = 4;
    CHECK(at::allclose(f.pass(options, 650), again, 1e-5, 1e-5));
  }
}

TEST_CASE("a threshold of 0 never reuses and changes nothing") {
  const c10::InferenceMode inference;
  const Fixture f;
  for (const CacheKind kind : {CacheKind::TeaCache, CacheKind::FirstBlock}) {
    StepCache kept = cache(kind, 0);
    PassOptions options;
    options.cache = &kept;
    for (options.step = 0; options.step < 3; ++options.step) {
      const double t = 900 - 100.0 * options.step;
      CHECK(relativeError(f.pass(options, t), f.pass({}, t)) <= 1e-6);
    }
    CHECK(kept.reused() == 0);
  }
}

TEST_CASE("refuses blocks that are not there and prompts that do not fit") {
  const c10::InferenceMode inference;
  const Fixture f;
  PassOptions options;
  for (const int block : {-1, 2}) {
    options.skippedBlocks = {block};
    CHECK_THROWS_AS(f.pass(options), std::invalid_argument);
  }
  options = {};
  const TextContext two = f.transformer->prepareContext({f.golden["text_rows"], f.golden["text_rows"]});
  options.avoided = &two;
  CHECK_THROWS_AS(f.pass(options), std::invalid_argument);
}

TEST_CASE("TeaCache's published fits belong to shapes of Wan 2.1") {
  TransformerConfig config;
  config.headDim = 128;
  config.inChannels = config.outChannels = 16;
  config.heads = 12;
  REQUIRE(teaCacheFit(config).size() == 5);
  CHECK(teaCacheFit(config).back() == doctest::Approx(-4.99875664e-02));
  config.heads = 40;
  CHECK(teaCacheFit(config).back() == doctest::Approx(-3.15583525e-01));
  config.inChannels = 36;
  CHECK(teaCacheFit(config).empty());  // two experts with a picture: none was published
  config.imageDim = 1280;
  CHECK(teaCacheFit(config).back() == doctest::Approx(-4.17769401e-02));
  config.vaceLayers = {0, 2};
  CHECK(teaCacheFit(config).empty());
  config = TransformerConfig();
  config.heads = 24;
  CHECK(teaCacheFit(config).empty());
}
