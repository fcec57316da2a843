// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/generate_options.h"

namespace CLI {
class App;
}

namespace kinora::cli {

/// Adds generate's options to its parser; they are written into options, which must outlive it.
void declare(CLI::App& command, GenerateOptions& options);

}  // namespace kinora::cli
