// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/diffusion/guidance.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <vector>

using namespace kinora::diffusion;

namespace {

/// Answers 3 for the prompt and 1 for the negative prompt, and notes what it was asked.
struct Network {
  std::vector<Branch> asked;

  BranchDenoiser denoiser() {
    return [this](const at::Tensor& x, double, int, Branch branch) {
      asked.push_back(branch);
      const at::Tensor conditional = at::full_like(x, 3);
      const at::Tensor unconditional = at::ones_like(x);
      if (branch == Branch::Weakened) return at::full_like(x, 2.5);
      if (branch == Branch::Both) return at::cat({conditional, unconditional});
      return branch == Branch::Conditional ? conditional : unconditional;
    };
  }
};

}  // namespace

TEST_CASE("guidance moves away from the negative prompt") {
  for (const bool batched : {false, true}) {
    Network network;
    const at::Tensor v = guided(network.denoiser(), {5.0, batched})(at::zeros({1, 2}), 500, 0);
    CHECK(at::equal(v, at::full({1, 2}, 11.0F)));  // 1 + 5·(3 - 1)
    const std::vector<Branch> expected =
        batched ? std::vector{Branch::Both} : std::vector{Branch::Conditional, Branch::Unconditional};
    CHECK((network.asked == expected));
  }
}

TEST_CASE("a scale of 1 or less never asks for the negative prompt") {
  for (const double scale : {1.0, 0.5, 0.0}) {
    Network network;
    const at::Tensor v = guided(network.denoiser(), {scale, true})(at::zeros({1, 2}), 500, 0);
    CHECK(at::equal(v, at::full({1, 2}, 3.0F)));
    CHECK((network.asked == std::vector{Branch::Conditional}));
  }
}

TEST_CASE("half-precision branches are combined in f32") {
  const at::Tensor conditional = at::full({1}, 1.0078125, at::kBFloat16);
  const at::Tensor unconditional = at::full({1}, 1.0, at::kBFloat16);
  const at::Tensor v = combineGuidance(conditional, unconditional, 7.0);
  CHECK((v.scalar_type() == at::kFloat));
  CHECK(v.item<float>() == doctest::Approx(1.0546875).epsilon(1e-6));
}

TEST_CASE("CFG-Zero* takes the nearest multiple of the unconditional branch") {
  // <c,u> = 2·1 + 1·3 = 5, <u,u> = 10: st = 1/2 for the first entry; the second is parallel: st = 2.
  const at::Tensor c = at::tensor({2.0F, 1.0F, 2.0F, 6.0F}).view({2, 2});
  const at::Tensor u = at::tensor({1.0F, 3.0F, 1.0F, 3.0F}).view({2, 2});
  const at::Tensor v = combineZeroStar(c, u, 3.0);
  // st·u + 3·(c - st·u) = 3c - 2·st·u
  CHECK(at::allclose(v, at::tensor({5.0F, 0.0F, 2.0F, 6.0F}).view({2, 2}), 1e-6, 1e-6));
  CHECK(at::allclose(combineZeroStar(c, at::zeros_like(c), 3.0), 3 * c));
}

TEST_CASE("CFG-Zero* leaves x alone in its first steps without asking the network") {
  Network network;
  Guidance guidance{5.0, false, GuidanceKind::ZeroStar};
  guidance.zeroSteps = 2;
  const Denoiser denoise = guided(network.denoiser(), guidance);
  for (const int step : {0, 1}) CHECK(at::equal(denoise(at::ones({1, 2}), 500, step), at::zeros({1, 2})));
  CHECK(network.asked.empty());
  CHECK(at::allclose(denoise(at::ones({1, 2}), 500, 2), at::full({1, 2}, 3.0F)));  // parallel: 3·1 + 5·(3 - 3)
  CHECK(network.asked.size() == 2);
  guidance.scale = 1;
  CHECK(at::equal(guided(network.denoiser(), guidance)(at::ones({1, 2}), 500, 0), at::full({1, 2}, 3.0F)));
}

TEST_CASE("skipped layers add what they cost, within their steps") {
  for (const bool batched : {false, true}) {
    for (const double scale : {1.0, 5.0}) {
      Guidance guidance{scale, batched};
      guidance.skip = {2.0, 1, 3};
      const float base = scale > 1 ? 11.0F : 3.0F;
      for (const int step : {0, 1, 2, 3}) {
        Network network;
        const bool active = step == 1 || step == 2;
        const at::Tensor v = guided(network.denoiser(), guidance)(at::zeros({1, 2}), 500, step);
        CHECK(at::equal(v, at::full({1, 2}, active ? base + 1 : base)));  // + 2·(3 - 2.5)
        CHECK((network.asked.back() == Branch::Weakened) == active);
      }
    }
  }
}

TEST_CASE("normalized attention steers tokens and limits their length") {
  const at::Tensor z = at::tensor({1.0F, -1.0F, 2.0F, 2.0F}).view({1, 2, 2});
  const at::Tensor negative = at::tensor({0.5F, -1.0F, -2.0F, -2.0F}).view({1, 2, 2});
  // 2·z - 1·negative: token 0 (1.5, -1) grows 1.25 times and stays, token 1 (6, 6) three times and is cut to twice.
  const at::Tensor far = at::tensor({1.5F, -1.0F, 4.0F, 4.0F}).view({1, 2, 2});
  CHECK(at::allclose(normalizedAttention(z, negative, {2.0, 2.0, 1.0}), far));
  CHECK(at::allclose(normalizedAttention(z, negative, {2.0, 2.0, 0.25}), 0.25 * far + 0.75 * z));
  CHECK(at::allclose(normalizedAttention(z, negative, {1.0, 2.5, 1.0}), z));
  CHECK(at::equal(normalizedAttention(at::zeros({1, 1, 2}), at::zeros({1, 1, 2}), {5.0}), at::zeros({1, 1, 2})));
  CHECK((normalizedAttention(z.to(at::kBFloat16), negative.to(at::kBFloat16), {2.0}).scalar_type() == at::kBFloat16));
}

TEST_CASE("a network that forgets a branch is noticed") {
  const auto wrong = guided([](const at::Tensor& x, double, int, Branch) { return x; }, {5.0, true});
  CHECK_THROWS(wrong(at::zeros({1, 2}), 500, 0));
}
