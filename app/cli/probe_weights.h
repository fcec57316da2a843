// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "app/cli/report.h"

namespace kinora::cli {

/// Says what a weight file, an index of shards or a folder of weights is, from the headers alone; gives the exit code.
/// Nothing for a path that is none of them. Loads no other library.
std::optional<int> probeWeights(Report& report, const std::string& path);

}  // namespace kinora::cli
