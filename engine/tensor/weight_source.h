// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/safetensors.h"

namespace kinora::tensor {

/// The weights of one component: one safetensors file, or the shards that a `*.safetensors.index.json` lists.
/// Cheap to copy; immutable, so any thread may read it.
class WeightSource {
 public:
  struct Entry {
    std::shared_ptr<const SafetensorsFile> file;
    const TensorInfo* info = nullptr;  ///< owned by file
  };

  /// Opens `directory/baseName.safetensors`, or where that is not there `directory/baseName.safetensors.index.json`.
  /// In an index each shard must be a plain file name in the same folder, and each listed tensor must be in the shard
  /// it is listed for. Errors: NotFound (also a missing shard), Unreadable, Corrupt.
  static core::Result<WeightSource> open(const std::string& directory, const std::string& baseName);
  /// Opens a single file.
  static core::Result<WeightSource> openFile(const std::string& path);

  /// The file or index that was opened, for messages.
  const std::string& path() const { return m_path; }
  /// All weight files, in order of name.
  const std::vector<std::shared_ptr<const SafetensorsFile>>& files() const { return m_files; }
  const std::map<std::string, Entry, std::less<>>& entries() const { return m_entries; }
  /// nullptr where there is none of that name.
  const Entry* find(std::string_view name) const;

 private:
  static core::Result<WeightSource> openIndex(const std::string& directory, const std::string& path);
  core::Result<void> addShard(const std::string& path, const std::vector<std::string>& names);

  std::string m_path;
  std::vector<std::shared_ptr<const SafetensorsFile>> m_files;
  std::map<std::string, Entry, std::less<>> m_entries;
};

}  // namespace kinora::tensor
