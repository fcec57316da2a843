// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/media/media_commands.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/generate_options.h"
#include "app/cli/interrupt.h"
#include "app/cli/store_access.h"
#include "app/runtime/runners.h"
#include "engine/jobs/submission.h"

namespace kinora::cli {
namespace {

std::string sizeText(core::Size size) {
  return std::to_string(size.width) + "×" + std::to_string(size.height);
}

/// Seconds by the last measured run of this model; without one, from a slow and a fast CPU.
std::pair<double, double> timeRange(const core::Plan& plan, double measuredRate) {
  constexpr double kSlowTflops = 0.05;
  constexpr double kFastTflops = 0.6;
  if (measuredRate > 0) return {plan.work / measuredRate * 0.8, plan.work / measuredRate * 1.25};
  return {plan.work / kFastTflops, plan.work / kSlowTflops};
}

int printPlan(Report& report, const runtime::Planned& planned, const store::Store& store) {
  const core::Plan& plan = planned.result.plan;
  const auto rate = store.measuredRate(planned.model->id);
  if (!rate) return report.fail(rate.error());
  const auto [shortest, longest] = timeRange(plan, *rate);
  report.event({{"event", "plan"},
                {"model", planned.model->id},
                {"width", plan.request.size.width},
                {"height", plan.request.size.height},
                {"frames", plan.request.frames},
                {"steps", plan.request.steps},
                {"output_width", plan.outputSize.width},
                {"output_height", plan.outputSize.height},
                {"output_frames", plan.outputFrames},
                {"output_fps", plan.outputFps.toString()},
                {"tokens", plan.tokens},
                {"peak_bytes", plan.peakBytes},
                {"seconds_min", shortest},
                {"seconds_max", longest},
                {"credits", plan.credits},
                {"notes", plan.notes}});
  report.line(planned.model->name + " · " + sizeText(plan.request.size) + " · " + std::to_string(plan.request.frames) +
              " frames · " + std::to_string(plan.request.steps) + " steps · " + std::to_string(plan.tokens) +
              " tokens");
  report.line("output " + sizeText(plan.outputSize) + " · " + std::to_string(plan.outputFrames) + " frames at " +
              plan.outputFps.toString() + " fps");
  report.line("memory " + byteText(plan.peakBytes) + " · time " + clockTime(shortest) + " to " + clockTime(longest) +
              " · " + std::to_string(plan.credits) + " credits");
  return kDone;
}

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
                {"reused_passes", outcome.reusedPasses}});
  for (const std::string& note : outcome.notes) report.note("note: " + note);
  report.note("done in " + clockTime(seconds) + " · " + sizeText(clip.size) + " · " + std::to_string(clip.frames) +
              " frames at " + clip.fps.toString() + " fps · seed " + std::to_string(outcome.seed));
  if (!spec.request.cache.empty()) {
    report.note("step caching reused " + std::to_string(outcome.reusedPasses) + " of " +
                std::to_string(outcome.passes) + " passes");
  }
  report.line(clip.path);
}

/// Runs one job in this process: the row, the reserve and the ownership are one transaction, so that a studio that is
/// open at the same time does not pick the job up.
int runJob(Report& report, store::Store& store, const core::JobSpec& spec, const jobs::JobRunner& runner,
           std::stop_token stop) {
  const auto id = store.addRunningJob(spec);
  if (!id) return report.fail(id.error());
  jobs::JobCallbacks callbacks;
  callbacks.progress = [&](const core::Progress& progress) { report.progress(*id, progress); };
  const auto outcome = runner(*id, spec, callbacks, stop);
  if (!outcome) {
    const bool cancelled = outcome.error().code == core::ErrorCode::Cancelled;
    const auto closed = cancelled ? store.cancelJob(*id) : store.failJob(*id, outcome.error());
    if (!closed) report.note("the job could not be closed: " + closed.error().text());
    if (!cancelled) return report.fail(outcome.error());
    const std::string returned = spec.credits > 0 ? "; " + std::to_string(spec.credits) + " credits returned" : "";
    return report.fail({core::ErrorCode::Cancelled, "cancelled" + returned, {}});
  }
  if (const auto closed = store.finishJob(*id, *outcome); !closed) return report.fail(closed.error());
  printFinished(report, *id, spec, *outcome);
  return kDone;
}

}  // namespace

int generate(Report& report, const GenerateOptions& options) {
  const Interrupt interrupt;
  const runtime::Paths paths = runtime::findPaths();
  const auto request = toRequest(options);
  if (!request) return report.fail(request.error());
  auto accounts = openAccounts(paths);
  if (!accounts) return report.fail(accounts.error());
  if (const auto recovered = accounts->store->recover(); !recovered) return report.fail(recovered.error());

  const auto models = models::ModelCatalogue::scan(paths.modelRoots());
  // --model also takes a folder that lies in no model root.
  std::optional<models::ModelCatalogue> single;
  if (!request->model.empty() && !models.find(request->model) && std::filesystem::is_directory(request->model)) {
    single = models::ModelCatalogue::scan({std::filesystem::absolute(request->model).string()});
  }
  const runtime::Catalogues catalogues{accounts->editions, single && !single->models().empty() ? *single : models};
  core::GenerationRequest checked = *request;
  if (single && !single->models().empty()) checked.model = single->models().front().directory;
  const runtime::Planned planned = runtime::planRequest(checked, catalogues);
  if (!planned.result.ok()) return report.fail(runtime::faultsAsError(planned.result.faults));
  for (const std::string& note : planned.result.plan.notes) report.note("note: " + note);
  if (options.dryRun) return printPlan(report, planned, *accounts->store);

  // All takes or none: nobody wants three of five.
  const auto balance = accounts->store->balance();
  if (!balance) return report.fail(balance.error());
  const std::int64_t price = std::int64_t{planned.result.plan.credits} * options.variants;
  if (price > balance->available) {
    return report.fail(
        {core::ErrorCode::NotEnoughCredits,
         std::to_string(price) + " credits are needed; " + std::to_string(balance->available) + " are available",
         {}});
  }
  std::filesystem::create_directories(paths.clips());
  core::JobSpec spec = jobs::generationJob(planned.result.plan, paths.clips(), options.output);
  runtime::InferenceHost host;
  const jobs::JobRunner runner = runtime::generationRunner(host, catalogues, options.dump);
  const std::uint64_t firstSeed = *spec.request.seed;
  const std::filesystem::path firstOutput = spec.output;
  for (int take = 0; take < options.variants; ++take) {
    spec.request.seed = firstSeed + static_cast<std::uint64_t>(take);
    if (take > 0) {
      spec.output = (firstOutput.parent_path() /
                     (firstOutput.stem().string() + "-" + std::to_string(take + 1) + firstOutput.extension().string()))
                        .string();
    }
    if (const int code = runJob(report, *accounts->store, spec, runner, interrupt.token()); code != kDone) return code;
  }
  return kDone;
}

}  // namespace kinora::cli
