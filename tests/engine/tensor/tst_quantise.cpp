// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/quantise.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include <stop_token>

using kinora::tensor::quantise;
using kinora::tensor::quantisedLinear;
using kinora::tensor::StopCheck;

namespace {

struct Packed {
  Packed(const at::Tensor& matrix, at::ScalarType type)
      : values(at::empty(matrix.sizes(), type)), scale(at::empty({matrix.size(0), 1})) {
    quantise(matrix, values, scale);
  }
  at::Tensor matrix() const { return values.to(at::kFloat) * scale; }
  at::Tensor values, scale;
};

}  // namespace

TEST_CASE("int8 rounds to the nearest of 255 steps of each row") {
  at::manual_seed(1);
  const at::Tensor matrix = at::randn({7, 300}) * at::logspace(-6, 3, 7).unsqueeze(1);
  const Packed packed(matrix, at::kChar);
  const at::Tensor step = at::amax(matrix.abs(), at::IntArrayRef{1}, true) / 127;
  CHECK(((packed.matrix() - matrix).abs() <= step * 0.50001).all().item<bool>());
  CHECK(packed.values.abs().amax().item<int>() == 127);
}

TEST_CASE("fp8 keeps three bits behind the point, of small values too") {
  at::manual_seed(2);
  const at::Tensor matrix = at::randn({5, 400}) * 1e-3;
  const Packed packed(matrix, at::kFloat8_e4m3fn);
  const at::Tensor relative = (packed.matrix() - matrix).abs() / matrix.abs();
  const at::Tensor normal = matrix.abs() > at::amax(matrix.abs(), at::IntArrayRef{1}, true) / (448 * 64);  // from 2^-6
  CHECK(relative.masked_select(normal).amax().item<double>() <= 1.0 / 16 + 1e-6);
  const at::Tensor top = at::amax(packed.values.to(at::kFloat).abs(), at::IntArrayRef{1});
  CHECK((top > 224).all().item<bool>());  // no row wastes a binade
}

TEST_CASE("rows of zeros stay zeros, and whole numbers of steps are exact") {
  at::Tensor matrix = at::arange(-127, 128, at::kFloat).mul(0.25).unsqueeze(0).repeat({2, 1});
  matrix[1].zero_();
  for (const auto type : {at::kChar, at::kFloat8_e4m3fn}) {
    const Packed packed(matrix, type);
    CHECK(at::equal(packed.matrix()[1], matrix[1]));
    if (type == at::kChar) CHECK(at::equal(packed.matrix()[0], matrix[0]));
  }
}

TEST_CASE("a linear works with the matrix turned back, in pieces, with and without bias") {
  const c10::InferenceMode inference;
  at::manual_seed(3);
  const at::Tensor matrix = at::randn({2000, 700});  // more than one piece
  const at::Tensor bias = at::randn({2000});
  const at::Tensor x = at::randn({2, 9, 700});
  for (const auto type : {at::kChar, at::kFloat8_e4m3fn}) {
    const Packed packed(matrix, type);
    const at::Tensor got = quantisedLinear(x, packed.values, packed.scale, bias, {});
    const at::Tensor wanted = at::linear(x, packed.matrix(), bias);
    CHECK(got.sizes() == at::IntArrayRef({2, 9, 2000}));
    CHECK(at::allclose(got, wanted, 1e-4, 1e-4));
    const at::Tensor plain = quantisedLinear(x, packed.values, packed.scale, {}, {});
    CHECK(at::allclose(plain + bias, wanted, 1e-4, 1e-4));
    const at::Tensor half = quantisedLinear(x.to(at::kBFloat16), packed.values, packed.scale, {}, {});
    CHECK((half.scalar_type() == at::kBFloat16));
  }
}

TEST_CASE("a linear stops when asked") {
  std::stop_source source;
  source.request_stop();
  const Packed packed(at::ones({4, 4}), at::kChar);
  CHECK_THROWS_AS(quantisedLinear(at::ones({1, 4}), packed.values, packed.scale, {}, StopCheck(source.get_token())),
                  kinora::tensor::Stopped);
}
