// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "app/cli/report.h"

namespace CLI {
class App;
}

namespace kinora::cli {

/// What the chosen subcommand wants run after parsing; set by exactly one command's callback.
using Action = std::function<int(Report&)>;

/// Options every command shares, and the action that parsing chose.
struct Context {
  bool json = false;
  Action action;
};

// Each adds its subcommand(s) to the parser.
void addGenerate(CLI::App& app, Context& context);
void addResume(CLI::App& app, Context& context);
void addExport(CLI::App& app, Context& context);
void addModels(CLI::App& app, Context& context);
// Subcommands of models that write: add, download, remove.
void addModelChanges(CLI::App& models, Context& context);
void addQueue(CLI::App& app, Context& context);
void addCredits(CLI::App& app, Context& context);
void addProject(CLI::App& app, Context& context);
void addProbe(CLI::App& app, Context& context);
void addDoctor(CLI::App& app, Context& context);

}  // namespace kinora::cli
