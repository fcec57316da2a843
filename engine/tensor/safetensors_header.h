// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/safetensors.h"

namespace kinora::tensor {

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  ///< in the order of their data
  std::map<std::string, std::string> metadata;
};

/// Bytes of one element, 0 for an unknown dtype name.
std::uint64_t elementBytes(std::string_view dtype);

/// Parses the JSON header of a file whose data part is dataBytes long, and checks it in full (see
/// SafetensorsFile::open). Never builds a document tree: a hostile header costs no more memory than its own size.
/// Errors: Corrupt.
core::Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view json, std::uint64_t dataBytes);

}  // namespace kinora::tensor
