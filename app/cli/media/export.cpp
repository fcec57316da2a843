// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/media/media_commands.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/cli/interrupt.h"
#include "app/runtime/paths.h"
#include "app/runtime/runners.h"
#include "engine/project/project_file.h"

namespace kinora::cli {
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

}  // namespace kinora::cli
