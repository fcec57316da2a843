// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/memory_networks.h"

#include <algorithm>

namespace kinora::core {
namespace {

/// Operations of a piece of a long attention (engine/tensor/ops.cpp).
constexpr double kFlopsAtOnce = 3e9;
/// Hidden values and tokens of a piece of a feed-forward (engine/wan/transformer_block.cpp).
constexpr double kHiddenValues = 1 << 24, kHiddenValuesGpu = 1 << 28, kFewestTokens = 512;
/// Slots of a streamed stack of blocks (engine/wan/block_source.h): one at work, one on its way.
constexpr double kSlots = 2;

/// Parameters of one block, by what becomes of them.
struct Block {
  double narrow;  ///< of the compute type
  double fused;   ///< of these, joined with others and so copied
  double wide;    ///< always f32
};

Block blockOf(const ModelInfo& model) {
  const double d = model.dim;
  const double f = model.ffnDim;
  const bool image = model.memory.imageDim > 0;
  Block block{8 * d * d + 2 * d * f + 9 * d + f, 5 * d * d + 5 * d, 12 * d};
  if (image) {
    block.narrow += 2 * d * d + 2 * d;
    block.fused += 2 * d * d + 2 * d;
    block.wide += d;
  }
  return block;
}

HeldWeights operator+(const HeldWeights& a, const HeldWeights& b) {
  return {a.own + b.own, a.mapped + b.mapped};
}

HeldWeights held(double narrow, double fused, double wide, const std::string& stored, const NetworkWork& work) {
  HeldWeights weights;
  const double width = work.packed ? 1 : work.width();
  const bool fromFile = !work.gpu && !work.packed && stored == work.stored;
  weights.own = (fromFile ? fused : narrow) * width;
  weights.mapped = fromFile ? (narrow - fused) * width : 0;
  (!work.gpu && stored == "F32" ? weights.mapped : weights.own) += wide * 4;
  return weights;
}

}  // namespace

NetworkWork networkWork(const std::string& dtype, const std::string& device) {
  NetworkWork work;
  work.f32 = dtype != "bf16" && dtype != "f16";
  work.packed = dtype == "int8" || dtype == "fp8";
  work.gpu = device.rfind("cuda", 0) == 0;
  work.stored = work.f32 ? "F32" : dtype == "f16" ? "F16" : "BF16";
  return work;
}

HeldWeights transformerWeights(const ModelInfo& model, const NetworkWork& work, bool streamed) {
  const double d = model.dim;
  const double layers = model.layers;
  const double control = model.memory.controlLayers;
  const Block block = blockOf(model);
  const double all = layers + control;
  const double rest = std::max(0.0, static_cast<double>(model.parameters) - all * (block.narrow + block.wide));
  const double times = std::min(rest, 7 * d * d + 256 * d);  // the timestep's linears
  NetworkWork unpacked = work;
  unpacked.packed = false;
  const HeldWeights outside = held(rest - times, 0, times + 6 * d * all, model.memory.stored, unpacked);
  if (!streamed) {
    return outside + held(all * block.narrow, all * block.fused, all * (block.wide - 6 * d), model.memory.stored, work);
  }
  // While one stack's block works, the other has the next of its own on its way.
  const double slots = std::min(kSlots, layers) + (control > 0 ? 1 : 0);
  const double slot = block.narrow * (work.packed ? 1 : work.width()) + (block.wide - 6 * d) * 4;
  return outside + HeldWeights{slots * slot, 0};
}

HeldWeights textEncoderWeights(const TextEncoderShape& shape, const NetworkWork& work, bool streamed) {
  const double inner = static_cast<double>(shape.heads) * shape.headDim;
  const double d = shape.dim;
  const double f = shape.ffnDim;
  constexpr double kBuckets = 32;
  // A layer, and a part of what is joined on its way there.
  if (streamed) return {(4 * d * inner + 3 * d * f) * (work.packed ? 1 : work.width()) + d * f * work.width(), 0};
  return held(shape.layers * (4 * d * inner + 3 * d * f), shape.layers * (3 * d * inner + 2 * d * f),
              shape.layers * (2 * d + kBuckets * shape.heads) + d, shape.stored, work);
}

HeldWeights imageEncoderWeights(const ImageEncoderShape& shape, const NetworkWork& work) {
  NetworkWork unpacked = work;
  unpacked.packed = false;
  const double d = shape.dim;
  const double f = shape.ffnDim;
  constexpr double kPatchValues = 3.0 * 14 * 14;
  return held(shape.layers * (4 * d * d + 2 * d * f + 5 * d + f) + kPatchValues * d, shape.layers * (3 * d * d + 3 * d),
              shape.layers * 4 * d + (shape.tokens + 3) * d, shape.stored, unpacked);
}

double passBytes(const ModelInfo& model, const PassShape& pass, const NetworkWork& work) {
  const double d = model.dim;
  const double f = model.ffnDim;
  const double n = pass.tokens * pass.batch;
  const double w = work.width();
  const double heads = std::max(1, model.memory.heads);
  const double headDim = d / heads;

  // Flash attention: the sums of each query, and on the CPU a block of scores and of results a thread.
  const double block = pass.tokens >= 768 ? 256 : pass.tokens >= 192 ? 64 : 32;
  double scores = 4 * n * heads;
  if (!work.gpu) scores += pass.threads * 4 * block * (std::min(512.0, pass.tokens) + 2 + headDim);
  const bool cut = !work.gpu && 4 * n * pass.tokens * d > kFlopsAtOnce;
  if (cut) scores += std::min(n * d, kFlopsAtOnce / (4 * pass.tokens)) * w;

  // The stream; queries, keys and values in one; both turned; then the mix. While keys are turned in a type of 16 bits
  // their f32 copy, its product and their rotations are there.
  const double mixing = (4 + 6 * w) * n * d + scores;
  const double turning = (4 + 3 * w + 2 * w + (work.f32 ? 0 : 4) + 4 / heads + (work.f32 ? 0 : 4)) * n * d;
  // The stream, the norm, queries and what they find, and its projection; what the negative prompt finds, and the
  // arithmetic of both.
  const double crossing = (4 + 4 * w + (pass.avoiding ? 2 * w + 4 + (work.f32 ? 0 : 8) : 0)) * n * d;
  const double atOnce =
      std::min({n, (work.gpu ? kHiddenValuesGpu : kHiddenValues) / f, std::max(kFewestTokens, 2 * n * d / f)});
  const double feeding = (4 + w + (atOnce < n ? w : 0)) * n * d + atOnce * (f + d) * w;
  return std::max({mixing, turning, crossing, feeding}) + (pass.control ? 4 * n * d : 0);
}

double contextBytes(const ModelInfo& model, double prompts, double rows, double imageTokens, const NetworkWork& work) {
  const double layers = static_cast<double>(model.layers) + model.memory.controlLayers;
  return 2.0 * model.dim * work.width() * layers * (prompts * rows + imageTokens);
}

double textEncoderBytes(const TextEncoderShape& shape, double tokens, const NetworkWork& work) {
  const double inner = static_cast<double>(shape.heads) * shape.headDim;
  const double w = work.width();
  const double bias = shape.heads * tokens * tokens * (8 + w);
  const double stream = 3 * 4 * tokens * shape.dim;
  return stream + std::max(tokens * inner * 4 * w + bias, 4 * tokens * shape.ffnDim * w);
}

double imageEncoderBytes(const ImageEncoderShape& shape, const NetworkWork& work) {
  const double n = shape.tokens;
  return n * shape.dim * (4 + 6 * work.width()) + 2 * n * shape.ffnDim * work.width();
}

}  // namespace kinora::core
