// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/wan/block_source.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

#include "engine/tensor/memory_meter.h"
#include "engine/wan/transformer.h"
#include "engine/wan/transformer_weights.h"

using namespace kinora;
using wan::BlockSource;
using wan::BlockWeights;

namespace {

constexpr std::int64_t kValues = 1 << 18;

/// A block whose values say which one it is.
BlockWeights blockOf(std::size_t index) {
  BlockWeights block;
  block.selfOut.weight = at::full({kValues}, static_cast<double>(index), at::kFloat);
  return block;
}

double valueOf(const BlockWeights& block) {
  return block.selfOut.weight[0].item<double>();
}

const std::string kModels = KINORA_SOURCE_DIR "/tests/data/goldens/models/";

std::unique_ptr<wan::Transformer> load(const std::string& model, const wan::TransformerOptions& options) {
  const std::string folder = kModels + model + "/transformer";
  const auto config = wan::readTransformerConfig(folder + "/config.json");
  REQUIRE(config.ok());
  const auto weights = tensor::WeightSource::open(folder, "diffusion_pytorch_model");
  REQUIRE(weights.ok());
  auto transformer = wan::Transformer::load(*config, *weights, options);
  REQUIRE_MESSAGE(transformer.ok(), (transformer ? "" : transformer.error().text()));
  return std::move(*transformer);
}

}  // namespace

TEST_CASE("streamed blocks come in order, round and round, and in any order asked") {
  const c10::InferenceMode guard;
  std::atomic<int> loads = 0;
  const BlockSource source(
      5,
      [&](std::size_t index) {
        ++loads;
        return blockOf(index);
      },
      at::kCPU);
  CHECK(source.size() == 5);
  CHECK(source.streamed());
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < 5; ++i) CHECK(valueOf(*source.at(i)) == static_cast<double>(i));
  }
  CHECK(loads <= 16);  // each once a round, and one ahead
  for (const std::size_t i : {4u, 1u, 1u, 3u, 0u}) CHECK(valueOf(*source.at(i)) == static_cast<double>(i));
}

TEST_CASE("no more than two blocks are in memory") {
  const c10::InferenceMode guard;
  tensor::meterMemory();
  const std::uint64_t before = tensor::meteredMemory();
  tensor::resetMeteredPeak();
  {
    const BlockSource source(6, blockOf, at::kCPU);
    for (std::size_t i = 0; i < 12; ++i) CHECK(valueOf(*source.at(i % 6)) == static_cast<double>(i % 6));
  }
  const double blocks = static_cast<double>(tensor::meteredPeak() - before) / (4.0 * kValues);
  CHECK(blocks < 2.2);
  CHECK(tensor::meteredMemory() == before);
}

TEST_CASE("a block that cannot be loaded throws where it is asked for, and the next try may go well") {
  const c10::InferenceMode guard;
  bool broken = true;
  const BlockSource source(
      3,
      [&](std::size_t index) {
        if (broken && index == 1) throw std::runtime_error("the file is gone");
        return blockOf(index);
      },
      at::kCPU);
  CHECK(valueOf(*source.at(0)) == 0);
  CHECK_THROWS_AS(source.at(1), std::runtime_error);
  broken = false;
  CHECK(valueOf(*source.at(1)) == 1);
}

TEST_CASE("one block, and blocks that stay") {
  const c10::InferenceMode guard;
  const BlockSource single(1, blockOf, at::kCPU);
  CHECK(valueOf(*single.at(0)) == 0);
  CHECK(valueOf(*single.at(0)) == 0);
  const BlockSource kept({blockOf(0), blockOf(1)});
  CHECK_FALSE(kept.streamed());
  CHECK(kept.at(1).get() == kept.at(1).get());
  CHECK_THROWS_AS(kept.at(2), std::out_of_range);
}

TEST_CASE("a streamed transformer gives the same bits, in f32 and bf16") {
  const c10::InferenceMode guard;
  for (const char* model : {"tiny-wan21", "tiny-wan22"}) {
    for (const auto dtype : {at::kFloat, at::kBFloat16}) {
      CAPTURE(model);
      wan::TransformerOptions options;
      options.dtype = dtype;
      const auto resident = load(model, options);
      options.streamBlocks = true;
      const auto streamed = load(model, options);
      const auto& config = resident->config();
      at::Generator generator = at::detail::createCPUGenerator(4);
      const at::Tensor x = at::randn({1, config.inChannels, 3, 4, 6}, generator, at::TensorOptions(at::kFloat));
      const std::vector<at::Tensor> text{at::randn({7, config.textDim}, generator, at::TensorOptions(at::kFloat)),
                                         at::randn({3, config.textDim}, generator, at::TensorOptions(at::kFloat))};
      const auto pass = [&](const wan::Transformer& transformer) {
        return transformer.forward(x, 500, transformer.prepareContext(text));
      };
      const at::Tensor wanted = pass(*resident);
      CHECK(at::equal(pass(*streamed), wanted));
      CHECK(at::equal(pass(*streamed), wanted));
      CHECK(streamed->bytes() <= resident->bytes());
    }
  }
}
