// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"
#include "engine/project/project.h"

namespace kinora::project {

inline constexpr int kProjectVersion = 1;

/// JSON text of a project; media paths relative to baseDir where they lie below it or share its root.
std::string toJson(const Project& project, const std::string& baseDir);
/// Parses, migrates step by step to kProjectVersion, then reads strictly. Corrupt, InvalidInput (not a Kinora project)
/// or NewerVersion. Missing media are marked offline, never an error.
core::Result<Project> fromJson(std::string_view json, const std::string& baseDir);

core::Result<Project> loadProject(const std::string& file);
/// Temporary file, fsync, rename.
core::Result<void> saveProject(const Project& project, const std::string& file);

}  // namespace kinora::project
