// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/embeddings.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <array>
#include <cmath>

#include "engine/wan/text_encoder.h"

using namespace kinora::wan;

TEST_CASE("the time vector has the known values, cosines first") {
  const at::Tensor rows = timeVector(at::tensor({500.0f, 999.0f, 0.0f}), 256);
  REQUIRE(rows.sizes() == at::IntArrayRef({3, 256}));
  const std::array<int, 5> entries = {0, 1, 2, 64, 127};
  const double cos500[] = {-0.883849, 0.945943, 0.848515, 0.283662, 0.998557};
  const double sin500[] = {-0.467772, 0.324334, -0.529172, -0.958924, 0.053705};
  const double cos999[] = {0.999650, 0.963782, -0.398992, -0.844470, 0.994243};
  const double sin999[] = {-0.026461, -0.266690, -0.916955, -0.535603, 0.107147};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto value = [&](int row, int column) { return rows[row][column].item<double>(); };
    // The known values are those of f64; f32 angles near 1000 are off by up to 1e-4.
    CHECK(std::abs(value(0, entries[i]) - cos500[i]) < 2e-4);
    CHECK(std::abs(value(0, 128 + entries[i]) - sin500[i]) < 2e-4);
    CHECK(std::abs(value(1, entries[i]) - cos999[i]) < 2e-4);
    CHECK(std::abs(value(1, 128 + entries[i]) - sin999[i]) < 2e-4);
    CHECK(value(2, entries[i]) == 1.0);
    CHECK(value(2, 128 + entries[i]) == 0.0);
  }
}

TEST_CASE("rotations have the known angles") {
  CHECK(ropePairs(128) == std::array<std::int64_t, 3>{22, 21, 21});
  CHECK(ropePairs(48) == std::array<std::int64_t, 3>{8, 8, 8});
  CHECK(ropePairs(20) == std::array<std::int64_t, 3>{4, 3, 3});
  const at::Tensor table = ropeTable(4, 6, 8, 128);
  REQUIRE(table.sizes() == at::IntArrayRef({4 * 6 * 8, 64}));
  const at::Tensor row = at::view_as_real(table[(3 * 6 + 5) * 8 + 7]);
  const std::pair<int, double> angles[] = {{0, 3.0},       {1, 1.973800}, {21, 0.000456}, {22, 5.0},     {23, 3.224733},
                                           {42, 0.000775}, {43, 7.0},     {44, 4.514627}, {63, 0.001085}};
  for (const auto& [pair, angle] : angles) {
    CAPTURE(pair);
    CHECK(std::abs(row[pair][0].item<double>() - std::cos(angle)) < 2e-6);
    CHECK(std::abs(row[pair][1].item<double>() - std::sin(angle)) < 2e-6);
  }
}

TEST_CASE("relative positions fall into the known buckets") {
  const auto bucket = [](std::int64_t distance) { return relativeBucket(distance, 32, 128); };
  struct Range {
    std::int64_t from, to, bucket;
  };
  const Range ranges[] = {{8, 11, 8},   {12, 15, 9},  {16, 22, 10},  {23, 31, 11},  {32, 45, 12},
                          {46, 63, 13}, {64, 90, 14}, {91, 128, 15}, {129, 600, 15}};
  for (std::int64_t n = 0; n < 8; ++n) {
    CHECK(bucket(-n) == n);
    if (n > 0) CHECK(bucket(n) == 16 + n);
  }
  for (const Range& range : ranges) {
    for (std::int64_t n = range.from; n <= range.to; ++n) {
      CAPTURE(n);
      CHECK(bucket(-n) == range.bucket);
      CHECK(bucket(n) == 16 + range.bucket);
    }
  }
}
