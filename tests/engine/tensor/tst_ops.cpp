// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/tensor/ops.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <stop_token>
#include <thread>

#include "engine/tensor/rng.h"

using namespace kinora::tensor;

namespace {

at::Tensor noise(std::uint64_t stream, const std::vector<std::int64_t>& shape) {
  return normal(1, stream, shape);
}

/// Many values quickly, for operands so large that making noise would take longer than the test.
at::Tensor wave(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape) count *= extent;
  return at::arange(count, at::kFloat).remainder_(1009).sin_().view(shape);
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).norm().item<double>() / b.to(at::kDouble).norm().item<double>();
}

/// Seconds from a stop request to the end of work, which is started just before.
template <class Work>
double secondsToStop(const Work& work) {
  std::stop_source source;
  std::chrono::steady_clock::time_point asked;
  std::jthread asker([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    asked = std::chrono::steady_clock::now();
    source.request_stop();
  });
  CHECK_THROWS_AS(work(StopCheck(source.get_token())), Stopped);
  const auto ended = std::chrono::steady_clock::now();
  asker.join();
  return std::chrono::duration<double>(ended - asked).count();
}

}  // namespace

TEST_CASE("attention is softmax of scaled products") {
  const at::Tensor q = noise(1, {2, 3, 5, 8});
  const at::Tensor k = noise(2, {2, 3, 7, 8});
  const at::Tensor v = noise(3, {2, 3, 7, 8});
  const at::Tensor bias = noise(4, {1, 3, 5, 7});
  const auto expected = [&](double scale, const at::Tensor& added) {
    return at::softmax(q.to(at::kDouble).matmul(k.to(at::kDouble).transpose(-1, -2)) * scale + added, -1)
        .matmul(v.to(at::kDouble));
  };
  CHECK(distance(attention(q, k, v, {}), expected(1 / std::sqrt(8.0), at::zeros({1}))) < 1e-6);
  CHECK(distance(attention(q, k, v, {}, {&bias, 1.0}), expected(1, bias)) < 1e-6);
}

TEST_CASE("attention in pieces equals attention in one") {
  // 4·2·3072·3072·64 = 4.8 GFLOP: two pieces.
  const at::Tensor q = noise(1, {1, 3072, 2, 64}).transpose(1, 2);
  const at::Tensor k = noise(2, {1, 3072, 2, 64}).transpose(1, 2);
  const at::Tensor v = noise(3, {1, 3072, 2, 64}).transpose(1, 2);
  const at::Tensor whole = at::scaled_dot_product_attention(q, k, v);
  const at::Tensor pieces = attention(q, k, v, {});
  CHECK(distance(pieces, whole) < 1e-6);
  CHECK(pieces.transpose(1, 2).is_contiguous());
  const at::Tensor bias = wave({1, 1, 3072, 3072});
  CHECK(distance(attention(q, k, v, {}, {&bias, {}}), at::scaled_dot_product_attention(q, k, v, bias)) < 1e-6);
  const at::Tensor perHead = wave({2, 3072, 3072});
  CHECK(distance(attention(q, k, v, {}, {&perHead, {}}), at::scaled_dot_product_attention(q, k, v, perHead)) < 1e-6);
  const at::Tensor row = noise(5, {1, 1, 1, 3072});
  CHECK(distance(attention(q, k, v, {}, {&row, {}}), at::scaled_dot_product_attention(q, k, v, row)) < 1e-6);
}

TEST_CASE("linear in pieces equals linear in one, in f32 and bf16") {
  const at::Tensor x = noise(1, {2, 1500, 1024});
  const at::Tensor weight = noise(2, {1024, 1024});
  const at::Tensor bias = noise(3, {1024});
  const at::Tensor result = linear(x, weight, bias, {});  // 6.3 GFLOP: two pieces
  CHECK((result.sizes() == at::IntArrayRef{2, 1500, 1024}));
  CHECK(distance(result, at::linear(x, weight, bias)) < 1e-6);
  CHECK(distance(linear(x, weight, {}, {}), at::linear(x, weight)) < 1e-6);
  CHECK(distance(linear(x.narrow(1, 0, 3), weight, bias, {}), at::linear(x.narrow(1, 0, 3), weight, bias)) < 1e-6);
  const auto half = [](const at::Tensor& t) { return t.to(at::kBFloat16); };
  const at::Tensor result16 = linear(half(x), half(weight), half(bias), {});
  CHECK((result16.scalar_type() == at::kBFloat16));
  CHECK(distance(result16, result) < 1e-2);
  CHECK(linear(x.narrow(1, 0, 0), weight, bias, {}).numel() == 0);
}

TEST_CASE("attention of many heads is cut along the heads too") {
  const at::Tensor q = noise(1, {1, 8, 600, 64});
  const at::Tensor k = noise(2, {1, 8, 9000, 64});
  const at::Tensor v = noise(3, {1, 8, 9000, 64});
  CHECK(distance(attention(q, k, v, {}), at::scaled_dot_product_attention(q, k, v)) < 1e-6);
}

