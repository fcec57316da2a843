// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/denoise.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "engine/core/sampling.h"
#include "engine/diffusion/guidance.h"
#include "engine/diffusion/sampler.h"
#include "engine/diffusion/step_cache.h"
#include "engine/pipeline/experts.h"
#include "engine/pipeline/journal.h"
#include "engine/pipeline/pixels.h"
#include "engine/pipeline/text_cache.h"
#include "engine/tensor/pch.h"
#include "engine/wan/tea_cache_fit.h"

namespace kinora::pipeline {
namespace {

/// The model as the sampler sees it: velocity at x. Chooses the expert by the timestep and prepares its contexts once.
class Network {
 public:
  Network(RunContext& run, const Conditioning& conditioning) : m_run(run), m_conditioning(conditioning) {}

  /// Throws RunFailed where an expert cannot be loaded or makes values that are no numbers.
  at::Tensor velocity(const at::Tensor& x, double timestep, int step);

 private:
  void select(std::size_t expert, const at::Tensor& x);
  double scaleOf(std::size_t expert) const;
  diffusion::Guidance guidanceOf(std::size_t expert, const at::Tensor& x) const;
  bool batchesGuidance(const at::Tensor& x) const;
  at::Tensor branch(const at::Tensor& x, double timestep, int step, diffusion::Branch branch);
  at::Tensor pass(const at::Tensor& x, double timestep, const wan::TextContext& context,
                  wan::PassOptions options) const;
  diffusion::StepCache* cacheOf(diffusion::Branch branch);
  core::Error notFinite(const at::Tensor& x, double timestep, int step) const;

