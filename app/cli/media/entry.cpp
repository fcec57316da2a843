// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/media/media_commands.h"

extern "C" __attribute__((visibility("default"))) const kinora::cli::MediaCommands* kinora_media_commands() {
  using namespace kinora::cli;
  static constexpr MediaCommands kCommands{generate, exportProject, probe, doctor, resume};
  return &kCommands;
}
