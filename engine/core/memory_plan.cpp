// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/memory_plan.h"

#include <algorithm>
#include <cmath>

#include "engine/core/plan_cost.h"

namespace kinora::core {
namespace {

constexpr double kTextTokens = 512;
/// Values of a feed-forward's hidden layer held at once (engine/wan/transformer_block.cpp).
constexpr double kHiddenValues = 1 << 24;
/// Passes of both prompts go together below this many values (engine/pipeline/wan_run.cpp).
constexpr double kBatchedValues = 16 << 20;
/// A chunk of the VAE is chosen so that one of its activations stays below this (Vae::suggestedChunk).
constexpr double kChunkBytes = 64e6;
constexpr std::int64_t kOverlap = 8;   ///< latent cells; half a tile where tiles are smaller
constexpr std::int64_t kSmallestTile = 8;
constexpr std::int64_t kMostCuts = 32;  ///< of an axis
constexpr double kBlocksInFlight = 2;  ///< slots of a streamed transformer

/// Weights in memory of their own, and weights used from the file.
struct Held {
  double own = 0;
  double mapped = 0;
  double sum() const { return own + mapped; }
};

/// packed: parameters that are joined with others and so are copied even where the file has the right type.
Held held(const WeightShape& weights, double packed, double width) {
  const bool fromFile = std::abs(weights.bytes - weights.parameters * width) < 0.02 * weights.bytes;
  if (!fromFile) return {weights.parameters * width, 0};
  return {packed * width, (weights.parameters - packed) * width};
}

struct Geometry {
  double latentFrames, rows, columns, tokens;
};

Geometry geometryOf(const MemoryShape& shape, const MemoryNeed& need) {
  Geometry g{};
  g.latentFrames = static_cast<double>((need.frames - 1) / shape.vae.temporalStride() + 1);
  g.rows = static_cast<double>(need.size.height / shape.vae.spatialStride());
  g.columns = static_cast<double>(need.size.width / shape.vae.spatialStride());
  g.tokens = g.latentFrames * g.rows * g.columns / 4;
  return g;
}

/// One pass of the transformer, by the tensors of addSelfAttention, which holds the most.
double passBytes(const MemoryShape& shape, double tokens, double batch, double width) {
  const double d = shape.dim;
  const double n = tokens * batch;
  const bool f32 = width >= 4;
  // The stream, the input, queries with keys and values; then turned queries and keys, the mix and its projection, or
  // while keys are turned, their f32 copies.
  const double attention = f32 ? 4 * (1 + 1 + 3 + 2 + 2) : 4 + width * (1 + 3 + 1 + 1) + 4 * 2;
  const double turns = 8.0 * n * d / shape.heads / 2 * 2;
  const double feed = (f32 ? 4 * 3 : 4 + 2 * width + 4) * n * d + std::min(kHiddenValues, n * shape.ffnDim) * width;
  const double text = 2 * kTextTokens * batch * d * shape.layers * width;
  return std::max(attention * n * d + turns, feed) + text;
}

double textBytes(const MemoryShape& shape, double width) {
  const double n = kTextTokens;
  const double scores = shape.textHeads * n * n * (4 + width);
  return 4 * n * shape.textDim * 3 + n * shape.textInner * 5 * width + n * shape.textFfn * 4 * width + scores;
}

/// Everything about one layout that does not depend on the others.
class Planner {
 public:
  Planner(const MemoryShape& shape, const MemoryNeed& need)
      : m_shape(shape), m_need(need), m_geometry(geometryOf(shape, need)) {}

  MemoryPlan run() {
    MemoryPlan best;
    for (const bool stream : {false, true}) {
      for (const bool keepText : {true, false}) {
        best = layout(keepText, stream);
        if (best.fits) return best;
      }
    }
    return best;
  }

 private:
  /// With the fewest tiles that fit, or the smallest tiles.
  MemoryPlan layout(bool keepText, bool stream) const {
    MemoryPlan plan;
    plan.planned = true;
    plan.keepText = keepText;
    plan.streamBlocks = stream;
    plan.chunk = suggestedChunk();
    fill(plan);
    if (fits(plan.decode) && fits(plan.encode)) return judged(plan);
    plan.chunk = 1;
    fill(plan);
    for (std::int64_t cuts = 2; !(fits(plan.decode) && fits(plan.encode)) && cuts <= kMostCuts; ++cuts) {
      if (!cut(plan, cuts)) break;
      fill(plan);
    }
    return judged(plan);
  }