  RunContext& m_run;
  const Conditioning& m_conditioning;
  std::optional<std::size_t> m_expert;
  const wan::Transformer* m_transformer = nullptr;
  wan::TextContext m_both, m_prompt, m_negative;
  diffusion::Denoiser m_guided;
  std::map<diffusion::Branch, diffusion::StepCache> m_caches;
};

/// The first expert's guidance decides whether there is any at all (as in diffusers), since only then is there a
/// negative prompt.
double Network::scaleOf(std::size_t expert) const {
  const double first = m_run.guidance();
  return expert == 0 || first <= 1 ? first : m_run.request().guidance2.value_or(first);
}

diffusion::Guidance Network::guidanceOf(std::size_t expert, const at::Tensor& x) const {
  const core::GenerationRequest& request = m_run.request();
  diffusion::Guidance guidance;
  guidance.scale = scaleOf(expert);
  guidance.batched = batchesGuidance(x);
  if (request.guidanceKind == "cfg-zero") {
    guidance.kind = diffusion::GuidanceKind::ZeroStar;
    guidance.zeroSteps = core::zeroSteps(request.steps);
  }
  const core::StepRange skipping = core::skipRange(request.skipLayers, request.steps);
  guidance.skip = {request.skipLayers.scale, skipping.first, skipping.end};
  return guidance;
}

bool Network::batchesGuidance(const at::Tensor& x) const {
  // What is done to one branch alone needs a pass of its own.
  if (m_run.request().nag || !m_run.request().cache.empty()) return false;
  // One pass of twice the batch saves overhead, which counts for small models only; it doubles the activations.
  constexpr std::int64_t kBatchedElements = 16 << 20;
  const wan::TransformerConfig& config = m_transformer->config();
  return x.size(2) * x.size(3) * x.size(4) / config.patchVolume() * config.dim() < kBatchedElements;
}

void Network::select(std::size_t expert, const at::Tensor& x) {
  m_both = m_prompt = m_negative = {};  // those of the other expert are freed before this one is loaded
  auto loaded = needExpert(m_run.model, expert, m_run.stop);
  if (!loaded) throw RunFailed{loaded.error()};
  m_transformer = *loaded;
  m_expert = expert;
  const at::Tensor& image = m_conditioning.imageStates;
  m_both = m_transformer->prepareContext(m_conditioning.text, m_run.stop, image.defined() ? &image : nullptr);
  m_prompt = m_both.only(0);
  m_negative = m_both.batch() > 1 ? m_both.only(1) : m_prompt;
  const auto network = [this](const at::Tensor& at, double timestep, int step, diffusion::Branch which) {
    return branch(at, timestep, step, which);
  };
  m_guided = diffusion::guided(network, guidanceOf(expert, x));
  for (auto& [which, cache] : m_caches) cache.reset();  // the other expert's
}

/// The cache of a kind of pass, made at its first; nullptr: the request wants none.
diffusion::StepCache* Network::cacheOf(diffusion::Branch branch) {
  const core::GenerationRequest& request = m_run.request();
  if (request.cache.empty()) return nullptr;
  const bool teaCache = request.cache == "teacache";
  diffusion::CacheSettings settings;
  settings.kind = teaCache ? diffusion::CacheKind::TeaCache : diffusion::CacheKind::FirstBlock;
  settings.threshold = request.cacheThreshold.value_or(core::defaultCacheThreshold(request.cache));
  settings.steps = request.steps;
  if (teaCache) settings.polynomial = wan::teaCacheFit(m_transformer->config());
  return &m_caches.try_emplace(branch, std::move(settings)).first->second;
}

at::Tensor Network::branch(const at::Tensor& x, double timestep, int step, diffusion::Branch branch) {
  const core::GenerationRequest& request = m_run.request();
  const bool negative = branch == diffusion::Branch::Unconditional;
  const bool both = branch == diffusion::Branch::Both;
  wan::PassOptions options;
  if (branch == diffusion::Branch::Weakened) options.skippedBlocks = request.skipLayers.blocks;
  if (request.nag && !negative) {
    options.avoided = &m_negative;
    options.nag = {request.nag->scale, request.nag->tau, request.nag->alpha};
  }
  options.cache = cacheOf(branch);
  options.step = step;
  const int reusedBefore = options.cache ? options.cache->reused() : 0;
  const at::Tensor out = pass(x, timestep, both ? m_both : negative ? m_negative : m_prompt, options);
  m_run.report.passes += both ? 2 : 1;
  if (options.cache) m_run.report.reusedPasses += options.cache->reused() - reusedBefore;
  return out;
}

at::Tensor Network::pass(const at::Tensor& x, double timestep, const wan::TextContext& context,
                         wan::PassOptions options) const {
  options.firstFrameClean = m_conditioning.firstFrame.defined();
  if (m_conditioning.control.defined()) options.control = &m_conditioning.control;
  options.controlScale = m_conditioning.controlScale;
  return m_transformer->forward(m_conditioning.input(x), timestep, context, m_run.stop, options);
}

at::Tensor Network::velocity(const at::Tensor& x, double timestep, int step) {
  if (const std::size_t expert = m_run.model.experts->at(timestep); m_expert != expert) select(expert, x);
  const at::Tensor out = m_guided(x, timestep, step);
  if (!allFinite(out)) throw RunFailed{notFinite(x, timestep, step)};
  return out;
}

/// Runs the step once more and watches where the first value that is no number comes from.
core::Error Network::notFinite(const at::Tensor& x, double timestep, int step) const {
  std::string where = "the last projection";
  bool found = false;
  wan::PassOptions options;
  options.observer = [&](int block, const at::Tensor& tokens) {
    if (found || allFinite(tokens)) return;
    found = true;
    where = block < 0 ? "the patch embedding" : "block " + std::to_string(block);
  };
  pass(x, timestep, m_both, options);
  return {core::ErrorCode::Corrupt,
          "values that are no numbers came out of " + where + " of " + m_run.model.experts->name(*m_expert) +
              " at step " + std::to_string(step + 1) +
              "; its weights may be damaged (check the model), or f32 is needed (--dtype f32)",
          m_run.inputs.model.id};
}

/// A picture of latent frame t of a half-finished clip, at little cost: large latents are averaged down first, less so
/// for a tiny decoder, which also sees the frames before.
at::Tensor previewOf(const WanModel& model, const at::Tensor& clip, std::int64_t t, const tensor::StopCheck& stop) {
  const bool tiny = model.tinyDecoder != nullptr;
  const std::int64_t cellsAtMost = tiny ? 1600 : 400;
  const std::int64_t first = tiny ? std::max<std::int64_t>(0, t - 2) : t;
  at::Tensor small = clip.narrow(2, first, t - first + 1);
  if (const std::int64_t cells = small.size(3) * small.size(4); cells > cellsAtMost) {
    const auto wanted =
        static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(cells) / static_cast<double>(cellsAtMost))));
    const std::int64_t factor = std::min({wanted, small.size(3), small.size(4)});  // a strip stays a strip
    small = at::avg_pool3d(small, {1, factor, factor});
  }
  if (!tiny) return model.vae.decodeFrame(small, 0, stop);
  const at::Tensor video = model.tinyDecoder->decode(small, stop);
  return video.narrow(2, video.size(2) - 1, 1);
}

/// Shows another moment of the clip after each step, so that the preview moves.
void showPreview(const RunContext& run, const at::Tensor& clip, int done) {
  if (!run.observer.preview || !clip.defined()) return;
  run.observer.preview(toFrame(previewOf(run.model, clip, done % clip.size(2), run.stop), 0));
}

