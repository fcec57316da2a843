// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <cstring>
#include <vector>

#include "engine/image/resample.h"
#include "tests/engine/image/resample_fixture.h"

using namespace kinora;
using core::Frame;
using core::Size;

namespace {

/// Noise from a linear congruence, as in make_resample_fixture.py: the hardest picture for rounding.
Frame patternFrame(int width, int height) {
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[static_cast<std::size_t>(width * height) * 3]);
  std::uint32_t state = 12345;
  for (int i = 0; i < width * height * 3; ++i) {
    state = state * 1664525u + 1013904223u;
    pixels[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(state >> 24);
  }
  return {width, height, std::move(pixels)};
}

Frame flatFrame(int width, int height, std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[static_cast<std::size_t>(width * height) * 3]);
  for (std::size_t i = 0; i < static_cast<std::size_t>(width * height); ++i) {
    pixels[3 * i] = r;
    pixels[3 * i + 1] = g;
    pixels[3 * i + 2] = b;
  }
  return {width, height, std::move(pixels)};
}

std::uint32_t crc32(const std::uint8_t* data, std::size_t size) {
  std::uint32_t crc = 0xffffffffu;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

}  // namespace

TEST_CASE("resizes to the very bytes Pillow gives") {
  for (const ResampleCase& c : kResampleCases) {
    CAPTURE(c.inWidth);
    CAPTURE(c.outWidth);
    const Frame out = image::resizeLanczos(patternFrame(c.inWidth, c.inHeight), {c.outWidth, c.outHeight});
    REQUIRE(out.size() == Size{c.outWidth, c.outHeight});
    CHECK(crc32(out.data(), out.byteCount()) == c.crc);
  }
}

TEST_CASE("resizes a small picture byte by byte as Pillow") {
  const Frame out = image::resizeLanczos(patternFrame(5, 4), {3, 7});
  REQUIRE(out.byteCount() == sizeof(kResampleSmall));
  for (std::size_t i = 0; i < out.byteCount(); ++i) CHECK(out.data()[i] == kResampleSmall[i]);
}

TEST_CASE("a frame of the right size is passed through without a copy") {
  const Frame frame = patternFrame(20, 10);
  CHECK(image::resizeLanczos(frame, {20, 10}).data() == frame.data());
  CHECK(image::coverCrop(frame, {20, 10}).data() == frame.data());
  CHECK(image::fitPad(frame, {20, 10}).data() == frame.data());
}

TEST_CASE("null frames and empty sizes give a null frame") {
  CHECK(image::resizeLanczos({}, {4, 4}).isNull());
  CHECK(image::resizeLanczos(patternFrame(4, 4), {0, 4}).isNull());
  CHECK(image::coverCrop({}, {4, 4}).isNull());
  CHECK(image::fitPad(patternFrame(4, 4), {4, -1}).isNull());
  CHECK(image::blend(patternFrame(4, 4), patternFrame(4, 5), 0.5).isNull());
}

TEST_CASE("a flat picture stays flat at every size") {
  for (const Size size : {Size{1, 1}, Size{3, 200}, Size{640, 5}, Size{33, 17}}) {
    const Frame out = image::resizeLanczos(flatFrame(40, 30, 255, 7, 128), size);
    for (std::size_t i = 0; i < out.byteCount(); i += 3) {
      REQUIRE(out.data()[i] == 255);
      REQUIRE(out.data()[i + 1] == 7);
      REQUIRE(out.data()[i + 2] == 128);
    }
  }
}

TEST_CASE("coverCrop keeps the centre and fills the frame") {
  // Left third red, middle green, right blue: a tall crop sees only green.
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[90 * 30 * 3]());
  for (int y = 0; y < 30; ++y) {
    for (int x = 0; x < 90; ++x) pixels[static_cast<std::size_t>((y * 90 + x) * 3 + x / 30)] = 255;
  }
  const Frame out = image::coverCrop(Frame(90, 30, std::move(pixels)), {20, 60});
  REQUIRE(out.size() == Size{20, 60});
  for (std::size_t i = 0; i < out.byteCount(); i += 3) {
    REQUIRE(out.data()[i] == 0);
    REQUIRE(out.data()[i + 1] == 255);
    REQUIRE(out.data()[i + 2] == 0);
  }
}

TEST_CASE("cropCentre cuts the middle out, the odd pixel from the end, and never adds any") {
  const Frame frame = patternFrame(9, 6);
  const Frame middle = image::cropCentre(frame, {4, 3});
  REQUIRE(middle.size() == Size{4, 3});
  for (int y = 0; y < 3; ++y) CHECK(std::memcmp(middle.row(y), frame.row(y + 1) + 3 * 2, 3 * 4) == 0);
  CHECK(image::cropCentre(frame, {9, 6}).data() == frame.data());
  CHECK(image::cropCentre(frame, {10, 6}).isNull());
  CHECK(image::cropCentre(frame, {9, 7}).isNull());
  CHECK(image::cropCentre({}, {4, 4}).isNull());
}

TEST_CASE("the bicubic filter is a smooth one of its own") {
  const Frame frame = patternFrame(40, 30);
  const Frame small = image::resizeBicubic(frame, {17, 11});
  REQUIRE(small.size() == Size{17, 11});
  CHECK(std::memcmp(small.data(), image::resizeLanczos(frame, {17, 11}).data(), small.byteCount()) != 0);
  const Frame flat = image::resizeBicubic(flatFrame(7, 5, 10, 200, 30), {20, 13});
  for (std::size_t i = 0; i < flat.byteCount(); i += 3) CHECK(flat.data()[i + 1] == 200);
  CHECK(image::resizeBicubic({}, {4, 4}).isNull());
}

TEST_CASE("fitPad centres the picture on black") {
  const Frame out = image::fitPad(flatFrame(10, 20, 200, 100, 50), {40, 40});
  REQUIRE(out.size() == Size{40, 40});
  CHECK(image::fitSize({10, 20}, {40, 40}) == Size{20, 40});
  CHECK(out.row(0)[9 * 3] == 0);
  CHECK(out.row(0)[10 * 3] == 200);
  CHECK(out.row(39)[29 * 3 + 2] == 50);
  CHECK(out.row(39)[30 * 3 + 2] == 0);
  CHECK(image::fitSize({10000, 1}, {40, 40}) == Size{40, 1});
}

TEST_CASE("blend goes from one picture to the other") {
  const Frame a = flatFrame(8, 8, 0, 100, 255), b = flatFrame(8, 8, 255, 200, 0);
  CHECK(image::blend(a, b, 0).data() == a.data());
  CHECK(image::blend(a, b, 1).data() == b.data());
  const Frame half = image::blend(a, b, 0.5);
  CHECK(half.data()[0] == 128);
  CHECK(half.data()[1] == 150);
  CHECK(half.data()[2] == 128);
  CHECK(image::blend(a, b, 7).data() == b.data());
}

TEST_CASE("delivery from mini's size to 720p takes milliseconds") {
  const Frame frame = patternFrame(128, 80);
  image::resizeLanczos(frame, {1280, 720});
  const auto begin = std::chrono::steady_clock::now();
  constexpr int kRuns = 20;
  for (int i = 0; i < kRuns; ++i) REQUIRE(image::resizeLanczos(frame, {1280, 720}).width() == 1280);
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / kRuns;
  MESSAGE("128x80 -> 1280x720: " << ms << " ms a frame");
}
