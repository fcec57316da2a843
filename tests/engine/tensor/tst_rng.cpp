// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/tensor/rng.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using kinora::tensor::normal;
using kinora::tensor::philox4x32;
using kinora::tensor::PhiloxCounter;

TEST_CASE("Philox4x32-10 gives the published known answers") {
  // Random123, tests/kat_vectors, lines "philox4x32 10".
  CHECK((philox4x32({0, 0, 0, 0}, {0, 0}) == PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
         PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK((philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
         PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_CASE("the first noise values follow from the known answer") {
  const at::Tensor noise = normal(0, 0, {4});
  const double radius = std::sqrt(-2 * std::log((0x6627e8d5p0 + 1) / 4294967296.0));
  const double angle = 2 * std::numbers::pi * (0xe169c58dp0 / 4294967296.0);
  CHECK(noise[0].item<double>() == doctest::Approx(radius * std::cos(angle)).epsilon(1e-6));
  CHECK(noise[1].item<double>() == doctest::Approx(radius * std::sin(angle)).epsilon(1e-6));
}

TEST_CASE("noise is standard normal") {
  const at::Tensor noise = normal(20260101, 3, {1 << 20}).to(at::kDouble);
  const double tolerance = 5 / 1024.0;  // five standard errors of the mean
  CHECK(std::abs(noise.mean().item<double>()) < tolerance);
  CHECK(std::abs(noise.var().item<double>() - 1) < tolerance * std::numbers::sqrt2);
  CHECK(std::abs(noise.pow(3).mean().item<double>()) < tolerance * std::sqrt(15.0));
  CHECK(std::abs(noise.pow(4).mean().item<double>() - 3) < tolerance * std::sqrt(96.0));
  CHECK(std::abs(noise.abs().le(1.0).to(at::kDouble).mean().item<double>() - 0.6826895) < tolerance);
  CHECK(noise.abs().max().item<double>() > 4.0);
  CHECK(noise.isfinite().all().item<bool>());
}

TEST_CASE("neighbours, seeds and streams are independent") {
  const at::Tensor a = normal(7, 0, {1 << 18});
  const auto correlation = [&](const at::Tensor& b) { return std::abs(a.mul(b).mean().item<double>()); };
  const double tolerance = 5 / 512.0;
  CHECK(correlation(a.roll(1)) < tolerance);
  CHECK(correlation(a.roll(2)) < tolerance);
  CHECK(correlation(normal(8, 0, {1 << 18})) < tolerance);
  CHECK(correlation(normal(7, 1, {1 << 18})) < tolerance);
  CHECK(correlation(normal(7ULL << 32, 0, {1 << 18})) < tolerance);
  CHECK(correlation(normal(7, 1ULL << 32, {1 << 18})) < tolerance);
}

TEST_CASE("a value depends on its place in memory order only") {
  const at::Tensor flat = normal(42, 1, {30});
  CHECK(at::equal(normal(42, 1, {2, 3, 5}).flatten(), flat));
  CHECK(at::equal(normal(42, 1, {7}), flat.narrow(0, 0, 7)));
  CHECK(normal(42, 1, {0, 4}).numel() == 0);
  CHECK(normal(42, 1, {}).item<float>() == flat[0].item<float>());
}