TEST_CASE("a wide linear is cut along the outputs too") {
  const at::Tensor x = noise(1, {300, 2048});
  const at::Tensor weight = wave({5000, 2048});
  const at::Tensor bias = noise(3, {5000});
  const at::Tensor expected = at::linear(x, weight, bias);
  CHECK(distance(linear(x, weight, bias, {}), expected) < 1e-6);
  CHECK(distance(linear(x, weight, {}, {}), at::linear(x, weight)) < 1e-6);
  const auto half = [](const at::Tensor& t) { return t.to(at::kBFloat16); };
  CHECK(distance(linear(half(x), half(weight), half(bias), {}), expected) < 1e-2);
  CHECK(distance(linear(half(x), half(weight), {}, {}), expected - bias) < 1e-2);
}

TEST_CASE("a stop is seen within 250 ms inside one operation") {
  // Each takes far longer than that in one piece.
  const at::Tensor q = at::ones({1, 4, 16384, 64});
  CHECK(secondsToStop([&](const StopCheck& stop) { attention(q, q, q, stop); }) < 0.25);
  const at::Tensor x = at::ones({1, 60000, 1024});
  const at::Tensor weight = at::ones({4096, 1024});
  CHECK(secondsToStop([&](const StopCheck& stop) { linear(x, weight, {}, stop); }) < 0.25);
}

TEST_CASE("a stop that was asked before nothing is computed") {
  std::stop_source source;
  source.request_stop();
  const StopCheck stop(source.get_token());
  const at::Tensor x = at::ones({1, 1, 1, 2});
  CHECK_THROWS_AS(attention(x, x, x, stop), Stopped);
  CHECK_THROWS_AS(linear(x, at::ones({2, 2}), {}, stop), Stopped);
  CHECK(stop.requested());
  CHECK_NOTHROW(StopCheck()());
}

TEST_CASE("RoPE turns interleaved pairs") {
  const at::Tensor angle = noise(1, {5, 4});
  const at::Tensor x = noise(2, {2, 3, 5, 8});
  const at::Tensor result = applyRope(x, angle.cos(), angle.sin());
  for (int n = 0; n < 5; ++n) {
    for (int p = 0; p < 4; ++p) {
      const double t = angle[n][p].item<double>();
      const double a = x[1][2][n][2 * p].item<double>();
      const double b = x[1][2][n][2 * p + 1].item<double>();
      CHECK(result[1][2][n][2 * p].item<double>() == doctest::Approx(a * std::cos(t) - b * std::sin(t)).epsilon(1e-5));
      CHECK(result[1][2][n][2 * p + 1].item<double>() ==
            doctest::Approx(a * std::sin(t) + b * std::cos(t)).epsilon(1e-5));
    }
  }
}

TEST_CASE("RoPE takes any strides and keeps the dtype") {
  const at::Tensor angle = noise(1, {5, 4});
  const at::Tensor packed = noise(2, {2, 5, 3, 3, 8});  // [B,N,(q,k,v),H,D] as from one fused linear
  const at::Tensor q = packed.select(2, 1).transpose(1, 2);
  CHECK(distance(applyRope(q, angle.cos(), angle.sin()), applyRope(q.contiguous(), angle.cos(), angle.sin())) < 1e-6);
  const at::Tensor odd = noise(3, {2 * 3 * 5 * 8 + 1}).narrow(0, 1, 240).view({2, 3, 5, 8});
  CHECK(distance(applyRope(odd, angle.cos(), angle.sin()), applyRope(odd.clone(), angle.cos(), angle.sin())) < 1e-6);
  const at::Tensor half = applyRope(q.to(at::kBFloat16), angle.cos(), angle.sin());
  CHECK((half.scalar_type() == at::kBFloat16));
  CHECK_THROWS(applyRope(q, angle.narrow(0, 0, 4).cos(), angle.narrow(0, 0, 4).sin()));
}

TEST_CASE("RMS norm") {
  const at::Tensor x = noise(1, {3, 4, 64}) * 3;
  const at::Tensor weight = noise(2, {64});
  const at::Tensor x64 = x.to(at::kDouble);
  const at::Tensor expected = x64 * (x64.square().mean(-1, true) + 1e-6).rsqrt() * weight;
  CHECK(distance(rmsNorm(x, weight, 1e-6), expected) < 1e-6);
  const at::Tensor half = rmsNorm(x.to(at::kBFloat16), weight.to(at::kBFloat16), 1e-6);
  CHECK((half.scalar_type() == at::kBFloat16));
  CHECK(distance(half, expected) < 1e-2);
  CHECK(at::equal(rmsNorm(at::zeros({1, 64}), weight, 1e-6), at::zeros({1, 64})));
}

TEST_CASE("layer norm, with and without weight and bias") {
  const at::Tensor x = noise(1, {3, 4, 64}) * 3 + 5;
  const at::Tensor weight = noise(2, {64});
  const at::Tensor bias = noise(3, {64});
  const at::Tensor x64 = x.to(at::kDouble);
  const at::Tensor plain = (x64 - x64.mean(-1, true)) / (x64.var(at::IntArrayRef{-1}, false, true) + 1e-6).sqrt();
  CHECK(distance(layerNorm(x, 1e-6), plain) < 1e-6);
  CHECK(distance(layerNorm(x, 1e-6, &weight, &bias), plain * weight + bias) < 1e-6);
  const at::Tensor half = weight.to(at::kBFloat16);
  CHECK((layerNorm(x.to(at::kBFloat16), 1e-6, &half).scalar_type() == at::kBFloat16));
}
