// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/weight_files.h"

#include <filesystem>
#include <set>

#include "engine/models/config_reader.h"
#include "engine/models/names.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxIndexBytes = 64u << 20;

std::set<std::string> shardsOf(const ConfigReader& index) {
  const auto map = index.root().find("weight_map");
  if (map == index.root().end() || !map->is_object() || map->empty())
    index.fail("weight_map", "tensor names with their files");
  std::set<std::string> shards;
  for (const auto& [tensor, file] : map->items()) {
    const bool plain = file.is_string() && isPlainRelativePath(file.get<std::string>()) &&
                       file.get<std::string>().find('/') == std::string::npos;
    if (!plain) index.fail("weight_map", "names of files in the same folder");
    shards.insert(file.get<std::string>());
  }
  return shards;
}

}  // namespace

core::Result<ShardIndex> readShardIndex(const std::string& file) {
  try {
    const ConfigReader config(file, kMaxIndexBytes);
    const std::set<std::string> shards = shardsOf(config);
    ShardIndex index{{shards.begin(), shards.end()}, 0};
    const auto metadata = config.root().find("metadata");
    if (metadata != config.root().end() && metadata->is_object()) {
      const auto total = metadata->find("total_size");
      if (total != metadata->end() && total->is_number_unsigned()) index.totalBytes = total->get<std::uint64_t>();
    }
    return index;
  } catch (const ConfigError& e) {
    return e.error;
  }
}

std::uint64_t weightBytes(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;  // a file that vanishes while we look counts nothing
    if (it->path().extension() != ".safetensors" || !it->is_regular_file(ignored)) continue;
    const std::uintmax_t size = it->file_size(ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

std::string missingWeights(const std::string& folder, const std::string& stem) {
  std::error_code ignored;
  const fs::path base = folder;
  const std::string name = base.filename().string() + "/" + stem + ".safetensors";
  if (fs::is_regular_file(base / (stem + ".safetensors"), ignored)) return {};
  const fs::path index = base / (stem + ".safetensors.index.json");
  if (!fs::is_regular_file(index, ignored)) return name + " is missing";
  for (const std::string& shard : shardsOf(ConfigReader(index.string(), kMaxIndexBytes))) {
    if (!fs::is_regular_file(base / shard, ignored)) return base.filename().string() + "/" + shard + " is missing";
  }
  return {};
}

}  // namespace kinora::models
