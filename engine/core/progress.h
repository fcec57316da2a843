// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace kinora::core {

enum class Stage { Text, Encode, Denoise, Decode, Write };
/// "text", "encode", "denoise", "decode", "write"
const char* stageName(Stage stage);

/// Where a job stands. fraction is over the whole job and never falls; etaSeconds < 0: not known yet.
struct Progress {
  Stage stage = Stage::Text;
  int step = 0;
  int steps = 0;
  double fraction = 0;
  double etaSeconds = -1;
  double elapsedSeconds = 0;
};

}  // namespace kinora::core
