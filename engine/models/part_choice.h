// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"
#include "engine/models/model_catalogue.h"

namespace kinora::models {

/// The parts of a model, and for the user where each was found.
struct ChosenParts {
  core::ModelParts parts;
  std::vector<std::string> notes;
};

/// The part of assemble() that chooses: files and folders, absolute, none of them a whole model in the diffusers
/// layout.
core::Result<ChosenParts> chooseParts(const std::vector<std::string>& paths, const ModelCatalogue& installed);

}  // namespace kinora::models
