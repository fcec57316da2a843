// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/weights/tensor_info.h"
#include "tests/engine/tensor/files.h"

namespace kinora::test {

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

/// Writes a safetensors file of these shapes whose data part is a hole in the file: 14 billion parameters take a few
/// hundred kilobytes of disk. otherDtypes: of single tensors; metadata: JSON.
inline std::string writeSparse(const TemporaryFolder& folder, const std::string& name, const Shapes& shapes,
                               const std::string& dtype = "F32",
                               const std::map<std::string, std::string>& otherDtypes = {},
                               const std::string& metadata = {}) {
  std::string header = metadata.empty() ? "{" : "{\"__metadata__\":" + metadata + ",";
  std::uint64_t at = 0;
  for (const auto& [tensor, shape] : shapes) {
    const auto other = otherDtypes.find(tensor);
    const std::string& type = other == otherDtypes.end() ? dtype : other->second;
    const auto bytes = weights::tensorBytes(*weights::findDtype(type), shape);
    REQUIRE(bytes);
    header += "\"" + tensor + "\":{\"dtype\":\"" + type + "\",\"shape\":" + weights::shapeText(shape) +
              ",\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(at + *bytes) + "]},";
    at += *bytes;
  }
  header.back() = '}';
  const std::string path = folder.write(name, rawSafetensors(header, 0));
  std::filesystem::resize_file(path, 8 + header.size() + at);
  return path;
}

}  // namespace kinora::test