  bool fits(double bytes) const { return m_need.limit <= 0 || bytes <= m_need.limit; }
  MemoryPlan judged(MemoryPlan plan) const {
    plan.fits = fits(plan.peak());
    return plan;
  }

  std::int64_t suggestedChunk() const {
    const VaeShape& vae = m_shape.vae;
    const double side = static_cast<double>(vae.spatialStride()) / vae.patch;
    const double channels = std::max(vae.decoderBase * vae.dimMult.front(),
                                     vae.decoderBase * vae.dimMult[vae.stages() > 1 ? 1 : 0] / (vae.residual ? 1 : 2));
    const double bytes =
        m_geometry.rows * m_geometry.columns * side * side * vae.temporalStride() * channels * m_need.width;
    const double quarter = std::max(1.0, std::floor(m_geometry.latentFrames / 4));
    return static_cast<std::int64_t>(std::clamp(std::floor(kChunkBytes / std::max(bytes, 1.0)), 1.0, quarter));
  }

  /// Cuts the longer axis into `cuts` tiles of equal length and the shorter one into tiles of about that length too.
  bool cut(MemoryPlan& plan, std::int64_t cuts) const {
    const auto rows = static_cast<std::int64_t>(m_geometry.rows);
    const auto columns = static_cast<std::int64_t>(m_geometry.columns);
    const std::int64_t longer = std::max(rows, columns);
    std::int64_t overlap = kOverlap;
    std::int64_t tile = (longer + (cuts - 1) * overlap + cuts - 1) / cuts;
    if (tile < 2 * overlap) {
      overlap = kOverlap / 2;
      tile = (longer + (cuts - 1) * overlap + cuts - 1) / cuts;
    }
    if (tile < kSmallestTile || tile >= longer) return false;
    plan.tileRows = tile < rows ? tile : 0;
    plan.tileColumns = tile < columns ? tile : 0;
    plan.tileOverlap = overlap;
    return true;
  }

  void fill(MemoryPlan& plan) const {
    const double width = m_need.width;
    const MemoryShape& s = m_shape;
    const double d = s.dim;
    const double blockParameters = 8 * d * d + 2 * d * s.ffnDim;
    Held transformer = held(s.transformer, 5 * d * d * s.layers, width);
    if (plan.streamBlocks) {
      const double rest = std::max(0.0, s.transformer.parameters - blockParameters * s.layers);
      transformer = {rest * width + kBlocksInFlight * blockParameters * width, 0};
    }
    const WeightShape text{s.text.parameters - s.embedding,
                           s.text.bytes * (1 - s.embedding / std::max(1.0, s.text.parameters))};
    const double packedText = s.textLayers * (3.0 * s.textInner * s.textDim + 2.0 * s.textFfn * s.textDim);
    const Held encoder = held(text, packedText, width);
    const bool encodes = m_need.encodedFrames > 0;
    const Held vae{vaeDecoderWeights(s.vae, width) + vaeEncoderWeights(s.vae, width), 0};

    const double kept = m_need.base + transformer.sum() + vae.sum() + (plan.keepText ? encoder.sum() : 0);
    plan.weights = transformer.sum() + vae.sum() + (plan.keepText ? encoder.sum() : 0);
    plan.mapped = transformer.mapped + (plan.keepText ? encoder.mapped : 0);
    // Without room for both, the encoder is there before the transformer.
    const double besideText = plan.keepText ? transformer.sum() + vae.sum() : 0;
    plan.text = m_need.base + encoder.sum() + besideText + textBytes(s, width);

    const Geometry& g = m_geometry;
    const double latent = 4 * g.latentFrames * g.rows * g.columns * s.vae.latentChannels;
    const bool batched = m_need.guided && g.tokens * d < kBatchedValues;
    plan.denoise = kept + passBytes(s, g.tokens, batched ? 2 : 1, width) + 8 * latent;

    VaePart part{plan.tileRows > 0 ? static_cast<double>(plan.tileRows) : g.rows,
                 plan.tileColumns > 0 ? static_cast<double>(plan.tileColumns) : g.columns,
                 std::min(static_cast<double>(plan.chunk), std::max(1.0, g.latentFrames - 1))};
    if (g.latentFrames <= 1) part.frames = 1.0 / s.vae.temporalStride();
    const bool tiled = plan.tileRows > 0 || plan.tileColumns > 0;
    const double pixels = 3.0 * m_need.size.width * m_need.size.height * static_cast<double>(m_need.frames) * 4;
    // A tiled decode joins its video in f32, beside one tile's own frames.
    const double tileShare = part.rows * part.columns / (g.rows * g.columns);
    plan.decode = kept + 2 * latent + vaeDecodeBytes(s.vae, part, width) + (tiled ? pixels * (1 + 2 * tileShare) : 0);
    part.frames = m_need.encodedFrames > 1 ? 1 : 1.0 / s.vae.temporalStride();
    const double video = 3.0 * m_need.size.width * m_need.size.height * m_need.encodedFrames * 4;
    plan.encode = encodes ? kept + 2 * latent + video + vaeEncodeBytes(s.vae, part, width) : 0;
  }

