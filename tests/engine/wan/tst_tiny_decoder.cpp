// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tiny_decoder.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <stdexcept>
#include <stop_token>

#include "engine/weights/recognise.h"
#include "tests/engine/wan/golden.h"

using namespace kinora::wan;
using kinora::tensor::StopCheck;
using kinora::tensor::WeightSource;
using kinora::test::Golden;
using kinora::test::relativeError;

namespace {

std::unique_ptr<TinyDecoder> load(const Golden& golden) {
  const auto weights = WeightSource::open(golden.model() + "/weights.safetensors");
  REQUIRE(weights.ok());
  auto decoder = TinyDecoder::load(*weights);
  REQUIRE_MESSAGE(decoder.ok(), (decoder.ok() ? "" : decoder.error().text()));
  return std::move(*decoder);
}

}  // namespace

TEST_CASE("decodes as TAEHV's definition does, in both forms for Wan") {
  const c10::InferenceMode inference;
  for (const char* name : {"tiny-decoder-21", "tiny-decoder-22"}) {
    const std::string label = name;
    CAPTURE(label);
    const Golden golden(name);
    const auto decoder = load(golden);
    const at::Tensor latent = golden["latent"];
    CHECK(decoder->latentChannels() == latent.size(1));
    const at::Tensor video = decoder->decode(latent, {});
    CHECK(video.size(2) == 4 * (latent.size(2) - 1) + 1);
    const double error = relativeError(video, golden["video"]);
    MESSAGE("relative error " << error);
    CHECK(error <= 2e-5);
    CHECK(video.min().item<double>() >= -1);
    CHECK(video.max().item<double>() <= 1);
    CHECK(video.std().item<double>() > 0.1);  // not all clamped
  }
}

TEST_CASE("a frame is made of latents up to its own, no later ones") {
  const c10::InferenceMode inference;
  const Golden golden("tiny-decoder-21");
  const auto decoder = load(golden);
  const at::Tensor latent = golden["latent"];
  const at::Tensor start = decoder->decode(latent.narrow(2, 0, 2), {});
  CHECK(relativeError(start, golden["video"].narrow(2, 0, 5)) <= 2e-5);
}

TEST_CASE("the files are recognised by their tensors") {
  CHECK(kinora::weights::recognise(Golden("tiny-decoder-21").model() + "/weights.safetensors")->architecture ==
        "taew2.1");
  CHECK(kinora::weights::recognise(Golden("tiny-decoder-22").model() + "/weights.safetensors")->architecture ==
        "taew2.2");
}

TEST_CASE("refuses other networks, latents of another model, and stops when asked") {
  const c10::InferenceMode inference;
  const Golden golden("tiny-decoder-21");
  const auto vae =
      WeightSource::open(KINORA_SOURCE_DIR "/tests/data/goldens/models/tiny-wan21/vae", "diffusion_pytorch_model");
  REQUIRE(vae.ok());
  const auto refused = TinyDecoder::load(*vae);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == kinora::core::ErrorCode::ModelMismatch);
  const auto decoder = load(golden);
  CHECK_THROWS_AS(decoder->decode(at::zeros({1, 48, 1, 4, 4}), {}), std::invalid_argument);
  CHECK_THROWS_AS(decoder->decode(at::zeros({1, 16, 0, 4, 4}), {}), std::invalid_argument);
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(decoder->decode(golden["latent"], StopCheck(source.get_token())), kinora::tensor::Stopped);
}
