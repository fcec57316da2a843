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

TEST_CASE("a network that forgets a branch is noticed") {
  const auto wrong = guided([](const at::Tensor& x, double, int, Branch) { return x; }, {5.0, true});
  CHECK_THROWS(wrong(at::zeros({1, 2}), 500, 0));
}
