// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/project/project.h"

namespace kinora::project {

nlohmann::json writeProject(const Project& project, const std::string& baseDir);

}  // namespace kinora::project
