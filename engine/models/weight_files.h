// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace kinora::models {

/// Bytes of all safetensors files directly in the folder.
std::uint64_t weightBytes(const std::string& folder);

/// What is missing of <folder>/<stem>.safetensors or the shards that <stem>.safetensors.index.json names; "" if
/// nothing. Throws ConfigError for an index that cannot be read.
std::string missingWeights(const std::string& folder, const std::string& stem);

}  // namespace kinora::models
