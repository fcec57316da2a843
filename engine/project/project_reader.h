// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/project/project.h"

namespace kinora::project {

/// Reads a project of the present version strictly: every type, range and reference is checked. Throws FormatError with
/// the place, e.g. "tracks[0].clips[2].start".
Project readProject(const nlohmann::json& root, const std::string& baseDir);

}  // namespace kinora::project
