// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/experts.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <stop_token>

using namespace kinora;
using pipeline::Experts;

namespace {

const std::string kModels = KINORA_SOURCE_DIR "/tests/data/goldens/models/";

Experts::Part part(const std::string& folder) {
  const auto config = wan::readTransformerConfig(kModels + folder + "/config.json");
  const auto weights = tensor::WeightSource::open(kModels + folder, "diffusion_pytorch_model");
  REQUIRE(config.ok());
  REQUIRE(weights.ok());
  return {*config, *weights};
}

std::unique_ptr<Experts> two(Experts::Idle idle) {
  auto experts = Experts::make({part("tiny-wan22-t2v-a14b/transformer"), part("tiny-wan22-t2v-a14b/transformer_2")},
                               875, {}, idle);
  REQUIRE_MESSAGE(experts.ok(), (experts.ok() ? "" : experts.error().text()));
  return std::move(*experts);
}

}  // namespace

TEST_CASE("the first expert takes the timesteps from the boundary on") {
  const auto experts = two(Experts::Idle::Keep);
  CHECK(experts->count() == 2);
  CHECK(experts->at(1000) == 0);
  CHECK(experts->at(875) == 0);
  CHECK(experts->at(874.999) == 1);
  CHECK(experts->at(0) == 1);
  CHECK(experts->name(0) != experts->name(1));
  auto one = Experts::make({part("tiny-wan22-t2v-a14b/transformer")}, 875, {}, Experts::Idle::Keep);
  REQUIRE(one.ok());
  CHECK((*one)->at(3) == 0);
}

TEST_CASE("an expert is loaded when it is asked for; the idle one stays or goes as told") {
  const c10::InferenceMode inference;
  for (const Experts::Idle idle : {Experts::Idle::Keep, Experts::Idle::Free}) {
    const auto experts = two(idle);
    CHECK(experts->checkTables().ok());
    CHECK_FALSE(experts->isLoaded(0));
    const auto first = experts->get(0, {});
    REQUIRE(first.ok());
    CHECK(experts->isLoaded(0));
    CHECK_FALSE(experts->isLoaded(1));
    CHECK(*experts->get(0, {}) == *first);
    REQUIRE(experts->get(1, {}).ok());
    CHECK(experts->isLoaded(1));
    CHECK(experts->isLoaded(0) == (idle == Experts::Idle::Keep));
    REQUIRE(experts->get(0, {}).ok());
    CHECK(experts->isLoaded(0));
  }
}

TEST_CASE("loading stops when asked, and leaves nothing half loaded") {
  const c10::InferenceMode inference;
  const auto experts = two(Experts::Idle::Keep);
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS((void)experts->get(1, tensor::StopCheck(source.get_token())), tensor::Stopped);
  CHECK_FALSE(experts->isLoaded(1));
  CHECK(experts->get(1, {}).ok());
}

TEST_CASE("halves of different models are refused") {
  const auto mixed = Experts::make({part("tiny-wan22-t2v-a14b/transformer"), part("tiny-wan22-i2v-a14b/transformer_2")},
                                   875, {}, Experts::Idle::Keep);
  REQUIRE_FALSE(mixed.ok());
  CHECK(mixed.error().code == core::ErrorCode::ModelMismatch);
  CHECK(mixed.error().message.find("expected 2 blocks of width 28, 16 channels in") != std::string::npos);
  CHECK(mixed.error().message.find("got 2 blocks of width 28, 36 channels in") != std::string::npos);
}