  const MemoryShape& m_shape;
  const MemoryNeed& m_need;
  Geometry m_geometry;
};

}  // namespace

double MemoryPlan::peak() const {
  return std::max({text, encode, denoise, decode});
}

MemoryPlan planMemory(const MemoryShape& shape, const MemoryNeed& need) {
  if (shape.dim <= 0 || shape.vae.stages() < 2 || need.size.isEmpty() || need.frames < 1) return {};
  return Planner(shape, need).run();
}

std::optional<FittingNeed> largestThatFits(const MemoryShape& shape, const MemoryNeed& need, int sizeMultiple) {
  if (!planMemory(shape, need).planned) return std::nullopt;
  constexpr int kSmallestSide = 128;
  const int stride = shape.vae.temporalStride();
  const int multiple = std::max(1, sizeMultiple);
  for (double scale = 1; scale > 0.05; scale *= 0.9) {
    MemoryNeed smaller = need;
    const auto side = [&](int pixels) { return std::max(multiple, static_cast<int>(pixels * scale) / multiple * multiple); };
    smaller.size = {side(need.size.width), side(need.size.height)};
    if (std::min(smaller.size.width, smaller.size.height) < std::min(kSmallestSide, need.size.height)) break;
    // The most frames by bisection: memory grows with them.
    std::int64_t low = -1;
    std::int64_t high = (need.frames - 1) / stride;
    while (low < high) {
      const std::int64_t middle = (low + high + 1) / 2;
      smaller.frames = middle * stride + 1;
      if (planMemory(shape, smaller).fits) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    // At least a second's worth, or as many as were asked for.
    if (low * stride + 1 >= std::min<std::int64_t>(need.frames, 17)) return FittingNeed{smaller.size, low * stride + 1};
  }
  return std::nullopt;
}

std::vector<std::string> memoryLines(const MemoryPlan& plan) {
  if (!plan.planned) return {};
  std::vector<std::string> lines;
  std::string weights = "weights " + byteText(plan.weights);
  if (plan.mapped > 0) weights += ", " + byteText(plan.mapped) + " of them used from the file";
  lines.push_back(weights);
  lines.push_back(plan.streamBlocks ? "the transformer's blocks are loaded one ahead of the work, two at a time"
                                    : "the transformer stays in memory");
  lines.push_back(plan.keepText ? "the text encoder stays in memory" : "the text encoder leaves before the steps begin");
  std::string vae = "the VAE works on " + std::to_string(plan.chunk) + " latent frames at a time";
  if (plan.tileRows > 0 || plan.tileColumns > 0) {
    vae += ", in tiles of " + std::to_string(std::max(plan.tileRows, plan.tileColumns)) + " latent cells that share " +
           std::to_string(plan.tileOverlap);
  }
  lines.push_back(vae);
  lines.push_back("text " + byteText(plan.text) + " · steps " + byteText(plan.denoise) + " · decode " +
                  byteText(plan.decode) + (plan.encode > 0 ? " · picture " + byteText(plan.encode) : ""));
  return lines;
}

}  // namespace kinora::core
