// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/detail/reference_scaler.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "engine/image/resample.h"
#include "tests/engine/detail/scenes.h"

using namespace kinora;
using core::Frame;
using core::Size;
using detail::ReferenceScaler;
using test::Scene;

namespace {

constexpr Size kLarge{640, 360};
constexpr Size kSmall{160, 90};
constexpr int kFrames = 13;

double squaredError(const Frame& a, const Frame& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.byteCount(); ++i) {
    const double difference = static_cast<double>(a.data()[i]) - b.data()[i];
    sum += difference * difference;
  }
  return sum / static_cast<double>(a.byteCount());
}

/// What changes from a to b.
std::vector<int> change(const Frame& a, const Frame& b) {
  std::vector<int> out(a.byteCount());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = b.data()[i] - a.data()[i];
  return out;
}

double decibels(double squared) {
  return 10 * std::log10(255 * 255 / squared);
}

struct Quality {
  double psnr = 0;     ///< over all frames but the first
  double flicker = 0;  ///< mean squared difference of the change between frames from the true change
};

template <class Scale>
Quality measure(const Scene& scene, const Scale& scale) {
  double error = 0, flicker = 0;
  Frame before, truthBefore;
  for (int i = 0; i < kFrames; ++i) {
    const Frame truth = test::draw(scene, i, kLarge);
    const Frame got = scale(image::resizeLanczos(truth, kSmall));
    if (i > 0) {
      error += squaredError(got, truth);
      const auto is = change(before, got), should = change(truthBefore, truth);
      double sum = 0;
      for (std::size_t k = 0; k < is.size(); ++k) sum += (is[k] - should[k]) * (is[k] - should[k]);
      flicker += sum / static_cast<double>(is.size());
    }
    before = got;
    truthBefore = truth;
  }
  return {decibels(error / (kFrames - 1)), flicker / (kFrames - 1)};
}

Quality withReference(const Scene& scene) {
  ReferenceScaler scaler(test::draw(scene, 0, kLarge), kLarge);
  return measure(scene, [&](const Frame& small) { return scaler.scale(small).value(); });
}

Quality withLanczos(const Scene& scene) {
  return measure(scene, [](const Frame& small) { return image::resizeLanczos(small, kLarge); });
}

}  // namespace

TEST_CASE("scenes with known truth come out 3 dB better than with Lanczos, and steadier") {
  const struct {
    const char* name;
    Scene scene;
  } cases[] = {{"pan", {11, 0.012, 0.004, 1, 0, 0}},
               {"zoom", {12, 0, 0, 1.02, 0, 0}},
               {"disc", {13, 0, 0, 1, 0.02, 0}},
               {"pan against disc", {14, -0.008, 0.002, 1, 0.015, 0}},
               {"zoom out in falling light", {15, 0, 0, 0.988, 0, 0.015}}};
  for (const auto& entry : cases) {
    const std::string name = entry.name;
    CAPTURE(name);
    const Quality ours = withReference(entry.scene), plain = withLanczos(entry.scene);
    MESSAGE(name << ": " << ours.psnr << " dB, Lanczos " << plain.psnr << " dB; flicker " << ours.flicker
                 << ", Lanczos " << plain.flicker);
    CHECK(ours.psnr >= plain.psnr + 3);
    CHECK(ours.flicker < plain.flicker);
  }
}

TEST_CASE("the first frame is the picture, and a still clip stays it") {
  const Frame picture = test::draw({3, 0, 0, 1, 0.02, 0}, 0, kLarge);
  ReferenceScaler scaler(picture, kLarge);
  const Frame small = image::resizeLanczos(picture, kSmall);
  for (int i = 0; i < 5; ++i) CHECK(decibels(squaredError(scaler.scale(small).value(), picture) + 1e-9) > 45);
}

TEST_CASE("texture that the model's first frame has lost comes back, and stays while nothing moves") {
  const Frame picture = test::draw({3, 0, 0, 1, 0.02, 0}, 0, kLarge);
  ReferenceScaler scaler(picture, kLarge);
  const core::Size half{kSmall.width / 2, kSmall.height / 2};
  const Frame soft = image::resizeLanczos(image::resizeLanczos(picture, half), kSmall);
  const double plain = decibels(squaredError(image::resizeLanczos(soft, kLarge), picture));
  for (int i = 0; i < 4; ++i) CHECK(decibels(squaredError(scaler.scale(soft).value(), picture)) > plain + 5);
}

TEST_CASE("a clip that shows something else than the picture is as Lanczos enlarges it") {
  const Frame picture = test::draw({4, 0, 0, 1, 0, 0}, 0, kLarge);
  ReferenceScaler scaler(picture, kLarge);
  const Scene other{5, 0.01, 0, 1, 0.02, 0};
  for (int i = 0; i < 4; ++i) {
    const Frame small = image::resizeLanczos(test::draw(other, i, kLarge), kSmall);
    CHECK(decibels(squaredError(scaler.scale(small).value(), image::resizeLanczos(small, kLarge)) + 1e-9) > 30);
  }
}

TEST_CASE("after a cut the detail of the first scene is gone") {
  const Scene scene{6, 0.01, 0, 1, 0, 0}, next{7, 0, 0, 1, 0.02, 0};
  ReferenceScaler scaler(test::draw(scene, 0, kLarge), kLarge);
  for (int i = 0; i < 3; ++i) scaler.scale(image::resizeLanczos(test::draw(scene, i, kLarge), kSmall)).value();
  for (int i = 0; i < 3; ++i) {
    const Frame truth = test::draw(next, i, kLarge);
    const Frame small = image::resizeLanczos(truth, kSmall);
    const double ours = squaredError(scaler.scale(small).value(), truth);
    CHECK(ours < 1.1 * squaredError(image::resizeLanczos(small, kLarge), truth));
  }
}

TEST_CASE("pictures of another shape are cropped as for the model, and sizes may be odd") {
  const Frame wide = test::draw({8, 0, 0, 1, 0, 0}, 0, {801, 301});
  ReferenceScaler scaler(wide, kLarge);
  const Frame covered = image::coverCrop(wide, kLarge);
  const Frame out = scaler.scale(image::resizeLanczos(covered, {128, 80})).value();
  CHECK(out.size() == kLarge);
  CHECK(decibels(squaredError(out, covered) + 1e-9) > 45);
  ReferenceScaler tiny(test::draw({9, 0, 0, 1, 0, 0}, 0, {33, 57}), {33, 57});
  for (int i = 0; i < 2; ++i)
    CHECK(tiny.scale(test::draw({9, 0.02, 0, 1, 0, 0}, i, {16, 32})).value().size() == Size{33, 57});
}
