// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"
#include "engine/models/model_catalogue.h"

namespace kinora::models {

/// A model to be added that lies anywhere and stays there.
struct AddRequest {
  std::vector<std::string> paths;  ///< the folder of a whole model
  std::string id;                  ///< empty: made from the folder's name
  std::string name;                ///< empty: as the model calls itself
};

struct Assembly {
  std::string folder;  ///< of the model
  core::ModelInfo info;
  std::vector<std::string> notes;  ///< for the user: what was recognised
};

/// Recognises the model. Writes nothing. NotFound, Unsupported, Corrupt as describeModel; ModelMismatch (what is
/// missing, or what a file is); InvalidInput.
core::Result<Assembly> assemble(const AddRequest& request);

/// assemble, and writes root/<id>/kinora.json. InvalidInput too if the id is taken or no id; NotWritable, DiskFull.
core::Result<Assembly> addModel(const AddRequest& request, const ModelCatalogue& installed, const std::string& root);

}  // namespace kinora::models
