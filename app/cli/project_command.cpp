// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "engine/project/project_file.h"

namespace kinora::cli {
namespace {

int info(Report& report, const std::string& file) {
  const auto project = project::loadProject(file);
  if (!project) return report.fail(project.error());
  std::size_t clips = 0;
  std::size_t offline = 0;
  for (const project::Track& track : project->timeline.tracks) clips += track.clips.size();
  for (const project::Asset& asset : project->assets) offline += asset.offline ? 1 : 0;
  const double seconds = static_cast<double>(project->timeline.length()) / project->fps.toDouble();
  report.event({{"name", project->name},
                {"width", project->size.width},
                {"height", project->size.height},
                {"fps", project->fps.toString()},
                {"tracks", project->timeline.tracks.size()},
                {"clips", clips},
                {"assets", project->assets.size()},
                {"offline", offline},
                {"seconds", seconds}});
  char text[160];
  std::snprintf(text, sizeof text, "%d×%d · %s fps · %zu clips on %zu tracks · %.2f s · %zu media, %zu offline",
                project->size.width, project->size.height, project->fps.toString().c_str(), clips,
                project->timeline.tracks.size(), seconds, project->assets.size(), offline);
  report.line(project->name + " · " + text);
  return kDone;
}

/// Reads the project strictly and lists every medium that is missing; 0 only if all is well.
int check(Report& report, const std::string& file) {
  const auto project = project::loadProject(file);
  if (!project) return report.fail(project.error());
  int missing = 0;
  for (const project::Asset& asset : project->assets) {
    if (!asset.offline) continue;
    ++missing;
    report.event({{"event", "missing"}, {"asset", asset.id}, {"path", asset.info.path}});
    report.line("missing: " + asset.info.path);
  }
  report.event({{"event", "checked"}, {"assets", project->assets.size()}, {"missing", missing}});
  if (missing == 0) report.line("sound: " + std::to_string(project->assets.size()) + " media, none missing");
  return missing == 0 ? kDone : kFailed;
}

void addAction(CLI::App* project, Context& context, const char* name, const char* help,
               int (*run)(Report&, const std::string&)) {
  CLI::App* command = project->add_subcommand(name, help);
  auto file = std::make_shared<std::string>();
  command->add_option("project", *file, "A .kinora file")->required();
  command->add_flag("--json", context.json, "One JSON object a line on stdout");
  command->callback(
      [&context, file, run] { context.action = [file, run](Report& report) { return run(report, *file); }; });
}

}  // namespace

void addProject(CLI::App& app, Context& context) {
  CLI::App* project = app.add_subcommand("project", "Look into project files");
  project->require_subcommand(1);
  addAction(project, context, "info", "Name, size, rate, length, media", info);
  addAction(project, context, "check", "Whether the file is sound and all media are there", check);
}

}  // namespace kinora::cli
