// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/generate_parser.h"
#include "app/cli/media/media_commands.h"
#include "app/cli/probe_weights.h"
#include "app/runtime/open_library.h"

// The parsers of the commands in libkinora_media_commands.so: help and usage answer without opening it.
namespace kinora::cli {

core::Result<const MediaCommands*> mediaCommands() {
  const auto entry = runtime::openLibrary("libkinora_media_commands.so", "kinora_media_commands");
  if (!entry) return entry.error();
  return reinterpret_cast<const MediaCommands* (*)()>(*entry)();
}

namespace {

/// An action that opens the library first.
template <class Run>
Action withMedia(Run run) {
  return [run](Report& report) {
    const auto commands = mediaCommands();
    return commands ? run(**commands, report) : report.fail(commands.error());
  };
}

}  // namespace

void addGenerate(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("generate", "Make a clip from a prompt, a picture or both");
  auto options = std::make_shared<GenerateOptions>();
  declare(*command, *options);
  command->callback([&context, options] {
    context.json = options->json;
    context.action =
        withMedia([options](const MediaCommands& media, Report& report) { return media.generate(report, *options); });
  });
}

void addResume(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("resume", "Go on with an interrupted generation at its last finished step");
  auto job = std::make_shared<std::string>();
  command->add_option("job", *job, "Its id, as queue list shows it")->required();
  command->add_flag("--json", context.json, "One JSON object a line on stdout");
  command->callback([&context, job] {
    context.action =
        withMedia([job](const MediaCommands& media, Report& report) { return media.resume(report, *job); });
  });
}

void addExport(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("export", "Render a project's timeline to a file");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("project", options->project, "A .kinora file")->required();
  command->add_option("--output", options->output, "MP4 file to write")->required();
  command->add_option("--preset", options->preset, "h264-high, h264-standard or h264-small")->capture_default_str();
  command->add_option("--from", options->from, "Start, in seconds")->check(CLI::NonNegativeNumber);
  command->add_option("--to", options->to, "End, in seconds")->check(CLI::NonNegativeNumber);
  command->add_flag("--json", context.json, "One JSON object a line on stdout");
  command->callback([&context, options] {
    context.action = withMedia(
        [options](const MediaCommands& media, Report& report) { return media.exportProject(report, *options); });
  });
}

void addProbe(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("probe", "What a media or weight file is, and the recipe in it");
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "Video, picture, sound, weight file or folder of weights")->required();
  command->add_flag("--json", context.json, "One JSON object on stdout (a line for each file of a folder)");
  command->callback([&context, file] {
    const Action media =
        withMedia([file](const MediaCommands& commands, Report& report) { return commands.probe(report, *file); });
    context.action = [file, media](Report& report) {
      const std::optional<int> weights = probeWeights(report, *file);
      return weights ? *weights : media(report);
    };
  });
}

void addDoctor(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("doctor", "Device, memory, codecs, models, folders: what works and what does not");
  command->add_flag("--json", context.json, "One JSON object a line");
  command->callback([&context] {
    context.action = withMedia([](const MediaCommands& media, Report& report) { return media.doctor(report); });
  });
}

}  // namespace kinora::cli
