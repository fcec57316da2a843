// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/memory_plan.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "engine/core/memory_networks.h"
#include "engine/core/memory_vae.h"
#include "engine/core/plan_cost.h"
#include "engine/core/sampling.h"

namespace kinora::core {
namespace {

/// Resident memory of a program with torch and the media libraries before it does anything: what kinora-bench memory
/// finds.
constexpr double kProgramBytes = 300e6;
constexpr double kTextTokens = 512;
/// Passes of both prompts go together below this many values (engine/pipeline/denoise.cpp).
constexpr double kBatchedValues = 16 << 20;
/// A chunk of the VAE is chosen so that one of its activations stays below this (Vae::suggestedChunk).
constexpr double kChunkBytes = 64e6;
constexpr std::int64_t kOverlap = 8;  ///< latent cells; half a tile where tiles are smaller
constexpr std::int64_t kSmallestTile = 8;
constexpr std::int64_t kMostCuts = 64;  ///< of an axis

/// Tokens of a prompt, about: four letters each, but other scripts have more of them.
double promptTokens(const std::string& prompt) {
  double letters = 0;
  double others = 0;
  for (const char c : prompt) {
    const auto byte = static_cast<unsigned char>(c);
    letters += byte < 0x80 ? 1 : 0;
    others += byte >= 0xC0 ? 1 : 0;
  }
  return std::min(kTextTokens, std::ceil(letters / 4 + others * 0.7) + 1);
}

/// One request and model; layouts differ in what they save.
class Layouts {
 public:
  Layouts(const ModelInfo& model, const GenerationRequest& request, double limit);

  MemoryPlan best() const;

 private:
  bool fits(double bytes) const { return m_limit <= 0 || bytes <= m_limit; }
  bool fits(const MemoryPlan& plan) const { return fits(plan.peak()); }
  std::int64_t usualChunk() const;
  bool cut(MemoryPlan& plan, std::int64_t cuts) const;

  /// Fills in the figures of a plan whose decisions are made.
  void weigh(MemoryPlan& plan) const;
  double encodeBytes(const MemoryPlan& plan) const;
  double denoiseBytes() const;
  double decodeBytes(const MemoryPlan& plan) const;
  double conditioningBytes() const;
  double samplerStates() const;
  VaePart partOf(const MemoryPlan& plan) const;
  VaeWork vaeWork() const { return {static_cast<int>(m_work.width()), m_work.gpu}; }
  double pixels(double channels, double frames) const {
    return 4 * channels * frames * m_request.size.width * m_request.size.height;
  }

