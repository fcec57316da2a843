// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/memory_vae.h"

#include <algorithm>

namespace kinora::core {
namespace {

constexpr double kColours = 3;
/// Multiply-adds of a piece of a long convolution (engine/wan/vae_conv.cpp).
constexpr double kWorkAtOnce = 2e9;
/// Values that Upsampler computes and a norm that is not fused reads at once (vae_blocks.cpp, vae_ops.cpp).
constexpr double kPhaseValues = 8 << 20;
constexpr double kNormValues = 16 << 20;
/// oneDNN's order of weights fills up outputs to whole vectors.
constexpr double kOutputBlock = 16;

double whole(double value) {
  return static_cast<double>(static_cast<std::int64_t>(value));
}

struct Kernel {
  double time, side;
  double taps() const { return time * side * side; }
};
constexpr Kernel kCube{3, 3}, kTime{3, 1}, kPoint{1, 1}, kPhase{1, 2}, kFlat{1, 3};

/// Follows the tensors of one chunk and adds up what a run remembers. Counts bytes.
class Walk {
 public:
  /// frames: of the current resolution; the lone first frame is one that remembers one frame and doubles no time.
  Walk(double rows, double columns, double frames, bool lone, const VaeWork& work)
      : m_rows(rows), m_columns(columns), m_frames(frames), m_lone(lone), m_work(work) {}

  double peak() const { return m_peak + (m_lone ? 0 : m_cache); }
  double weights() const { return m_weights; }

  double map(double channels) const { return channels * m_frames * cells() * m_work.width; }
  /// The lone frame fills what is remembered as it goes; later chunks find all of it.
  void holds(double bytes) { m_peak = std::max(m_peak, bytes + (m_lone ? m_cache : 0)); }

  /// Norm where there is one, then a causal convolution of x, whose bytes are in beside.
  void causal(double in, double out, Kernel kernel, bool normed, double beside, bool adding = false) {
    // The lone frame's input is what is remembered of it.
    const double window = m_lone ? 0 : in * (m_frames + 2) * cells() * m_work.width;
    m_cache += in * (m_lone ? 1 : 2) * cells() * m_work.width;
    if (normed) holds(beside + window + normBytes(in));
    holds(beside + window + convolved(in, out, m_lone ? Kernel{1, kernel.side} : kernel, m_rows, m_columns, adding));
    addWeights(in, out, kernel.taps() + (kernel.side > 1 ? kernel.side * kernel.side : 0));
  }

  void pointwise(double in, double out, double beside) {
    holds(beside + convolved(in, out, kPoint, m_rows, m_columns));
    addWeights(in, out, 1);
  }

  void residualBlock(double in, double out, double beside) {
    const double x = beside + map(in);
    causal(in, out, kCube, true, x);
    if (in != out) pointwise(in, out, x + map(out));
    const double kept = in == out ? 0 : map(out);
    causal(out, out, kCube, true, x + map(out) + kept, true);
  }

  void middle(double channels) {
    const double one = map(channels);
    residualBlock(channels, channels, 0);
    // The stage's input, x and its norm; queries with keys and values; the mix; the projection.
    holds(3 * one + normBytes(channels));
    pointwise(channels, 3 * channels, 3 * one);
    holds(7 * one + convolved(channels, channels, kPoint, m_rows, m_columns, true));
    addWeights(channels, channels, 1);
    residualBlock(channels, channels, 2 * one);
  }

  void up(double in, double out, bool time, bool shortcut, double beside) {
    const double x = beside + map(in);
    double inner = 0;
    double unit = 1;
    if (time && m_lone) {
      m_cache += in * 2 * cells() * m_work.width;
      addWeights(in, 2 * in, kTime.taps());
    } else if (time) {
      causal(in, 2 * in, kTime, false, x);
      holds(x + 4 * map(in));  // even and odd frames side by side, and in order
      unit = 2;
      m_frames *= unit;
      inner = map(in);
    }
    const double perFrame = 4 * out * cells();
    const double atOnce = std::min(m_frames, std::max(1.0, whole(kPhaseValues / (perFrame * unit))) * unit);
    const double result = perFrame * m_frames * m_work.width;
    const double all = m_frames;
    m_frames = atOnce;
    const double computed = convolved(in, 4 * out, kPhase, m_rows + 1, m_columns + 1);
    const double repeated = shortcut ? map(out) / unit : 0;
    m_frames = all;
    holds(x + inner + result +
          std::max(computed, 4 * out * atOnce * (m_rows + 1) * (m_columns + 1) * m_work.width + repeated));
    addWeights(in, 4 * out, kPhase.taps());
    m_rows *= 2;
    m_columns *= 2;
  }

  void down(double channels, bool time, double beside) {
    const double x = beside + map(channels);
    const double padded = channels * m_frames * (m_rows + 1) * (m_columns + 1) * m_work.width;
    m_rows /= 2;
    m_columns /= 2;
    holds(x + padded + convolved(channels, channels, kFlat, m_rows, m_columns));
    addWeights(channels, channels, kFlat.taps());
    if (!time) return;
    const double frame = channels * cells() * m_work.width;
    m_cache += frame;
    addWeights(channels, channels, kTime.taps());
    if (m_lone) return;
    const double small = map(channels);
    m_frames /= 2;
    holds(x + small + small + frame + convolved(channels, channels, kTime, m_rows, m_columns));
  }

 private:
  double cells() const { return m_rows * m_columns; }

