// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tensor_tables.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "engine/wan/clip_vision.h"

using namespace kinora::wan;
using kinora::tensor::TensorSpec;

namespace {

/// A published transformer; sizes beyond the arguments are common to all of them.
TransformerConfig published(std::int64_t heads, std::int64_t ffn, std::int64_t layers, std::int64_t in,
                            std::int64_t out) {
  TransformerConfig config;
  config.heads = heads;
  config.headDim = 128;
  config.inChannels = in;
  config.outChannels = out;
  config.layers = layers;
  config.ffnDim = ffn;
  config.freqDim = 256;
  config.textDim = 4096;
  config.ropePositions = 1024;
  return config;
}

std::int64_t parameters(const std::vector<TensorSpec>& table) {
  std::int64_t total = 0;
  for (const TensorSpec& spec : table) {
    std::int64_t count = 1;
    for (const std::int64_t size : spec.shape) count *= size;
    total += count;
  }
  return total;
}

void check(const TransformerConfig& config, std::size_t tensors, std::int64_t count) {
  const auto table = transformerTable(config);
  CHECK(table.size() == tensors);
  CHECK(parameters(table) == count);
  std::set<std::string> names;
  for (const TensorSpec& spec : table) {
    CHECK(names.insert(spec.name).second);
    for (const std::string& alias : spec.aliases) {
      if (alias != spec.name) CHECK(names.insert(alias).second);
    }
  }
}

}  // namespace

TEST_CASE("text-to-video tables have the published counts and sizes") {
  check(published(12, 8960, 30, 16, 16), 825, 1418996800);
  check(published(40, 13824, 40, 16, 16), 1095, 14288491584);
  check(published(40, 13824, 40, 36, 16), 1095, 14288901184);
  check(published(24, 14336, 30, 48, 48), 825, 4999787712);
}

TEST_CASE("image-to-video tables have the published counts and sizes") {
  TransformerConfig config = published(40, 13824, 40, 36, 16);
  config.imageDim = 1280;
  config.addedKvDim = 5120;
  check(config, 1303, 16394878784);
  config.imagePositions = 514;
  check(config, 1304, 16395536704);
}

TEST_CASE("VACE tables have the published counts and sizes") {
  TransformerConfig small = published(12, 8960, 30, 16, 16);
  TransformerConfig large = published(40, 13824, 40, 16, 16);
  small.vaceChannels = large.vaceChannels = 96;
  for (std::int64_t i = 0; i < 30; i += 2) small.vaceLayers.push_back(i);
  for (std::int64_t i = 0; i < 40; i += 5) large.vaceLayers.push_back(i);
  check(small, 1264, 2153972032);
  check(large, 1331, 17337592896);
}

TEST_CASE("CLIP's table has the size of ViT-H/14 without its last layer") {
  ClipVisionConfig config;
  config.dim = 1280;
  config.ffnDim = 5120;
  config.layers = 32;
  config.heads = 16;
  config.imageSize = 224;
  config.patch = 14;
  CHECK(config.tokens() == 257);
  const auto table = clipVisionTable(config, false);
  CHECK(table.size() == 3 + 2 + 31 * 16);
  const std::int64_t layer = 4 * (1280 * 1280 + 1280) + 2 * 1280 * 5120 + 5120 + 1280 + 4 * 1280;
  CHECK(parameters(table) == 1280 + 1280 * 3 * 14 * 14 + 257 * 1280 + 2 * 1280 + 31 * layer);
  const auto original = clipVisionTable(config, true);
  CHECK(original.size() == 3 + 2 + 31 * 12);
  CHECK(parameters(original) == parameters(table));
}

TEST_CASE("the norm before cross-attention is norm2 here and norm3 in original files") {
  for (const TensorSpec& spec : transformerTable(published(12, 8960, 30, 16, 16))) {
    if (spec.name == "blocks.7.norm2.weight") CHECK(spec.aliases.front() == "blocks.7.norm3.weight");
    CHECK(spec.name.find("norm3") == std::string::npos);
  }
}

TEST_CASE("the text encoder's table has the published size") {
  TextEncoderConfig config;
  config.vocab = 256384;
  config.dim = 4096;
  config.layers = 24;
  config.heads = 64;
  config.headDim = 64;
  config.ffnDim = 10240;
  config.buckets = 32;
  config.maxDistance = 128;
  const auto table = textEncoderTable(config);
  CHECK(table.size() == 2 + 24 * 10);
  CHECK(parameters(table) == 5680910336);
}

TEST_CASE("norms, time and modulation stay in f32") {
  CHECK(transformerTensorStaysF32("blocks.0.norm2.weight"));
  CHECK(transformerTensorStaysF32("blocks.0.attn1.norm_q.weight"));
  CHECK(transformerTensorStaysF32("blocks.0.scale_shift_table"));
  CHECK(transformerTensorStaysF32("condition_embedder.time_proj.weight"));
  CHECK(!transformerTensorStaysF32("blocks.0.attn1.to_q.weight"));
  CHECK(!transformerTensorStaysF32("proj_out.weight"));
}
