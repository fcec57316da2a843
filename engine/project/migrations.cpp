// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/project/migrations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kinora::project {

std::span<const Migration> migrations() {
  return {};
}

void migrate(nlohmann::json& project, int to, std::span<const Migration> steps) {
  for (int version = project.at("version").get<int>(); version < to; ++version) {
    const auto step = std::find_if(steps.begin(), steps.end(), [&](const Migration& m) { return m.from == version; });
    if (step == steps.end())
      throw FormatError("version", "there is no way from version " + std::to_string(version) + " to the present one");
    step->apply(project);
    project["version"] = version + 1;
  }
}

}  // namespace kinora::project
