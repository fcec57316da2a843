// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/model_files.h"

#include <filesystem>
#include <set>

#include "engine/models/model_file.h"
#include "engine/models/weight_files.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;

/// A path below folder, or "" where file lies elsewhere.
std::string below(const fs::path& file, const std::string& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return relative.empty() || *relative.begin() == ".." ? std::string() : relative.generic_string();
}

template <class Iterator>
void addFiles(const std::string& folder, std::set<std::string>& files) {
  std::error_code error;
  for (Iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) files.insert(it->path().lexically_normal().string());
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> namedParts(const core::ModelParts& parts) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const PartKey& part : kPartKeys) {
    if (!(parts.*part.member).empty()) all.emplace_back(part.key, parts.*part.member);
  }
  return all;
}

std::vector<std::string> partsOf(const core::ModelParts& parts) {
  std::vector<std::string> paths;
  for (const auto& [name, path] : namedParts(parts)) paths.push_back(path);
  return paths;
}

std::vector<std::string> filesOfPart(const std::string& part) {
  std::set<std::string> files;
  std::error_code error;
  if (fs::is_directory(part, error)) {
    addFiles<fs::directory_iterator>(part, files);
  } else if (fs::is_regular_file(part, error)) {
    files.insert(part);
    if (part.ends_with(".index.json")) {
      // A broken index is the loader's to report; here it has no shards.
      if (const auto index = readShardIndex(part)) {
        for (const std::string& shard : index->files) files.insert((fs::path(part).parent_path() / shard).string());
      }
    }
  }
  return {files.begin(), files.end()};
}

std::vector<ModelFileEntry> filesOf(const core::ModelInfo& model) {
  std::set<std::string> files;
  addFiles<fs::recursive_directory_iterator>(model.directory, files);
  for (const std::string& part : partsOf(model.parts)) {
    if (!below(part, model.directory).empty()) continue;
    for (const std::string& file : filesOfPart(part)) files.insert(file);
  }
  std::vector<ModelFileEntry> entries;
  for (const std::string& file : files) {
    const std::string name = below(file, model.directory);
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    entries.push_back({file, name.empty() ? file : name, error ? 0 : bytes});
  }
  return entries;
}

}  // namespace kinora::models
