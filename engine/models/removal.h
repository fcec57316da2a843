// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"
#include "engine/models/model_catalogue.h"

namespace kinora::models {

/// What removing a model would do.
struct Removal {
  std::string id;
  std::string folder;              ///< below data/models
  std::vector<std::string> files;  ///< downloaded ones that are deleted, relative to folder
  std::uint64_t freedBytes = 0;
  std::vector<std::string> kept;    ///< absolute: used where they lie, stay there
  std::vector<std::string> usedBy;  ///< ids of models that use a part of it: while there are any, it cannot go
};

/// Only models below root that Kinora downloaded or added can be removed. InvalidInput for others, with what to do.
core::Result<Removal> planRemoval(const core::ModelInfo& model, const ModelCatalogue& installed,
                                  const std::string& root);

/// Deletes removal.files and kinora.json, and folders that are empty then; anything else that lies there stays.
/// InvalidInput while something uses it; NotWritable.
core::Result<void> removeModel(const Removal& removal);

}  // namespace kinora::models
