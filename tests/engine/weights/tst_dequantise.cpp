// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/weights/dequantise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "engine/weights/weight_file.h"

using namespace kinora::weights;

namespace {

std::vector<float> floats(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

// Made by the gguf package: see tests/goldens/weight_files.py.
TEST_CASE("every block type gives what the gguf package gives") {
  const auto file = WeightFile::open(KINORA_SOURCE_DIR "/tests/data/goldens/weight-files/ggml-blocks.gguf");
  REQUIRE_MESSAGE(file.ok(), (file ? "" : file.error().text()));
  int types = 0;
  for (const TensorInfo& info : (*file)->tensors()) {
    const TensorInfo* reference = (*file)->find(info.name + ".expected");
    if (!reference) continue;
    ++types;
    CAPTURE(info.name);
    CHECK(info.dtype == info.name);
    CHECK(info.shape == reference->shape);
    const std::vector<float> expected = floats((*file)->bytes(*reference));
    std::vector<float> got(expected.size());
    REQUIRE(dequantise(info.dtype, (*file)->bytes(info).data(), got.size(), got.data()));
    double worst = 0;
    double largest = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(got[i]) - expected[i]));
      largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    }
    CHECK(largest > 0);
    CHECK(worst <= largest * 1e-6);
  }
  CHECK(types == 12);
}

TEST_CASE("a plain type is not unpacked") {
  float out = 0;
  CHECK_FALSE(dequantise("F32", nullptr, 0, &out));
  CHECK_FALSE(dequantise("Q9_9", nullptr, 0, &out));
}

TEST_CASE("halves become floats exactly") {
  CHECK(halfToFloat(0x0000) == 0.0F);
  CHECK(std::signbit(halfToFloat(0x8000)));
  CHECK(halfToFloat(0x3c00) == 1.0F);
  CHECK(halfToFloat(0xc000) == -2.0F);
  CHECK(halfToFloat(0x7bff) == 65504.0F);
  CHECK(halfToFloat(0x0001) == 0x1p-24F);
  CHECK(halfToFloat(0x83ff) == -1023 * 0x1p-24F);
  CHECK(halfToFloat(0x0400) == 0x1p-14F);
  CHECK(halfToFloat(0x7c00) == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(halfToFloat(0x7e01)));
}
