// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/decode.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>
#include <vector>

#include "engine/pipeline/delivery.h"
#include "engine/pipeline/pixels.h"
#include "engine/pipeline/run_errors.h"
#include "engine/tensor/pch.h"

namespace kinora::pipeline {
namespace {

constexpr std::int64_t kSmallestTile = 8;  ///< latent cells; with less context seams begin to show

/// Takes decoded chunks and delivers frames. A decode that is tried again begins at the first frame; those that were
/// delivered are passed over.
class FrameSender {
 public:
  FrameSender(RunContext& run, Delivery& delivery) : m_run(run), m_delivery(delivery) {}

  /// tiled: frames come all together at the end, and progress is that of the tiles.
  void begin(bool tiled) {
    m_tiled = tiled;
    m_seen = 0;
    m_dumped.clear();
  }

  void pieceDone(std::int64_t done, std::int64_t total) {
    if (m_tiled) show(done * m_run.request().frames / (total + 1));
  }

  void send(const at::Tensor& video) {
    if (!allFinite(video)) {
      throw RunFailed{{core::ErrorCode::Corrupt,
                       "decoding made values that are no numbers; the VAE's weights may be damaged (check the model)",
                       m_run.inputs.model.id}};
    }
    if (m_run.dump.enabled()) m_dumped.push_back(video);
    const Timer delivering(m_run.report.timings["deliver"]);
    for (std::int64_t i = 0; i < video.size(2); ++i, ++m_seen) {
      if (m_seen < m_sent) continue;
      m_run.stop();
      if (auto pushed = m_delivery.push(toFrame(video, i)); !pushed) throw RunFailed{pushed.error()};
      ++m_sent;
      if (!m_tiled) show(m_sent);
    }
  }

  core::Result<void> finish() {
    if (auto rest = m_delivery.finish(); !rest) return rest;
    if (m_run.report.decodeRetries > 0) {
      m_run.report.notes.push_back("memory ran out while decoding; it was done in smaller pieces");
    }
    show(m_sent);
    m_run.report.frames = m_delivery.delivered();
    if (m_run.dump.enabled()) return m_run.dump.video(at::cat(m_dumped, 2));
    return {};
  }

 private:
  /// Never falls back, also where a decode begins again.
  void show(std::int64_t frames) {
    m_shown = std::max(m_shown, frames);
    m_run.progress.advance(core::Stage::Decode, static_cast<int>(m_shown), m_run.request().frames);
  }

  RunContext& m_run;
  Delivery& m_delivery;
  std::vector<at::Tensor> m_dumped;
  std::int64_t m_seen = 0;  ///< frames of this attempt
  std::int64_t m_sent = 0;
  std::int64_t m_shown = 0;
  bool m_tiled = false;
};

/// As it was planned; else whole pictures, as many latent frames at a time as save overhead.
wan::VaePieces usualPieces(const RunContext& run, const at::Tensor& latents) {
  if (run.memory.planned) return {run.memory.chunk, run.tiling()};
  const std::int64_t chunk = run.model.vae.suggestedChunk(latents.size(3), latents.size(4));
  return {std::min(chunk, std::max<std::int64_t>(1, latents.size(2) / 4)), {}};
}

/// The usual way, then ways that take ever less memory: frame by frame, then tiles half as long each time.
std::vector<wan::VaePieces> waysDown(wan::VaePieces pieces, std::int64_t rows, std::int64_t columns) {
  std::vector<wan::VaePieces> ways{pieces};
  if (pieces.chunk > 1) {
    pieces.chunk = 1;
    ways.push_back(pieces);
  }
  std::int64_t tile = std::max(pieces.tiling.rows > 0 ? pieces.tiling.rows : rows,
                               pieces.tiling.columns > 0 ? pieces.tiling.columns : columns);
  for (tile = (tile + 1) / 2; tile >= kSmallestTile; tile = (tile + 1) / 2) {
    pieces.tiling = {tile < rows ? tile : 0, tile < columns ? tile : 0, std::min<std::int64_t>(8, tile / 2)};
    ways.push_back(pieces);
    if (tile == kSmallestTile) break;
  }
  return ways;
}

/// True if all was sent; false where memory ran out. Other failures are thrown on.
bool tryDecode(RunContext& run, const wan::Vae& vae, const at::Tensor& latents, const wan::VaePieces& pieces,
               FrameSender& sender) {
  try {
    sender.begin(pieces.tiling.cuts(latents.size(3), latents.size(4)));
    vae.decodeChunks(
        latents, pieces, [&](const at::Tensor& video) { sender.send(video); }, run.stop,
        [&](std::int64_t done, std::int64_t total) { sender.pieceDone(done, total); });
    return true;
  } catch (...) {
    if (currentError().code != core::ErrorCode::OutOfMemory) throw;
    ++run.report.decodeRetries;
    if (run.device().type() != at::kCPU) at::getDeviceAllocator(run.device().type())->emptyCache();
    return false;
  }
}

}  // namespace

core::Result<void> decode(RunContext& run, const at::Tensor& latents, core::FrameSink& sink) {
  const Timer timer(run.report.timings["decode"]);
  const core::Plan& plan = run.inputs.plan;
  // A plan made without a model's rate delivers frames one for one.
  const core::Rational inputFps = plan.modelFps.isPositive() ? plan.modelFps : plan.outputFps;
  Delivery delivery({inputFps, plan.outputSize, plan.outputFps, plan.outputFrames, !run.inputs.hasPictures(),
                     run.inputs.scaler.get()},
                    sink);
  FrameSender sender(run, delivery);
  const std::vector<wan::VaePieces> ways = waysDown(usualPieces(run, latents), latents.size(3), latents.size(4));
  for (const wan::VaePieces& pieces : ways) {
    if (tryDecode(run, run.model.vae, latents, pieces, sender)) return sender.finish();
  }
  if (run.device().type() != at::kCPU) {
    const c10::ScalarType dtype = run.model.placement.dtype;
    auto vae = loadVae(run.model, {dtype == at::kHalf ? at::kFloat : dtype, {}, {}, run.stop});
    if (!vae) return vae.error();
    if (tryDecode(run, *vae, latents.cpu(), ways.back(), sender)) return sender.finish();
  }
  const bool kept = !run.inputs.journalDirectory.empty();
  return core::Error{
      core::ErrorCode::OutOfMemory,
      std::string("not enough memory to decode, even in the smallest pieces; close other programs and ") +
          (kept ? "resume the job: the steps done are kept" : "try a smaller size"),
      "decode"};
}

}  // namespace kinora::pipeline
