// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tensor_tables.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>
#include <string>

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