  const ModelInfo& m_model;
  const GenerationRequest& m_request;
  double m_limit;
  NetworkWork m_work;
  std::int64_t m_latentFrames, m_rows, m_columns;
  double m_references;
  bool m_guided;
  double m_latent;  ///< bytes of one f32 latent of the clip with its references
  double m_tokens;
};

Layouts::Layouts(const ModelInfo& model, const GenerationRequest& request, double limit)
    : m_model(model), m_request(request), m_limit(limit), m_work(networkWork(request.dtype, request.device)) {
  const VaeShape& vae = model.memory.vae;
  m_latentFrames = (request.frames - 1) / vae.temporalStride() + 1;
  m_rows = request.size.height / vae.spatialStride();
  m_columns = request.size.width / vae.spatialStride();
  m_references = static_cast<double>(request.references.size());
  m_guided = request.guidance.value_or(1) > 1;
  const double cells = (static_cast<double>(m_latentFrames) + m_references) * static_cast<double>(m_rows) *
                       static_cast<double>(m_columns);
  m_latent = 4 * vae.latentChannels * cells;
  m_tokens = cells / 4;
}

MemoryPlan Layouts::best() const {
  MemoryPlan plan;
  plan.planned = true;
  for (const bool keepIdle : {true, false}) {
    plan.keepIdle = keepIdle;
    for (const std::int64_t chunk : {usualChunk(), std::int64_t{1}}) {
      plan.chunk = chunk;
      weigh(plan);
      if (fits(plan)) return plan;
    }
  }
  plan.streamText = !fits(plan.text);
  plan.streamBlocks = !fits(plan.denoise);
  weigh(plan);
  for (std::int64_t cuts = 2; cuts <= kMostCuts && !(fits(plan.decode) && fits(plan.encode)) && cut(plan, cuts); ++cuts)
    weigh(plan);
  plan.fits = fits(plan);
  return plan;
}

std::int64_t Layouts::usualChunk() const {
  const VaeShape& vae = m_model.memory.vae;
  const double side = static_cast<double>(vae.spatialStride()) / vae.patch;
  const double last = static_cast<double>(vae.decoderBase) * vae.dimMult.front();
  const double before = static_cast<double>(vae.decoderBase) * vae.dimMult[1] / (vae.residual ? 1 : 2);
  const double bytes = static_cast<double>(m_rows) * static_cast<double>(m_columns) * side * side *
                       vae.temporalStride() * std::max(last, before) * m_work.width();
  const double most = std::max(1.0, std::floor(static_cast<double>(m_latentFrames) / 4));
  return static_cast<std::int64_t>(std::clamp(std::floor(kChunkBytes / std::max(bytes, 1.0)), 1.0, most));
}

/// Cuts the longer axis into tiles of equal length and the shorter one into tiles of about that length.
bool Layouts::cut(MemoryPlan& plan, std::int64_t cuts) const {
  const std::int64_t longer = std::max(m_rows, m_columns);
  const auto tileOf = [&](std::int64_t overlap) { return (longer + (cuts - 1) * overlap + cuts - 1) / cuts; };
  std::int64_t overlap = kOverlap;
  if (tileOf(overlap) < 2 * overlap) overlap = kOverlap / 2;
  const std::int64_t tile = tileOf(overlap);
  if (tile < kSmallestTile || tile >= longer) return false;
  plan.tileRows = tile < m_rows ? tile : 0;
  plan.tileColumns = tile < m_columns ? tile : 0;
  plan.tileOverlap = overlap;
  return true;
}

void Layouts::weigh(MemoryPlan& plan) const {
  const MemoryShape& shape = m_model.memory;
  const HeldWeights vae{vaeWeightValues(shape.vae) * m_work.width(), 0};
  const HeldWeights text = textEncoderWeights(shape.text, m_work, plan.streamText);
  const HeldWeights image = shape.imageDim > 0 ? imageEncoderWeights(shape.image, m_work) : HeldWeights{};
  const HeldWeights one = transformerWeights(m_model, m_work, plan.streamBlocks);
  const double experts = shape.experts;
  const HeldWeights all{vae.own + text.own + image.own + experts * one.own,
                        text.mapped + image.mapped + experts * one.mapped};
  const bool pictures = encodeBytes(plan) > 0;

  plan.tensors = 0;
  const auto stage = [&](const HeldWeights& alone, double live) {
    const HeldWeights there = plan.keepIdle ? all : HeldWeights{vae.own + alone.own, alone.mapped};
    plan.tensors = std::max(plan.tensors, there.own + live);
    return there.sum() + live + (m_work.gpu ? 0 : kProgramBytes);
  };
  plan.text = stage(text, textEncoderBytes(shape.text, promptTokens(m_request.prompt), m_work));
  plan.encode = pictures ? stage(image, encodeBytes(plan) + conditioningBytes()) : 0;
  plan.denoise = stage(one, denoiseBytes() + conditioningBytes());
  plan.decode = stage({}, decodeBytes(plan) + conditioningBytes());
}

VaePart Layouts::partOf(const MemoryPlan& plan) const {
  return {plan.tileRows > 0 ? plan.tileRows : m_rows, plan.tileColumns > 0 ? plan.tileColumns : m_columns,
          std::min(plan.chunk, m_latentFrames - 1)};
}

/// What the pictures are made into, which lives until the end of the run; and the text's states.
double Layouts::conditioningBytes() const {
  const MemoryShape& shape = m_model.memory;
  const double channel = m_latent / std::max(1, shape.vae.latentChannels);
  const double beside = std::max(0, shape.inChannels - shape.vae.latentChannels);
  const double image =
      shape.imageDim > 0 ? 4.0 * shape.image.tokens * shape.image.dim * (m_request.endImage.empty() ? 1 : 2) : 0;
  const double text = 4 * promptTokens(m_request.prompt) * m_model.textDim * (m_guided || m_request.nag ? 2 : 1);
  return channel * (beside + shape.controlChannels) + image + text;
}

/// The VAE's encoder, with the video that it reads (engine/pipeline/conditioning.cpp, control.cpp).
double Layouts::encodeBytes(const MemoryPlan& plan) const {
  const MemoryShape& shape = m_model.memory;
  const bool control = shape.controlLayers > 0;
  const bool channels = shape.inChannels > shape.vae.latentChannels;
  if (!control && !channels && m_request.startImage.empty()) return 0;
  const bool video = control || channels;
  VaePart part = partOf(plan);
  part.frames = video && m_request.frames > 1 ? 1 : 0;
  const double frames = video ? m_request.frames : 1;
  // Control: the clip, its mask in two forms, and what is kept or made of it with that form's opposite.
  const double work =
      vaeEncodeBytes(shape.vae, part, vaeWork()) + pixels(control ? 3 + 2 + 3 + 1 : 3, frames) + m_latent;
  return std::max(work, shape.imageDim > 0 ? imageEncoderBytes(shape.image, m_work) : 0);
}

/// Latents that are held during a pass: the present one, what the sampler remembers, the other branch's answer.
double Layouts::samplerStates() const {
  const int steps = m_request.steps;
  if (m_request.sampler == "unipc") return 1 + (steps > 2 ? 3 : steps > 1 ? 2 : 0);
  return m_request.sampler == "dpm++" && steps > 1 ? 2 : 1;
}

double Layouts::denoiseBytes() const {
  const MemoryShape& shape = m_model.memory;
  PassShape pass;
  pass.tokens = m_tokens;
  const bool batched = m_guided && !m_request.nag && m_request.cache.empty() && m_tokens * m_model.dim < kBatchedValues;
  pass.batch = batched ? 2 : 1;
  pass.avoiding = m_request.nag.has_value();
  pass.control = shape.controlLayers > 0;
  pass.threads = m_request.threads > 0 ? m_request.threads : static_cast<int>(std::thread::hardware_concurrency());
  const double prompts = m_guided || m_request.nag ? 2 : 1;
  const bool folded = m_work.f32 && !m_work.gpu;  // one row stands for all padding
  const double rows =
      folded
          ? std::min(kTextTokens, 1 + std::max(promptTokens(m_request.prompt), promptTokens(m_request.negativePrompt)))
          : kTextTokens;
  const double imageTokens = shape.imageDim > 0 ? shape.image.tokens * (m_request.endImage.empty() ? 1.0 : 2.0) : 0;
  const double rotations = 4 * m_tokens * m_model.dim / std::max(1, shape.heads);
  // The latent with the picture's channels behind or its frame in front.
  const bool joined = shape.inChannels > shape.vae.latentChannels || (!pass.control && !m_request.startImage.empty());
  const double input = joined ? static_cast<double>(shape.inChannels) / shape.vae.latentChannels : 0;
  const double states = samplerStates() + (m_guided && !batched ? 1 : 0) + input;
  return passBytes(m_model, pass, m_work) + contextBytes(m_model, prompts, rows, imageTokens, m_work) + rotations +
         states * m_latent + 4.0 * cachedHiddenStates(m_request) * m_tokens * m_model.dim;
}

double Layouts::decodeBytes(const MemoryPlan& plan) const {
  const VaeShape& vae = m_model.memory.vae;
  const VaePart part = partOf(plan);
  const double work = vaeDecodeBytes(vae, part, vaeWork()) + m_latent;
  if (!plan.tiled()) return work;
  // The joined video of f32, the last lines of the tiles above, and a tile's frames: beside its work, or twice when
  // they are put in a row.
  const double share = static_cast<double>(part.rows * part.columns) / static_cast<double>(m_rows * m_columns);
  const double video = pixels(3, m_request.frames);
  const double lines =
      plan.tileRows > 0 ? video * static_cast<double>(plan.tileOverlap) / static_cast<double>(m_rows) : 0;
  return video + lines + share * video + std::max(work, share * video + m_latent);
}

}  // namespace

double MemoryPlan::peak() const {
  return std::max({text, encode, denoise, decode});
}

MemoryPlan planMemory(const ModelInfo& model, const GenerationRequest& request, double limit) {
  const bool known = model.dim > 0 && model.memory.vae.stages() > 1 && model.memory.text.layers > 0;
  if (!known || request.size.isEmpty() || request.frames < 1) return {};
  return Layouts(model, request, limit).best();
}

std::optional<FittingSize> largestThatFits(const ModelInfo& model, const GenerationRequest& request, double limit) {
  constexpr int kSmallestSide = 64;
  constexpr int kFewFrames = 17;  // about a second; with fewer a smaller picture is the better choice
  const int stride = std::max(1, model.temporalStride);
  const int multiple = std::max(1, model.sizeMultiple);
  const auto fits = [&](const GenerationRequest& smaller) { return planMemory(model, smaller, limit).fits; };
  GenerationRequest smaller = request;
  for (double scale = 1; scale > 0.02; scale *= 0.9) {
    const auto side = [&](int whole) { return static_cast<int>(whole * scale) / multiple * multiple; };
    smaller.size = {side(request.size.width), side(request.size.height)};
    if (std::min(smaller.size.width, smaller.size.height) < std::max(kSmallestSide, multiple)) break;
    // The most frames by bisection, since memory grows with them.
    int fitting = -1;
    for (int low = 0, high = (request.frames - 1) / stride; low <= high;) {
      const int middle = low + (high - low) / 2;
      smaller.frames = middle * stride + 1;
      if (fits(smaller)) {
        fitting = smaller.frames;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    if (fitting >= std::min(request.frames, kFewFrames)) return FittingSize{smaller.size, fitting};
  }
  return std::nullopt;
}

MemoryShortage memoryShortage(const ModelInfo& model, const GenerationRequest& request, double limit) {
  const auto sizeText = [](Size size, int frames) {
    return std::to_string(size.width) + "×" + std::to_string(size.height) + " with " + std::to_string(frames) +
           (frames == 1 ? " frame" : " frames");
  };
  const std::string needed = byteText(planMemory(model, request, limit).peak());
  MemoryShortage shortage{largestThatFits(model, request, limit), {}, {needed, byteText(limit)}};
  shortage.text = sizeText(request.size, request.frames) + " would take " + needed + " of memory, however it is cut; " +
                  byteText(limit) + " are there, ";
  if (shortage.fitting) {
    shortage.args.push_back(std::to_string(shortage.fitting->size.width) + "×" +
                            std::to_string(shortage.fitting->size.height));
    shortage.args.push_back(std::to_string(shortage.fitting->frames));
    shortage.text += "which is enough for " + sizeText(shortage.fitting->size, shortage.fitting->frames);
  } else {
    shortage.text += "too little for this model at any size";
  }
  return shortage;
}

std::vector<std::string> memoryLines(const MemoryPlan& plan) {
  if (!plan.planned) return {};
  std::vector<std::string> lines;
  lines.push_back("text " + byteText(plan.text) + (plan.encode > 0 ? " · picture " + byteText(plan.encode) : "") +
                  " · steps " + byteText(plan.denoise) + " · decode " + byteText(plan.decode));
  lines.emplace_back(plan.keepIdle ? "all networks stay in memory" : "each network is in memory only while it works");
  if (plan.streamText) lines.emplace_back("the text encoder's layers are streamed, one in memory at a time");
  if (plan.streamBlocks) lines.emplace_back("the transformer's blocks are streamed, two in memory at a time");
  std::string vae = "the VAE works on " + std::to_string(plan.chunk) +
                    (plan.chunk == 1 ? " latent frame at a time" : " latent frames at a time");
  if (plan.tiled()) {
    const auto cells = [](std::int64_t side) { return side > 0 ? std::to_string(side) : std::string("all"); };
    vae += ", in tiles of " + cells(plan.tileColumns) + "×" + cells(plan.tileRows) + " latent cells";
  }
  lines.push_back(vae);
  return lines;
}

}  // namespace kinora::core
