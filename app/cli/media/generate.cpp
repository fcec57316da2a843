// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/media/media_commands.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/cli/generate_options.h"
#include "app/cli/interrupt.h"
#include "app/cli/media/run_job.h"
#include "app/cli/store_access.h"
#include "app/runtime/runners.h"
#include "engine/jobs/submission.h"

namespace kinora::cli {
namespace {

/// Seconds by the last measured run of this model; without one, from a slow and a fast CPU.
std::pair<double, double> timeRange(const core::Plan& plan, double measuredRate) {
  constexpr double kSlowTflops = 0.05;
  constexpr double kFastTflops = 0.6;
  if (measuredRate > 0) return {plan.work / measuredRate * 0.8, plan.work / measuredRate * 1.25};
  return {plan.work / kFastTflops, plan.work / kSlowTflops};
}

nlohmann::json memoryJson(const core::MemoryPlan& memory) {
  return {{"text_bytes", memory.text},
          {"encode_bytes", memory.encode},
          {"denoise_bytes", memory.denoise},
          {"decode_bytes", memory.decode},
          {"keep_idle", memory.keepIdle},
          {"stream_blocks", memory.streamBlocks},
          {"vae_chunk", memory.chunk},
          {"vae_tile_rows", memory.tileRows},
          {"vae_tile_columns", memory.tileColumns},
          {"vae_tile_overlap", memory.tileOverlap}};
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
                {"memory", memoryJson(plan.memory)},
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
  for (const std::string& line : core::memoryLines(plan.memory)) report.line("  " + line);
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

  core::GenerationRequest checked = *request;
  const auto models = catalogueFor(paths, checked.model);
  if (!models) return report.fail(models.error());
  const runtime::Catalogues catalogues{accounts->editions, *models};
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
  const jobs::JobRunner runner =
      runtime::generationRunner(host, catalogues, {paths.jobs(), paths.cache(), options.dump});
  const std::uint64_t firstSeed = *spec.request.seed;
  const std::filesystem::path firstOutput = spec.output;
  for (int take = 0; take < options.variants; ++take) {
    spec.request.seed = firstSeed + static_cast<std::uint64_t>(take);
    if (take > 0) {
      spec.output = (firstOutput.parent_path() /
                     (firstOutput.stem().string() + "-" + std::to_string(take + 1) + firstOutput.extension().string()))
                        .string();
    }
    if (const int code = runJob(report, paths, *accounts->store, spec, runner, interrupt.token()); code != kDone)
      return code;
  }
  return kDone;
}

}  // namespace kinora::cli
