// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/media/run_job.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/jobs/job_folders.h"
#include "engine/models/assemble.h"

namespace kinora::cli {
namespace {

void printFinished(Report& report, const core::JobId& job, const core::JobSpec& spec, const core::JobOutcome& outcome) {
  const core::ClipInfo& clip = outcome.clip;
  const auto total = outcome.timings.find("total");
  const double seconds = total == outcome.timings.end() ? 0 : total->second;
  report.event({{"event", "finished"},
                {"job", job},
                {"output", clip.path},
                {"seconds", seconds},
                {"frames", clip.frames},
                {"width", clip.size.width},
                {"height", clip.size.height},
                {"fps", clip.fps.toString()},
                {"seed", outcome.seed},
                {"sha256", clip.sha256},
                {"timings", outcome.timings},
                {"notes", outcome.notes},
                {"passes", outcome.passes},
                {"reused_passes", outcome.reusedPasses},
                {"resumed_steps", outcome.resumedSteps}});
  for (const std::string& note : outcome.notes) report.note("note: " + note);
  report.note("done in " + clockTime(seconds) + " · " + sizeText(clip.size) + " · " + std::to_string(clip.frames) +
              " frames at " + clip.fps.toString() + " fps · seed " + std::to_string(outcome.seed));
  if (outcome.resumedSteps > 0) report.note("went on after step " + std::to_string(outcome.resumedSteps));
  if (!spec.request.cache.empty()) {
    report.note("step caching reused " + std::to_string(outcome.reusedPasses) + " of " +
                std::to_string(outcome.passes) + " passes");
  }
  report.line(clip.path);
}

}  // namespace

std::string sizeText(core::Size size) {
  return std::to_string(size.width) + "×" + std::to_string(size.height);
}

core::Result<models::ModelCatalogue> catalogueFor(const runtime::Paths& paths, std::string& model) {
  models::ModelCatalogue catalogue = models::ModelCatalogue::scan(paths.modelRoots());
  if (model.empty() || catalogue.find(model) || !std::filesystem::exists(model)) return catalogue;
  const std::string path = std::filesystem::absolute(model).string();
  const auto below = models::ModelCatalogue::scan({path});
  if (below.models().empty()) {
    auto assembly = models::assemble({{path}, {}, {}}, catalogue);
    if (!assembly) return assembly.error();
    catalogue.include(std::move(assembly->info));
  } else {
    catalogue.include(below.models().front());
  }
  model = catalogue.models().back().directory;
  return catalogue;
}

int runJob(Report& report, const runtime::Paths& paths, store::Store& store, const core::JobSpec& spec,
           const jobs::JobRunner& runner, std::stop_token stop) {
  const auto id = store.addRunningJob(spec);
  if (!id) return report.fail(id.error());
  jobs::JobCallbacks callbacks;
  callbacks.progress = [&](const core::Progress& progress) { report.progress(*id, progress); };
  const auto outcome = runner(*id, spec, callbacks, stop);
  if (!outcome) {
    const bool cancelled = outcome.error().code == core::ErrorCode::Cancelled;
    const auto closed = cancelled ? store.cancelJob(*id) : store.failJob(*id, outcome.error());
    if (!closed) report.note("the job could not be closed: " + closed.error().text());
    if (jobs::JobFolders(paths.jobs()).canResume(*id)) report.note("go on with: kinora-cli resume " + *id);
    if (!cancelled) return report.fail(outcome.error());
    const std::string returned = spec.credits > 0 ? "; " + std::to_string(spec.credits) + " credits returned" : "";
    return report.fail({core::ErrorCode::Cancelled, "cancelled" + returned, {}});
  }
  if (const auto closed = store.finishJob(*id, *outcome); !closed) return report.fail(closed.error());
  printFinished(report, *id, spec, *outcome);
  return kDone;
}

}  // namespace kinora::cli
