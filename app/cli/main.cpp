// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/cli/commands.h"

int main(int argc, char** argv) {
  using namespace kinora::cli;
  CLI::App app("Kinora: short AI video made on this machine, from the command line.", "kinora-cli");
  app.set_version_flag("--version", "kinora-cli " KINORA_VERSION);
  app.require_subcommand(1);
  Context context;
  addGenerate(app, context);
  addResume(app, context);
  addExport(app, context);
  addModels(app, context);
  addQueue(app, context);
  addCredits(app, context);
  addProject(app, context);
  addProbe(app, context);
  addDoctor(app, context);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with code 0; everything else is bad usage.
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  Report report(context.json);
  return context.action(report);
}
