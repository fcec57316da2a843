// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/pipeline/pixels.h"

#include <ATen/ATen.h>

#include <doctest/doctest.h>

#include <cstring>

using namespace kinora;

namespace {

/// Every byte value occurs, and no two channels or rows are alike.
core::Frame ramp(int width, int height) {
  const std::size_t size = static_cast<std::size_t>(width * height * 3);
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[size]);
  for (std::size_t i = 0; i < size; ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  return {width, height, pixels};
}

}  // namespace

TEST_CASE("a frame survives the way to a tensor and back") {
  const core::Frame frame = ramp(40, 22);
  const at::Tensor video = pipeline::toTensor(frame);
  CHECK(video.sizes() == at::IntArrayRef({1, 3, 1, 22, 40}));
  const core::Frame back = pipeline::toFrame(video, 0);
  REQUIRE(back.size() == frame.size());
  CHECK(std::memcmp(back.data(), frame.data(), frame.byteCount()) == 0);
}

TEST_CASE("a tensor has channels first and values from -1 to 1") {
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[6]{0, 255, 51, 255, 0, 102});
  const at::Tensor video = pipeline::toTensor({2, 1, pixels});
  CHECK(video[0][0][0][0][0].item<float>() == -1.0f);
  CHECK(video[0][1][0][0][0].item<float>() == 1.0f);
  CHECK(video[0][2][0][0][0].item<float>() == doctest::Approx(-0.6));
  CHECK(video[0][0][0][0][1].item<float>() == 1.0f);
}

TEST_CASE("takes the frame that is asked for, and clamps and rounds it") {
  at::Tensor video = at::zeros({1, 3, 2, 1, 2});
  video[0][0][1][0][0] = -3.0;
  video[0][1][1][0][0] = 3.0;
  video[0][2][1][0][0] = 2.0 * 100.4 / 255 - 1;
  video[0][0][1][0][1] = 2.0 * 100.6 / 255 - 1;
  const core::Frame second = pipeline::toFrame(video, 1);
  CHECK(second.data()[0] == 0);
  CHECK(second.data()[1] == 255);
  CHECK(second.data()[2] == 100);
  CHECK(second.data()[3] == 101);
  CHECK(pipeline::toFrame(video, 0).data()[0] == 128);
}

TEST_CASE("a half-precision tensor gives the same picture") {
  const core::Frame frame = ramp(8, 8);
  const core::Frame back = pipeline::toFrame(pipeline::toTensor(frame).to(at::kHalf), 0);
  CHECK(std::memcmp(back.data(), frame.data(), frame.byteCount()) == 0);
}