/// Names all that the latents depend on.
std::string journalKey(const RunContext& run) {
  if (run.inputs.journalDirectory.empty()) return {};
  const core::GenerationRequest& request = run.request();
  const core::ModelParts& parts = run.model.parts;
  std::vector<std::string> files{parts.transformer, parts.transformer2,   parts.vae,          parts.textEncoder,
                                 parts.tokenizer,   parts.imageEncoder,   request.startImage, request.endImage,
                                 request.noiseFile, request.controlVideo, request.controlMask};
  for (const core::LoraUse& lora : request.loras) files.push_back(lora.file);
  files.insert(files.end(), request.references.begin(), request.references.end());
  std::erase(files, std::string());
  const char* drawn = drawsFirstFrame(run.model, run.inputs) ? "first frame drawn\n" : "";
  return core::toJson(request) + "\n" + drawn + filesAsTheyAre(files) + run.model.placement.key();
}

/// What the sampler begins with: the latents of the journal, or noise. A journal that is of no use costs its steps, not
/// the clip.
at::Tensor startOf(RunContext& run, const Journal& journal, diffusion::Sampler& sampler, const at::Tensor& noise) {
  if (!run.inputs.resume) return noise;
  auto kept = journal.restore(sampler, noise);
  if (!kept) {
    const std::string note = "begun again at the first step: " + kept.error().message;
    auto& notes = run.report.notes;  // the clip's steps are of no use for the same reason as those of its first frame
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    return noise;
  }
  run.report.resumedSteps += sampler.position();
  return std::move(kept).value();
}

/// A disk that is full costs the chance to resume, not the clip.
void keepStep(RunContext& run, const Journal& journal, const diffusion::Sampler& sampler, const at::Tensor& latents) {
  if (!journal.enabled()) return;
  const Timer timer(run.report.timings["keep"]);
  const auto kept = journal.keep(sampler, latents);
  const std::string note = "steps could not be kept to resume from";
  auto& notes = run.report.notes;
  const auto said = [&](const std::string& text) { return text.starts_with(note); };
  if (!kept && std::none_of(notes.begin(), notes.end(), said)) notes.push_back(note + ": " + kept.error().text());
}

}  // namespace

const char* prefixOf(Target target) {
  return target == Target::FirstFrame ? "first_" : "";
}

core::Result<at::Tensor> denoise(RunContext& run, const Conditioning& conditioning, const at::Tensor& noise,
                                 Target target) {
  const Timer timer(run.report.timings["denoise"]);
  const core::GenerationRequest& request = run.request();
  auto sampler =
      diffusion::makeSampler(request.sampler, {request.steps, request.shift.value_or(1.0), request.seed.value_or(0)});
  if (!sampler) return sampler.error();
  const std::string prefix = prefixOf(target);
  const Journal journal(run.inputs.journalDirectory, journalKey(run), prefix);
  at::Tensor start = startOf(run, journal, **sampler, noise);
  Network network(run, conditioning);
  at::Tensor clean;  // the network's guess of the finished latents, for the preview
  const auto denoiser = [&](const at::Tensor& x, double timestep, int step) {
    const at::Tensor velocity = network.velocity(x, timestep, step);
    if (run.observer.preview)
      clean = conditioning.clip(x - (*sampler)->schedule().sigmas[static_cast<std::size_t>(step)] * velocity);
    return velocity;
  };
  // One count goes through the steps of both targets.
  const bool twice = drawsFirstFrame(run.model, run.inputs);
  const int before = twice && target == Target::Clip ? request.steps : 0;
  const int allSteps = twice ? 2 * request.steps : request.steps;
  run.progress.skip(core::Stage::Denoise, before + (*sampler)->position(), allSteps);
  const at::Tensor latents =
      diffusion::sample(**sampler, denoiser, std::move(start), run.stop, [&](const at::Tensor& x, int done) {
        if (auto written = run.dump.step(prefix, done - 1, x); !written) throw RunFailed{written.error()};
        // What step caching reuses is not kept: such a run can only go on where no pass is left.
        if (request.cache.empty() || done == request.steps) keepStep(run, journal, **sampler, x);
        run.progress.advance(core::Stage::Denoise, before + done, allSteps);
        showPreview(run, clean, done);
      });
  const at::Tensor finished = conditioning.clip(latents);
  if (auto saved = run.dump.latents(prefix, finished); !saved) return saved.error();
  return finished;
}

}  // namespace kinora::pipeline
