// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runtime/runners.h"

#include <algorithm>
#include <chrono>

#include "app/runtime/input_frames.h"
#include "engine/detail/reference_scaler.h"
#include "engine/jobs/job_folders.h"
#include "engine/media/clip_writer.h"
#include "engine/media/picture.h"

namespace kinora::runtime {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

core::Result<core::Frame> loadOptional(const std::string& path) {
  if (path.empty()) return core::Frame();
  return media::loadPicture(path);
}

/// Null where nothing is enlarged, or there is no picture to take detail from, or none is wanted.
std::shared_ptr<core::FrameScaler> detailScaler(const core::Plan& plan, const core::Frame& start) {
  const bool enlarged =
      plan.outputSize.width > plan.request.size.width || plan.outputSize.height > plan.request.size.height;
  if (!enlarged || start.isNull() || plan.request.detail == "off") return nullptr;
  return std::make_shared<detail::ReferenceScaler>(start, plan.outputSize);
}

core::Result<pipeline::GenerationInputs> prepareInputs(const core::GenerationRequest& request,
                                                       const Catalogues& catalogues, std::stop_token stop) {
  Planned planned = planRequest(request, catalogues);
  if (!planned.result.ok()) return faultsAsError(planned.result.faults);
  auto start = loadOptional(request.startImage);
  if (!start) return start.error();
  auto end = loadOptional(request.endImage);
  if (!end) return end.error();
  const core::Plan& plan = planned.result.plan;
  // Twice the model's size is more than it can make use of.
  const FrameRange range{plan.modelFps, plan.request.frames,
                         2 * std::max(plan.request.size.width, plan.request.size.height)};
  auto control = loadFrames(request.controlVideo, range, stop);
  if (!control) return control.error();
  auto mask = loadFrames(request.controlMask, range, stop);
  if (!mask) return mask.error();
  auto references = loadPictures(request.references);
  if (!references) return references.error();
  pipeline::GenerationInputs inputs;
  inputs.plan = plan;
  inputs.model = *planned.model;
  inputs.startImage = *start;
  inputs.endImage = *end;
  inputs.control = *control;
  inputs.mask = *mask;
  inputs.references = *references;
  inputs.scaler = detailScaler(plan, *start);
  return inputs;
}

/// Says where the job keeps its steps and whether it goes on from some: its own, where it was put back into the queue,
/// or those of the job that it resumes. What cannot be taken over is noted, and the job begins at its first step.
void useJournal(const jobs::JobFolders& journals, const core::JobId& id, const core::JobSpec& spec,
                pipeline::GenerationInputs& inputs, std::vector<std::string>& notes) {
  if (!spec.resumes.empty() && !journals.canResume(id)) {
    if (auto handed = journals.hand(spec.resumes, id); !handed) {
      notes.push_back("begun again at the first step: " + handed.error().message);
    }
  }
  journals.trim();
  inputs.journalDirectory = journals.path(id);
  inputs.resume = journals.canResume(id);
}

core::Result<std::unique_ptr<media::ClipWriter>> openClip(const core::JobSpec& spec, const core::Plan& plan) {
  media::ClipWriterOptions options;
  options.size = plan.outputSize;
  options.fps = plan.outputFps;
  options.recipe = core::toJson(spec.request);
  options.title = spec.title;
  return media::ClipWriter::create(spec.output, options);
}

}  // namespace

jobs::JobRunner generationRunner(InferenceHost& host, Catalogues catalogues, GenerationFolders folders) {
  return [&host, catalogues, folders](const core::JobId& id, const core::JobSpec& spec,
                                      const jobs::JobCallbacks& callbacks,
                                      std::stop_token stop) -> core::Result<core::JobOutcome> {
    const auto began = Clock::now();
    auto inputs = prepareInputs(spec.request, catalogues, stop);
    if (!inputs) return inputs.error();
    const jobs::JobFolders journals(folders.jobs);
    core::JobOutcome outcome;
    useJournal(journals, id, spec, *inputs, outcome.notes);
    inputs->dumpDirectory = folders.dump;
    inputs->cacheDirectory = folders.cache;
    auto engine = host.engine();
    if (!engine) return engine.error();

    auto writer = openClip(spec, inputs->plan);
    if (!writer) return writer.error();
    auto report = (*engine)->generate(*inputs, **writer, {callbacks.progress, callbacks.preview}, stop);
    if (!host.keeps()) (*engine)->unload();
    if (!report) return report.error();
    const auto writeBegan = Clock::now();
    auto clip = (*writer)->finish(stop);
    if (!clip) return clip.error();
    journals.remove(id);
    outcome.clip = std::move(clip).value();
    outcome.seed = report->seed;
    outcome.timings = report->timings;
    outcome.notes.insert(outcome.notes.end(), report->notes.begin(), report->notes.end());
    outcome.passes = report->passes;
    outcome.reusedPasses = report->reusedPasses;
    outcome.resumedSteps = report->resumedSteps;
    outcome.timings["write"] = secondsSince(writeBegan);
    outcome.timings["total"] = secondsSince(began);
    return outcome;
  };
}

jobs::JobRunner exportRunner(std::vector<render::ExportPreset> presets) {
  return
      [presets = std::move(presets)](const core::JobId&, const core::JobSpec& spec, const jobs::JobCallbacks& callbacks,
                                     std::stop_token stop) -> core::Result<core::JobOutcome> {
        const auto preset = std::find_if(presets.begin(), presets.end(),
                                         [&](const render::ExportPreset& p) { return p.id == spec.exportSpec.preset; });
        if (preset == presets.end()) {
          return core::Error{
              core::ErrorCode::InvalidInput, "there is no export preset \"" + spec.exportSpec.preset + "\"", {}};
        }
        return render::exportTimeline(spec.exportSpec, *preset, spec.output, callbacks.progress, stop);
      };
}

}  // namespace kinora::runtime
