// SPDX-License-Identifier: GPL-3.0-or-later
// Moving scenes that can be drawn at any size: what a clip would be in full detail is known.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>

#include "engine/core/frame.h"

namespace kinora::test {

/// A textured plain under a moving camera, and a patterned disc that crosses it.
struct Scene {
  std::uint32_t seed = 1;
  double panX = 0.01;  ///< of the picture's width per frame
  double panY = 0;
  double zoom = 1;          ///< per frame
  double discSpeed = 0.02;  ///< widths per frame; 0: no disc
  double dim = 0;           ///< light lost per frame
};

inline double noiseAt(std::int64_t x, std::int64_t y, std::uint32_t seed) {
  std::uint64_t h = static_cast<std::uint64_t>(x) * 0x9E3779B97F4A7C15ULL ^
                    static_cast<std::uint64_t>(y) * 0xC2B2AE3D27D4EB4FULL ^ (static_cast<std::uint64_t>(seed) << 17);
  h = (h ^ (h >> 31)) * 0xBF58476D1CE4E5B9ULL;
  h = (h ^ (h >> 29)) * 0x94D049BB133111EBULL;
  return static_cast<double>((h ^ (h >> 32)) & 0xFFFF) / 65535.0;
}

/// Smooth noise of cells of size 1, 0…1.
inline double smoothNoise(double x, double y, std::uint32_t seed) {
  const double fx = std::floor(x), fy = std::floor(y);
  const auto ease = [](double t) { return t * t * (3 - 2 * t); };
  const double u = ease(x - fx), v = ease(y - fy);
  const auto at = [&](int dx, int dy) {
    return noiseAt(static_cast<std::int64_t>(fx) + dx, static_cast<std::int64_t>(fy) + dy, seed);
  };
  return (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v;
}

/// Frame `index` of the scene. Coordinates are widths; the finest pattern has a period of about 1/160 of the width.
inline core::Frame draw(const Scene& scene, int index, core::Size size) {
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[static_cast<std::size_t>(size.width) * 3 * size.height]);
  const double aspect = static_cast<double>(size.height) / size.width;
  const double scale = std::pow(scene.zoom, index), light = 1 - scene.dim * index;
  const double discX = 0.25 + scene.discSpeed * index, discY = 0.5 * aspect;
  std::uint8_t* to = pixels.get();
  for (int row = 0; row < size.height; ++row) {
    for (int column = 0; column < size.width; ++column) {
      const double sx = (column + 0.5) / size.width, sy = (row + 0.5) / size.width;
      double x = 0.5 + (sx - 0.5) / scale + scene.panX * index,
             y = aspect / 2 + (sy - aspect / 2) / scale + scene.panY * index;
      double shade = 0.25;
      const bool disc = scene.discSpeed != 0 && std::hypot(sx - discX, sy - discY) < 0.12;
      std::uint32_t seed = scene.seed;
      if (disc) {
        x = sx - discX + 7;
        y = sy - discY;
        seed += 100;
        shade = 0.45;
      }
      double value = shade;
      for (const auto& [frequency, weight] : {std::pair{8.0, 0.3}, {30.0, 0.2}, {110.0, 0.25}, {160.0, 0.15}}) {
        value +=
            weight * (smoothNoise(x * frequency, y * frequency, seed + static_cast<std::uint32_t>(frequency)) - 0.35);
      }
      const double tint = smoothNoise(x * 6, y * 6, seed + 9);
      for (const double colour : {0.8 + 0.3 * tint, 0.9, 1.1 - 0.3 * tint}) {
        *to++ = static_cast<std::uint8_t>(std::lround(std::fmin(1, std::fmax(0, value * colour * light)) * 255));
      }
    }
  }
  return {size.width, size.height, std::move(pixels)};
}

}  // namespace kinora::test
