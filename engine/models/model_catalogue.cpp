// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/model_catalogue.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <mutex>
#include <set>

#include "engine/core/model_fit.h"
#include "engine/models/model_file.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::ModelInfo;

/// Deep enough for a hub's cache (models--owner--name/snapshots/revision), and an end to loops of links.
constexpr int kMaxDepth = 4;

bool isModelFolder(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "model_index.json", error) || fs::is_regular_file(folder / kModelFileName, error);
}

/// Model folders at or below folder, in order of name; a model's own subfolders are not searched.
void collect(const fs::path& folder, int depth, std::vector<fs::path>& found) {
  if (isModelFolder(folder)) {
    found.push_back(folder);
    return;
  }
  if (depth == kMaxDepth) return;
  std::vector<fs::path> children;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    // Hidden folders hold what is not ready, such as downloads.
    const bool hidden = it->path().filename().string().front() == '.';
    if (!hidden && it->is_directory(ignored)) children.push_back(it->path());
  }
  std::sort(children.begin(), children.end());
  for (const fs::path& child : children) collect(child, depth + 1, found);
}

std::string realPath(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error ? path.lexically_normal().string() : real.string();
}

ModelInfo entryFor(const fs::path& folder) {
  auto described = describeModel(folder.string());
  if (described) return std::move(described).value();
  ModelInfo broken;
  broken.id = folder.filename().string();
  broken.name = broken.id;
  broken.directory = fs::absolute(folder).lexically_normal().string();
  broken.problem = described.error().text();
  return broken;
}

std::string uniqueId(const std::string& wanted, const std::set<std::string>& taken) {
  std::string id = wanted;
  for (int n = 2; taken.count(id) > 0; ++n) id = wanted + "-" + std::to_string(n);
  return id;
}

std::vector<ModelInfo> lookThrough(const std::vector<std::string>& roots) {
  std::vector<ModelInfo> models;
  std::set<std::string> seen;
  std::set<std::string> ids;
  for (const std::string& root : roots) {
    std::vector<fs::path> folders;
    // Without a trailing slash, so that a root that is itself a model has a name.
    const fs::path start = fs::path(root).lexically_normal();
    collect(start.has_filename() ? start : start.parent_path(), 0, folders);
    for (const fs::path& folder : folders) {
      if (!seen.insert(realPath(folder)).second) continue;
      ModelInfo info = entryFor(folder);
      info.id = uniqueId(info.id, ids);
      ids.insert(info.id);
      models.push_back(std::move(info));
    }
  }
  return models;
}

}  // namespace

struct ModelCatalogue::State {
  std::vector<std::string> roots;
  std::vector<ModelInfo> included;
  std::mutex mutex;
  std::deque<std::vector<ModelInfo>> lists{1};  ///< the last one holds; a deque moves none of them
};

ModelCatalogue::ModelCatalogue() : m_state(std::make_shared<State>()) {}

ModelCatalogue ModelCatalogue::scan(const std::vector<std::string>& roots) {
  ModelCatalogue catalogue;
  catalogue.m_state->roots = roots;
  catalogue.rescan();
  return catalogue;
}

void ModelCatalogue::include(ModelInfo model) {
  const std::lock_guard lock(m_state->mutex);
  std::vector<ModelInfo> all = m_state->lists.back();
  // A plan keeps the id alone: it must not lead to an installed model of the same name. find() takes the folder too.
  const auto sameId = [&](const ModelInfo& other) { return other.id == model.id; };
  if (std::any_of(all.begin(), all.end(), sameId)) model.id = model.directory;
  m_state->included.push_back(model);
  all.push_back(std::move(model));
  m_state->lists.push_back(std::move(all));
}

bool ModelCatalogue::rescan() {
  std::vector<ModelInfo> found = lookThrough(m_state->roots);
  const std::lock_guard lock(m_state->mutex);
  found.insert(found.end(), m_state->included.begin(), m_state->included.end());
  if (found == m_state->lists.back()) return false;
  m_state->lists.push_back(std::move(found));
  return true;
}

const std::vector<ModelInfo>& ModelCatalogue::models() const {
  const std::lock_guard lock(m_state->mutex);
  return m_state->lists.back();
}

const ModelInfo* ModelCatalogue::find(const std::string& idOrDirectory) const {
  const std::vector<ModelInfo>& all = models();
  for (const ModelInfo& model : all) {
    if (model.id == idOrDirectory) return &model;
  }
  if (idOrDirectory.empty()) return nullptr;
  const std::string wanted = realPath(idOrDirectory);
  for (const ModelInfo& model : all) {
    if (realPath(model.directory) == wanted) return &model;
  }
  return nullptr;
}

const ModelInfo* ModelCatalogue::firstFor(const core::GenerationRequest& request) const {
  const std::vector<ModelInfo>& all = models();
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const ModelInfo& model) { return core::suits(model, request); });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace kinora::models
