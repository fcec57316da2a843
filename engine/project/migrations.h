// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <stdexcept>
#include <string>

namespace kinora::project {

/// Thrown inside this folder while a project is read: where in the JSON and what is wrong with it.
struct FormatError : std::runtime_error {
  FormatError(const std::string& where, const std::string& what) : std::runtime_error("[" + where + "] " + what) {}
};

/// Brings a project of version `from` to version `from + 1`, in place. Throws FormatError.
struct Migration {
  int from = 0;
  void (*apply)(nlohmann::json& project) = nullptr;
};

/// All steps there have been, one for each version since the first. Version 1 is the first, so there is none yet.
std::span<const Migration> migrations();

/// Applies the steps from the project's own "version" to `to` one after another and sets "version" each time.
/// Throws FormatError when a step is not there.
void migrate(nlohmann::json& project, int to, std::span<const Migration> steps);

}  // namespace kinora::project
