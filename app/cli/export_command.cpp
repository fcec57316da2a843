// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "app/runtime/paths.h"
#include "app/runtime/runners.h"
#include "engine/project/project_file.h"

namespace kinora::cli {
namespace {

struct ExportOptions {
  std::string project;
  std::string output;
  std::string preset = "h264-high";
  double from = 0;
  double to = -1;
};

int exportProject(Report& report, const ExportOptions& options) {
  const Interrupt interrupt;
  const auto presets = render::loadExportPresets(runtime::findPaths().exportPresets());
  if (!presets) return report.fail(presets.error());
  const auto project = project::loadProject(options.project);
  if (!project) return report.fail(project.error());
  for (const project::Asset& asset : project->assets) {
    if (asset.offline) report.note("note: offline, shown black: " + asset.info.path);
  }

  core::JobSpec spec;
  spec.kind = core::JobKind::Export;
  spec.title = project->name;
  spec.output = std::filesystem::absolute(options.output).string();
  const std::string folder = std::filesystem::absolute(options.project).parent_path().string();
  const auto toFrame = [&](double seconds) {
    return static_cast<std::int64_t>(std::llround(seconds * project->fps.toDouble()));
  };
  spec.exportSpec = {project::toJson(*project, folder), folder, options.preset, toFrame(options.from),
                     options.to < 0 ? -1 : toFrame(options.to)};
  jobs::JobCallbacks callbacks;
  callbacks.progress = [&](const core::Progress& progress) { report.progress("export", progress); };
  const auto outcome = runtime::exportRunner(*presets)("export", spec, callbacks, interrupt.token());
  if (!outcome) return report.fail(outcome.error());
  const core::ClipInfo& clip = outcome->clip;
  report.event({{"event", "finished"},
                {"job", "export"},
                {"output", clip.path},
                {"seconds", outcome->timings.count("total") ? outcome->timings.at("total") : 0.0},
                {"frames", clip.frames},
                {"width", clip.size.width},
                {"height", clip.size.height},
                {"fps", clip.fps.toString()},
                {"sha256", clip.sha256},
                {"timings", outcome->timings}});
  report.line(clip.path);
  return kDone;
}

}  // namespace

void addExport(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("export", "Render a project's timeline to a file");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("project", options->project, "A .kinora file")->required();
  command->add_option("--output", options->output, "MP4 file to write")->required();
  command->add_option("--preset", options->preset, "h264-high, h264-standard or h264-small")->capture_default_str();
  command->add_option("--from", options->from, "Start, in seconds")->check(CLI::NonNegativeNumber);
  command->add_option("--to", options->to, "End, in seconds")->check(CLI::NonNegativeNumber);
  command->add_flag("--json", context.json, "One JSON object a line on stdout");
  command->callback(
      [&context, options] { context.action = [options](Report& report) { return exportProject(report, *options); }; });
}

}  // namespace kinora::cli
