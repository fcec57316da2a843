// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/pipeline/delivery.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tests/engine/pipeline/engine_fixture.h"

using namespace kinora;
using pipeline::Delivery;

namespace {

core::Frame grey(int value, core::Size size = {8, 4}) {
  const auto bytes = static_cast<std::size_t>(size.width * size.height * 3);
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[bytes]);
  std::fill_n(pixels.get(), bytes, static_cast<std::uint8_t>(value));
  return {size.width, size.height, pixels};
}

int level(const core::Frame& frame) {
  return frame.data()[0];
}

}  // namespace

TEST_CASE("passes frames of the right size and rate through untouched") {
  test::Frames sink;
  Delivery delivery({12, {8, 4}, 12, 3}, sink);
  std::vector<core::Frame> frames{grey(1), grey(2), grey(3)};
  for (const core::Frame& frame : frames) REQUIRE(delivery.push(frame).ok());
  REQUIRE(delivery.finish().ok());
  REQUIRE(sink.frames.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(sink.frames[i].data() == frames[i].data());
}

TEST_CASE("61 frames at 12 a second become 120 at 24: five seconds") {
  test::Frames sink;
  Delivery delivery({12, {8, 4}, 24, 120}, sink);
  for (int i = 0; i < 61; ++i) REQUIRE(delivery.push(grey(4 * i)).ok());
  REQUIRE(delivery.finish().ok());
  REQUIRE(sink.frames.size() == 120);
  CHECK(delivery.delivered() == 120);
  for (int i = 0; i < 120; ++i) CHECK(level(sink.frames[static_cast<std::size_t>(i)]) == 2 * i);  // odd: the mean
}

TEST_CASE("a scaler takes the place of Lanczos, and its errors end the delivery") {
  struct Brighter : core::FrameScaler {
    core::Result<core::Frame> scale(const core::Frame& frame) override {
      if (level(frame) == 9) return core::Error{core::ErrorCode::Internal, "nine", {}};
      return grey(level(frame) + 100);
    }
  } scaler;
  test::Frames sink;
  Delivery delivery({12, {8, 4}, 24, 3, true, &scaler}, sink);
  REQUIRE(delivery.push(grey(1)).ok());
  REQUIRE(delivery.push(grey(3)).ok());
  REQUIRE(sink.frames.size() == 3);
  CHECK(level(sink.frames[0]) == 101);
  CHECK(level(sink.frames[1]) == 102);
  CHECK(level(sink.frames[2]) == 103);
  CHECK(delivery.push(grey(9)).error().message == "nine");
}

TEST_CASE("an uneven rate mixes by the distance in time") {
  test::Frames sink;
  Delivery delivery({16, {8, 4}, 24, 4}, sink);  // positions 0, 2/3, 4/3, 2
  for (int i = 0; i < 3; ++i) REQUIRE(delivery.push(grey(90 * i)).ok());
  REQUIRE(delivery.finish().ok());
  REQUIRE(sink.frames.size() == 4);
  CHECK(level(sink.frames[0]) == 0);
  CHECK(level(sink.frames[1]) == 60);
  CHECK(level(sink.frames[2]) == 120);
  CHECK(level(sink.frames[3]) == 180);
}

TEST_CASE("a lower rate leaves frames out") {
  test::Frames sink;
  Delivery delivery({24, {8, 4}, 12, 3}, sink);
  for (int i = 0; i < 5; ++i) REQUIRE(delivery.push(grey(10 * i)).ok());
  REQUIRE(delivery.finish().ok());
  REQUIRE(sink.frames.size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(level(sink.frames[static_cast<std::size_t>(i)]) == 20 * i);
}

TEST_CASE("holds the last frame where time runs over") {
  test::Frames sink;
  Delivery delivery({12, {8, 4}, 24, 6}, sink);
  REQUIRE(delivery.push(grey(0)).ok());
  REQUIRE(delivery.push(grey(100)).ok());
  CHECK(sink.frames.size() == 3);
  REQUIRE(delivery.finish().ok());
  REQUIRE(sink.frames.size() == 6);
  for (std::size_t i = 2; i < 6; ++i) CHECK(level(sink.frames[i]) == 100);
}

TEST_CASE("gives no more than promised, and nothing of nothing") {
  test::Frames sink;
  Delivery delivery({12, {8, 4}, 12, 2}, sink);
  for (int i = 0; i < 5; ++i) REQUIRE(delivery.push(grey(i)).ok());
  REQUIRE(delivery.finish().ok());
  CHECK(sink.frames.size() == 2);
  test::Frames none;
  Delivery empty({12, {8, 4}, 12, 2}, none);
  REQUIRE(empty.finish().ok());
  CHECK(none.frames.empty());
}

TEST_CASE("brings frames to the size that was promised") {
  test::Frames sink;
  Delivery delivery({12, {32, 16}, 24, 4}, sink);
  REQUIRE(delivery.push(grey(50)).ok());
  REQUIRE(delivery.push(grey(70)).ok());
  REQUIRE(delivery.finish().ok());
  REQUIRE(sink.frames.size() == 4);
  for (const core::Frame& frame : sink.frames) CHECK(frame.size() == core::Size{32, 16});
  CHECK(level(sink.frames[0]) == 50);  // Lanczos keeps an even grey
  CHECK(level(sink.frames[1]) == 60);
}

TEST_CASE("stops at the sink's error and hands it on") {
  test::Frames sink;
  sink.failAt = 2;
  Delivery delivery({12, {8, 4}, 24, 120}, sink);
  REQUIRE(delivery.push(grey(0)).ok());
  const auto failed = delivery.push(grey(1));
  REQUIRE(!failed.ok());
  CHECK(failed.error().code == core::ErrorCode::DiskFull);
  CHECK(sink.frames.size() == 2);

  test::Frames atEnd;
  atEnd.failAt = 2;
  Delivery held({12, {8, 4}, 24, 5}, atEnd);
  REQUIRE(held.push(grey(0)).ok());
  CHECK(!held.finish().ok());
  CHECK(atEnd.frames.size() == 2);
}

TEST_CASE("another shape is cropped, or stretched back when the picture was squeezed") {
  // Left half black, right half white; the output is twice as wide as high, the input square.
  const std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[8 * 8 * 3]());
  for (int y = 0; y < 8; ++y) std::fill_n(pixels.get() + (y * 8 + 4) * 3, 4 * 3, std::uint8_t{255});
  for (int x = 0; x < 8; ++x) pixels[x * 3] = 200;  // a first row of its own
  const core::Frame input(8, 8, pixels);
  for (const bool crop : {true, false}) {
    CAPTURE(crop);
    test::Frames sink;
    Delivery delivery({core::Rational(12), {16, 8}, core::Rational(12), 1, crop}, sink);
    REQUIRE(delivery.push(input).ok());
    REQUIRE(sink.frames.size() == 1);
    CHECK((sink.frames[0].size() == core::Size{16, 8}));
    // The first row is there only where nothing was cut off.
    CHECK((sink.frames[0].row(0)[0] > 100) == !crop);
  }
}