  /// The result of a convolution to rows × columns, and what a piece of it takes where it is long. torch's oneDNN
  /// operator copies what it adds.
  double convolved(double in, double out, Kernel kernel, double rows, double columns, bool adding = false) const {
    const double result = out * m_frames * rows * columns;
    const double perRow = in * out * kernel.taps() * columns;
    const double copies = adding ? 2 : 1;
    if (m_work.gpu) return result * m_work.width;
    if (perRow * rows * m_frames <= kWorkAtOnce) return copies * result * m_work.width;
    const double frames = whole(kWorkAtOnce / (perRow * rows));
    if (frames >= 1) return (result + copies * out * std::min(frames, m_frames) * rows * columns) * m_work.width;
    const double some = std::min(rows, std::max(1.0, whole(kWorkAtOnce / perRow)));
    const double copied = in * kernel.time * (some + kernel.side - 1) * columns;
    return (result + copies * out * some * columns + copied) * m_work.width;
  }

  /// f32 copies that a norm makes: the values, divided by their length, behind the activation, and in their type.
  double normBytes(double channels) const {
    if (m_work.fusedNorms()) return 0;
    const double frame = channels * cells();
    const double values = std::min(frame * m_frames, std::max(frame, whole(kNormValues / frame) * frame));
    return values * (m_work.width < 4 ? 4 + 4 + 4 + m_work.width : 4 + 4);
  }

  void addWeights(double in, double out, double taps) {
    const double outputs = whole((out + kOutputBlock - 1) / kOutputBlock) * kOutputBlock;
    m_weights += in * outputs * taps + out;
  }

  double m_rows, m_columns, m_frames;
  bool m_lone;
  VaeWork m_work;
  double m_peak = 0;
  double m_cache = 0;
  double m_weights = 0;
};

Walk walkDecoder(const VaeShape& shape, const VaePart& part, const VaeWork& work) {
  const bool lone = part.frames < 1;
  Walk walk(static_cast<double>(part.rows), static_cast<double>(part.columns),
            lone ? 1 : static_cast<double>(part.frames), lone, work);
  const double latent = shape.latentChannels;
  double channels = static_cast<double>(shape.decoderBase) * shape.dimMult.back();
  walk.pointwise(latent, latent, walk.map(latent));
  walk.causal(latent, channels, kCube, false, 2 * walk.map(latent));
  walk.middle(channels);
  for (std::size_t i = 0; i < shape.stages(); ++i) {
    const double out = static_cast<double>(shape.decoderBase) * shape.dimMult[shape.stages() - 1 - i];
    const double input = shape.residual ? walk.map(channels) : 0;  // kept for the shortcut
    double in = channels;
    for (int j = 0; j <= shape.resBlocks; ++j) {
      walk.residualBlock(in, out, j == 0 ? 0 : input);
      in = out;
    }
    channels = out;
    if (i + 1 == shape.stages()) break;
    const double upsampled = shape.residual ? out : out / 2;
    walk.up(out, upsampled, shape.temporalDownsample[shape.stages() - 2 - i], shape.residual, input);
    channels = upsampled;
  }
  const double pixels = kColours * shape.patch * shape.patch;
  walk.causal(channels, pixels, kCube, true, walk.map(channels));
  // Pixels in order, in f32, and what the look for values that are no numbers takes.
  walk.holds(walk.map(pixels) + walk.map(pixels) / work.width * (4 + 6));
  return walk;
}

Walk walkEncoder(const VaeShape& shape, const VaePart& part, const VaeWork& work) {
  const bool lone = part.frames < 1;
  const double side = static_cast<double>(shape.spatialStride()) / shape.patch;
  Walk walk(static_cast<double>(part.rows) * side, static_cast<double>(part.columns) * side,
            lone ? 1 : static_cast<double>(part.frames * shape.temporalStride()), lone, work);
  const double colours = kColours * shape.patch * shape.patch;
  double channels = shape.encoderBase;
  const double pixels = walk.map(colours);
  walk.causal(colours, channels, kCube, false, pixels);
  for (std::size_t i = 0; i < shape.stages(); ++i) {
    const double out = static_cast<double>(shape.encoderBase) * shape.dimMult[i];
    const double input = shape.residual ? walk.map(channels) : 0;
    double in = channels;
    for (int j = 0; j < shape.resBlocks; ++j) {
      walk.residualBlock(in, out, pixels + (j == 0 ? 0 : input));
      in = out;
    }
    channels = out;
    if (i + 1 < shape.stages()) walk.down(out, shape.temporalDownsample[i], pixels + input);
    if (shape.residual) walk.holds(pixels + 2 * input + 2 * walk.map(out));  // the shortcut in groups, and their mean
  }
  walk.middle(channels);
  walk.causal(channels, 2.0 * shape.latentChannels, kCube, true, walk.map(channels));
  walk.pointwise(2.0 * shape.latentChannels, shape.latentChannels, walk.map(2.0 * shape.latentChannels));
  return walk;
}

}  // namespace

double vaeDecodeBytes(const VaeShape& shape, const VaePart& part, const VaeWork& work) {
  return walkDecoder(shape, part, work).peak();
}

double vaeEncodeBytes(const VaeShape& shape, const VaePart& part, const VaeWork& work) {
  return walkEncoder(shape, part, work).peak();
}

double vaeWeightValues(const VaeShape& shape) {
  return walkDecoder(shape, {1, 1, 1}, {}).weights() + walkEncoder(shape, {1, 1, 1}, {}).weights();
}

}  // namespace kinora::core
