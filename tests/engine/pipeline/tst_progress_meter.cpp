// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/pipeline/progress_meter.h"

#include <doctest/doctest.h>

using namespace kinora;
using core::Stage;

namespace {

std::vector<core::Progress> reports(const std::function<void(pipeline::ProgressMeter&)>& work) {
  std::vector<core::Progress> all;
  pipeline::ProgressMeter meter({{Stage::Text, 1}, {Stage::Encode, 1}, {Stage::Denoise, 6}, {Stage::Decode, 2}},
                                [&](const core::Progress& progress) { all.push_back(progress); });
  work(meter);
  return all;
}

}  // namespace

TEST_CASE("never falls and ends at one") {
  const auto all = reports([](pipeline::ProgressMeter& meter) {
    meter.advance(Stage::Text, 0, 1);
    meter.advance(Stage::Text, 1, 1);
    meter.advance(Stage::Encode, 1, 1);
    for (int i = 0; i <= 4; ++i) meter.advance(Stage::Denoise, i, 4);
    meter.advance(Stage::Denoise, 1, 4);  // a stage that is told again does not go back
    for (int i = 1; i <= 5; ++i) meter.advance(Stage::Decode, i, 5);
  });
  REQUIRE(all.size() == 14);
  CHECK(all.front().fraction == 0);
  for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i].fraction >= all[i - 1].fraction);
  CHECK(all.back().fraction == doctest::Approx(1.0));
  CHECK(all.back().etaSeconds == doctest::Approx(0.0));
}

TEST_CASE("a stage moves by its weight and says which piece is done") {
  const auto all = reports([](pipeline::ProgressMeter& meter) { meter.advance(Stage::Denoise, 2, 4); });
  REQUIRE(all.size() == 1);
  CHECK(all[0].fraction == doctest::Approx(0.5));  // (1 + 1 + 6/2) / 10
  CHECK(all[0].stage == Stage::Denoise);
  CHECK(all[0].step == 2);
  CHECK(all[0].steps == 4);
}

TEST_CASE("a stage's pieces may weigh differently, a share for each kind") {
  std::vector<double> fractions;
  pipeline::ProgressMeter meter({{Stage::Text, 1}, {Stage::Denoise, 1, 2}, {Stage::Denoise, 6}, {Stage::Decode, 2}},
                                [&](const core::Progress& progress) { fractions.push_back(progress.fraction); });
  for (int done = 0; done <= 4; ++done) meter.advance(Stage::Denoise, done, 4);
  meter.advance(Stage::Decode, 1, 2);
  const std::vector<double> expected{0.1, 0.15, 0.2, 0.35, 0.5, 0.9};
  REQUIRE(fractions.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(fractions[i] == doctest::Approx(expected[i]));
}

TEST_CASE("tells the time left once it can, from the time that passed") {
  const auto all = reports([](pipeline::ProgressMeter& meter) {
    meter.advance(Stage::Text, 0, 1);
    meter.advance(Stage::Denoise, 2, 4);
  });
  CHECK(all[0].etaSeconds < 0);
  CHECK(all[1].elapsedSeconds >= 0);
  CHECK(all[1].etaSeconds == doctest::Approx(all[1].elapsedSeconds));  // half is done
}

TEST_CASE("a stage without a share counts as the end, pieces of none count as none") {
  const auto all = reports([](pipeline::ProgressMeter& meter) {
    meter.advance(Stage::Text, 0, 0);
    meter.advance(Stage::Write, 0, 1);
  });
  CHECK(all[0].fraction == 0);
  CHECK(all[1].fraction == doctest::Approx(1.0));
}

TEST_CASE("works without a listener") {
  pipeline::ProgressMeter meter({{Stage::Text, 1}}, {});
  CHECK_NOTHROW(meter.advance(Stage::Text, 1, 1));
}

TEST_CASE("pieces of an earlier run say nothing of the time left") {
  const auto all = reports([](pipeline::ProgressMeter& meter) {
    meter.advance(Stage::Text, 0, 1);
    meter.skip(Stage::Denoise, 3, 4);  // 0.65 of the whole
    meter.advance(Stage::Denoise, 4, 4);
  });
  CHECK(all[1].fraction == doctest::Approx(0.65));
  CHECK(all[1].etaSeconds < 0);
  CHECK(all[2].fraction == doctest::Approx(0.8));
  CHECK(all[2].etaSeconds == doctest::Approx(all[2].elapsedSeconds / 0.15 * 0.2));
}
