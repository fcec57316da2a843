// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/removal.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "engine/models/model_file.h"
#include "engine/models/model_files.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;

bool isBelow(const std::string& path, const std::string& folder) {
  const fs::path relative = fs::path(path).lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Deepest first, so that a folder is looked at after what it held.
void removeEmptyFolders(const fs::path& folder) {
  std::vector<fs::path> folders{folder};
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) folders.push_back(it->path());
  }
  std::sort(folders.rbegin(), folders.rend());
  for (const fs::path& one : folders) ::rmdir(one.c_str());  // refuses what is not empty
}

}  // namespace

core::Result<Removal> planRemoval(const core::ModelInfo& model, const ModelCatalogue& installed,
                                  const std::string& root) {
  Removal removal;
  removal.id = model.id;
  removal.folder = model.registered.empty() ? model.directory : model.registered;
  const auto file = readModelFile(removal.folder);
  const bool ours = file && fs::path(removal.folder).parent_path() == fs::absolute(root).lexically_normal() &&
                    (!file->files.empty() || !file->folder.empty() || !file->parts.transformer.empty());
  if (!ours) {
    return Error{ErrorCode::InvalidInput, "Kinora neither downloaded nor added this model; delete its folder yourself",
                 removal.folder};
  }
  for (const InstalledFile& one : file->files) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(fs::path(removal.folder) / one.path, error);
    if (error) continue;
    removal.files.push_back(one.path);
    removal.freedBytes += size;
  }
  for (const ModelFileEntry& entry : filesOf(model)) {
    if (!isBelow(entry.path, removal.folder)) removal.kept.push_back(entry.path);
  }
  for (const core::ModelInfo& other : installed.models()) {
    if (other.id == model.id) continue;
    const auto parts = partsOf(other.parts);
    const bool uses =
        isBelow(other.directory, removal.folder) ||
        std::any_of(parts.begin(), parts.end(), [&](const std::string& part) { return isBelow(part, removal.folder); });
    if (uses) removal.usedBy.push_back(other.id);
  }
  return removal;
}

core::Result<void> removeModel(const Removal& removal) {
  if (!removal.usedBy.empty()) {
    return Error{ErrorCode::InvalidInput, "its parts are used by " + joined(removal.usedBy) + "; remove that first",
                 removal.folder};
  }
  const fs::path folder(removal.folder);
  std::vector<std::string> files = removal.files;
  // Last, so that a removal that was cut off can be begun again.
  files.push_back(kModelFileName);
  for (const std::string& file : files) {
    std::error_code error;
    fs::remove(folder / file, error);
    if (error)
      return Error{ErrorCode::NotWritable, "the file cannot be deleted: " + error.message(), (folder / file).string()};
  }
  removeEmptyFolders(folder);
  return {};
}

}  // namespace kinora::models
