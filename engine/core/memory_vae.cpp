// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/memory_vae.h"

#include <algorithm>

namespace kinora::core {
namespace {

/// Values Upsampler computes at once (engine/wan/vae_blocks.cpp).
constexpr double kPhaseValues = 8 << 20;
constexpr double kColours = 3;

/// Adds up what a run holds. Counts values; cells are those of the current resolution.
class Walk {
 public:
  Walk(const VaePart& part, double cells) : m_cells(cells), m_frames(part.frames) {}

  double peak() const { return m_peak + m_cache; }
  double weights() const { return m_weights; }
  double frames() const { return m_frames; }

  /// Live values beside what earlier calls remember.
  void holds(double values) { m_peak = std::max(m_peak, values); }
  double map(double channels) const { return channels * m_frames * m_cells; }
  double window(double channels) const { return channels * (m_frames + 2) * m_cells; }

  /// A causal convolution of side³ or 3×1×1: its window, the result, and `beside` that lives on.
  void causal(double in, double out, double side, double beside) {
    holds(beside + window(in) + map(out));
    m_cache += 2 * in * m_cells;
    m_weights += in * out * side * side * (side > 1 ? 4 : 3) + out;
  }
  void pointwise(double in, double out) { m_weights += in * out + out; }

  /// x is [in], the result [out]; beside: what the stage holds.
  void residualBlock(double in, double out, double beside) {
    const double kept = in == out ? 0 : map(out);
    if (in != out) pointwise(in, out);
    causal(in, out, 3, beside + map(in));
    causal(out, out, 3, beside + map(in) + map(out) + kept);
  }

  void middle(double channels) {
    residualBlock(channels, channels, 0);
    holds(map(channels) * 6);  // x, the norm, queries with keys and values, the mix
    pointwise(channels, 3 * channels);
    pointwise(channels, channels);
    residualBlock(channels, channels, 0);
  }

  void up(double in, double out, bool time, double beside) {
    double inner = map(in);
    if (time) {
      causal(in, 2 * in, 1, beside + map(in));
      holds(beside + map(in) + 2 * map(2 * in));  // the result and its frames in order
      inner = map(2 * in);
    }
    const double unit = time ? 2 : 1;
    const double frames = m_frames * unit;
    const double perFrame = 4 * out * m_cells;
    const double atOnce = std::min(frames, std::max(1.0, static_cast<double>(static_cast<std::int64_t>(
                                                             kPhaseValues / (perFrame * unit)))) * unit);
    holds(beside + map(in) + (time ? inner : 0) + perFrame * frames + perFrame * atOnce);
    m_weights += 16 * in * out + 4 * out;
    m_cells *= 4;
    m_frames = frames;
  }

  void down(double channels, bool time, double beside) {
    holds(beside + 2 * map(channels) + map(channels) / 4);  // x, x with its border, the result
    m_cells /= 4;
    m_weights += 9 * channels * channels + channels;
    if (!time) return;
    holds(beside + 2 * map(channels) + channels * m_cells + map(channels) / 2);
    m_cache += channels * m_cells;
    m_weights += 3 * channels * channels + channels;
    m_frames = std::max(1.0, m_frames / 2);
  }

 private:
  double m_cells;
  double m_frames;
  double m_peak = 0;
  double m_cache = 0;
  double m_weights = 0;
};

double decoderOut(const VaeShape& shape, std::size_t stage) {
  return static_cast<double>(shape.decoderBase) * shape.dimMult[shape.stages() - 1 - stage];
}

Walk walkDecoder(const VaeShape& shape, const VaePart& part) {
  Walk walk(part, part.rows * part.columns);
  const double latent = shape.latentChannels;
  double channels = static_cast<double>(shape.decoderBase) * shape.dimMult.back();
  walk.pointwise(latent, latent);
  walk.causal(latent, channels, 3, 2 * walk.map(latent));
  walk.middle(channels);
  for (std::size_t i = 0; i < shape.stages(); ++i) {
    const double out = decoderOut(shape, i);
    const double input = shape.residual ? walk.map(channels) : 0;  // kept for the shortcut
    double in = channels;
    for (int j = 0; j <= shape.resBlocks; ++j) {
      walk.residualBlock(in, out, j == 0 ? 0 : input);
      in = out;
    }
    channels = out;
    if (i + 1 == shape.stages()) break;
    const double upsampled = shape.residual ? out : out / 2;
    walk.up(out, upsampled, shape.temporalDownsample[shape.stages() - 2 - i], input);
    channels = upsampled;
  }
  const double pixels = kColours * shape.patch * shape.patch;
  walk.causal(channels, pixels, 3, walk.map(channels));
  return walk;
}

Walk walkEncoder(const VaeShape& shape, const VaePart& part) {
  const double side = static_cast<double>(shape.spatialStride()) / shape.patch;
  VaePart pixels = part;
  pixels.frames *= shape.temporalStride();
  Walk walk(pixels, part.rows * part.columns * side * side);
  const double colours = kColours * shape.patch * shape.patch;
  double channels = shape.encoderBase;
  walk.causal(colours, channels, 3, 2 * walk.map(colours));
  for (std::size_t i = 0; i < shape.stages(); ++i) {
    const double out = static_cast<double>(shape.encoderBase) * shape.dimMult[i];
    const double input = shape.residual ? walk.map(channels) : 0;
    double in = channels;
    for (int j = 0; j < shape.resBlocks; ++j) {
      walk.residualBlock(in, out, j == 0 ? 0 : input);
      in = out;
    }
    channels = out;
    if (i + 1 < shape.stages()) walk.down(out, shape.temporalDownsample[i], input);
  }
  walk.middle(channels);
  walk.causal(channels, 2.0 * shape.latentChannels, 3, walk.map(channels));
  walk.pointwise(2.0 * shape.latentChannels, shape.latentChannels);
  return walk;
}

}  // namespace

int VaeShape::temporalStride() const {
  return 1 << std::count(temporalDownsample.begin(), temporalDownsample.end(), true);
}

double vaeDecodeBytes(const VaeShape& shape, const VaePart& part, double width) {
  const Walk walk = walkDecoder(shape, part);
  // The pixels: patched, in order, and in f32.
  const double pixels = kColours * part.rows * part.columns * shape.spatialStride() * shape.spatialStride() *
                        part.frames * shape.temporalStride();
  return walk.peak() * width + pixels * (width + 4);
}

double vaeEncodeBytes(const VaeShape& shape, const VaePart& part, double width) {
  return walkEncoder(shape, part).peak() * width;
}

double vaeDecoderWeights(const VaeShape& shape, double width) {
  return walkDecoder(shape, {}).weights() * width;
}

double vaeEncoderWeights(const VaeShape& shape, double width) {
  return walkEncoder(shape, {}).weights() * width;
}

}  // namespace kinora::core
