// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/diffusion/step_cache.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <limits>

using namespace kinora::diffusion;

namespace {

/// Asks cache once a step with probes of these values; "C" computed, "r" reused.
std::string decisions(StepCache& cache, const std::vector<double>& probes, int from = 0) {
  std::string made;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const bool reuse = cache.reuse(at::full({3}, probes[i]), from + static_cast<int>(i));
    if (!reuse) cache.keep(at::full({3}, probes[i]));
    made += reuse ? 'r' : 'C';
  }
  return made;
}

CacheSettings settings(CacheKind kind, double threshold, int steps) {
  return {kind, threshold, steps, {}};
}

}  // namespace

TEST_CASE("TeaCache adds the change up and always computes the first steps and the last") {
  // Each probe is 10 % above the one before.
  const std::vector<double> probes{1, 1.1, 1.21, 1.331, 1.4641, 1.61051, 1.771561, 1.9487171};
  StepCache cache(settings(CacheKind::TeaCache, 0.25, 8));
  CHECK(decisions(cache, probes) == "CrrCrrCC");
  CHECK(cache.reused() == 4);
  StepCache strict(settings(CacheKind::TeaCache, 0.05, 8));
  CHECK(decisions(strict, probes) == "CCCCCCCC");
  StepCache never(settings(CacheKind::TeaCache, 0, 8));
  CHECK(decisions(never, std::vector<double>(8, 1.0)) == "CCCCCCCC");
  StepCache loose(settings(CacheKind::TeaCache, 10, 30));
  CHECK(decisions(loose, std::vector<double>(30, 1.0)) == "CCC" + std::string(26, 'r') + "C");
}

TEST_CASE("TeaCache's polynomial turns the change into the output's") {
  CacheSettings fitted = settings(CacheKind::TeaCache, 0.25, 8);
  fitted.polynomial = {2, 0, 0.04};  // 2·0.1² + 0.04 = 0.06
  StepCache cache(fitted);
  CHECK(decisions(cache, {1, 1.1, 1.21, 1.331, 1.4641, 1.61051}) == "CrrrrC");
}

TEST_CASE("the first-block cache compares with the step that was computed last") {
  StepCache cache(settings(CacheKind::FirstBlock, 0.25, 6));
  CHECK(cache.blocksBefore() == 1);
  CHECK(decisions(cache, {1, 1.1, 1.2, 1.3, 1.4, 1.6}) == "CrrCrr");
  CHECK(cache.residual().mean().item<double>() == doctest::Approx(1.3));
  CHECK(StepCache(settings(CacheKind::TeaCache, 1, 1)).blocksBefore() == 0);
}

TEST_CASE("after a reset nothing is reused, and the count goes on") {
  for (const CacheKind kind : {CacheKind::TeaCache, CacheKind::FirstBlock}) {
    StepCache cache(settings(kind, 0.5, 9));
    CHECK(decisions(cache, {1, 1, 1}) == "Crr");
    cache.reset();
    CHECK_FALSE(cache.residual().defined());
    CHECK(decisions(cache, {1, 1}, 3) == "Cr");
    CHECK(cache.reused() == 3);
  }
}

TEST_CASE("a run that starts in its middle computes first") {
  StepCache cache(settings(CacheKind::TeaCache, 0.5, 9));
  CHECK(decisions(cache, {1, 1, 1}, 5) == "Crr");
}

TEST_CASE("probes that are no numbers are never reused") {
  for (const CacheKind kind : {CacheKind::TeaCache, CacheKind::FirstBlock}) {
    StepCache cache(settings(kind, 0.5, 9));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(decisions(cache, {1, nan, nan, 0, 0}) == "CCCCC");
  }
}

TEST_CASE("relative change is the mean of absolute values") {
  CHECK(relativeChange(at::tensor({1.0F, -3.0F}), at::tensor({2.0F, -2.0F})) == doctest::Approx(0.5));
}
