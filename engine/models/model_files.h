// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/model_info.h"

namespace kinora::models {

struct ModelFileEntry {
  std::string path;  ///< absolute
  std::string name;  ///< relative to the model's folder; absolute where it lies elsewhere
  std::uint64_t bytes = 0;
};

/// Every file that belongs to a model: all of its folder, and of parts that lie elsewhere their weights, indexes and
/// configs. Sorted by name, each once.
std::vector<ModelFileEntry> filesOf(const core::ModelInfo& model);

/// Files of one part: a file (an index with its shards), or all files directly in a folder. Absolute.
std::vector<std::string> filesOfPart(const std::string& part);

/// All parts that a model has, as kinora.json calls them ("transformer", "transformer_2", "vae", …), and their paths.
std::vector<std::pair<std::string, std::string>> namedParts(const core::ModelParts& parts);
/// Their paths.
std::vector<std::string> partsOf(const core::ModelParts& parts);

}  // namespace kinora::models
