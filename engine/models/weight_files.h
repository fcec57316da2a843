// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/result.h"

namespace kinora::models {

/// Bytes of all safetensors files directly in the folder.
std::uint64_t weightBytes(const std::string& folder);

/// What a <stem>.safetensors.index.json says.
struct ShardIndex {
  std::vector<std::string> files;  ///< in the same folder, sorted
  std::uint64_t totalBytes = 0;    ///< of all tensors; 0 where it does not say
};
/// NotFound, Corrupt.
core::Result<ShardIndex> readShardIndex(const std::string& file);

/// What is missing of <folder>/<stem>.safetensors or the shards that <stem>.safetensors.index.json names; "" if
/// nothing. Throws ConfigError for an index that cannot be read.
std::string missingWeights(const std::string& folder, const std::string& stem);

}  // namespace kinora::models
