// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "app/cli/generate_options.h"
#include "app/cli/report.h"
#include "engine/core/result.h"

namespace kinora::cli {

struct ExportOptions {
  std::string project;
  std::string output;
  std::string preset = "h264-high";
  double from = 0;  ///< seconds
  double to = -1;   ///< seconds; < 0: to the end
};

/// The commands that need FFmpeg and OpenCV. They live in libkinora_media_commands.so, which kinora-cli opens when one
/// of them is called. Each gives the exit code.
struct MediaCommands {
  int (*generate)(Report&, const GenerateOptions&);
  int (*exportProject)(Report&, const ExportOptions&);
  int (*probe)(Report&, const std::string& file);
  int (*doctor)(Report&);
  int (*resume)(Report&, const std::string& job);
};

/// Opens the library. Main thread, before any other exists.
core::Result<const MediaCommands*> mediaCommands();

int generate(Report& report, const GenerateOptions& options);
int exportProject(Report& report, const ExportOptions& options);
int probe(Report& report, const std::string& file);
int doctor(Report& report);
int resume(Report& report, const std::string& job);

}  // namespace kinora::cli
