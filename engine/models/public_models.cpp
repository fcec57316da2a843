// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/public_models.h"

#include <algorithm>
#include <set>

#include "engine/models/config_reader.h"
#include "engine/models/names.h"

namespace kinora::models {
namespace {

using core::Error;
using core::ErrorCode;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr const char* kHubPath = "/{repository}/resolve/{revision}/{path}";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw ConfigError{{ErrorCode::Corrupt, what, where}};
}

std::string textOf(const json& object, const char* key, const std::string& where) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_string() || it->get<std::string>().empty())
    fail(where, std::string(key) + "; expected text");
  return it->get<std::string>();
}

std::uint64_t bytesOf(const json& object, const char* key, const std::string& where) {
  const auto it = object.find(key);
  if (it == object.end()) return 0;
  constexpr std::uint64_t kMax = 1ull << 50;
  if (!it->is_number_unsigned() || it->get<std::uint64_t>() == 0 || it->get<std::uint64_t>() > kMax)
    fail(where, std::string(key) + "; expected a number of bytes");
  return it->get<std::uint64_t>();
}

std::string pathOf(const json& object, const char* key, const std::string& where) {
  const std::string path = textOf(object, key, where);
  if (!isPlainRelativePath(path))
    fail(where, std::string(key) + "; expected a path below the model's folder, got " + path);
  return path;
}

void readFiles(const json& list, const std::string& where, PublicModel& model) {
  if (!list.is_array()) fail(where, "files; expected a list");
  for (const json& entry : list) {
    if (!entry.is_object()) fail(where, "files; expected objects");
    if (entry.contains("weights")) {
      model.weights.push_back({pathOf(entry, "weights", where), bytesOf(entry, "about_bytes", where)});
      continue;
    }
    RemoteFile file;
    file.path = pathOf(entry, "path", where);
    file.bytes = bytesOf(entry, "bytes", where);
    file.aboutBytes = bytesOf(entry, "about_bytes", where);
    if (entry.contains("sha256")) file.sha256 = textOf(entry, "sha256", where);
    if (!file.sha256.empty() && !isSha256(file.sha256)) fail(where, "sha256; expected 64 lower-case hex digits");
    model.files.push_back(std::move(file));
  }
}

void readAbilities(const json& object, const std::string& where, PublicModel& model) {
  const auto it = object.find("abilities");
  if (it == object.end() || !it->is_array()) fail(where, "abilities; expected a list");
  for (const json& ability : *it) {
    if (ability == "text") {
      model.textToVideo = true;
    } else if (ability == "image") {
      model.imageToVideo = true;
    } else if (ability == "end-frame") {
      model.endFrame = true;
    } else if (ability == "control") {
      model.control = true;
    } else {
      fail(where, "abilities; expected text, image, end-frame or control, got " + ability.dump());
    }
  }
}

core::Size sizeOf(const json& object, const std::string& where) {
  const auto it = object.find("size");
  const auto side = [](const json& v) { return v.is_number_integer() && v >= 16 && v <= 16384; };
  if (it == object.end() || !it->is_array() || it->size() != 2 || !side((*it)[0]) || !side((*it)[1]))
    fail(where, "size; expected [width, height]");
  return {(*it)[0].get<int>(), (*it)[1].get<int>()};
}

PublicModel readModel(const json& object, const json& root, const std::string& file) {
  if (!object.is_object()) fail(file, "models; expected objects");
  PublicModel model;
  model.id = textOf(object, "id", file);
  const std::string where = file + " " + model.id;
  if (!isModelId(model.id)) fail(where, "id; expected lower-case letters, digits, points and dashes");
  model.name = textOf(object, "name", where);
  model.licence = textOf(object, "licence", where);
  model.page = textOf(object, "page", where);
  model.architecture = textOf(object, "architecture", where);
  model.repository = textOf(object, "repository", where);
  model.revision = textOf(object, "revision", where);
  model.size = sizeOf(object, where);
  const std::uint64_t memory = bytesOf(object, "memory_gib", where);
  model.memoryGiB = static_cast<int>(std::min<std::uint64_t>(memory, 4096));
  readAbilities(object, where, model);
  for (const json& server : root.at("servers")) model.servers.push_back(server.get<std::string>());
  readFiles(root.at("layouts").at(textOf(object, "layout", where)), where, model);
  if (object.contains("files")) readFiles(object.at("files"), where, model);
  for (RemoteFile& remote : model.files) remote.urls = model.urlsOf(remote.path);
  return model;
}

void replaceAll(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::uint64_t PublicModel::aboutBytes() const {
  std::uint64_t sum = 0;
  for (const RemoteFile& file : files) sum += file.bytes > 0 ? file.bytes : file.aboutBytes;
  for (const RemoteWeights& part : weights) sum += part.aboutBytes;
  return sum;
}

bool PublicModel::isWhole() const {
  return std::all_of(weights.begin(), weights.end(), [](const RemoteWeights& part) { return part.aboutBytes > 0; });
}

std::vector<std::string> PublicModel::urlsOf(const std::string& path) const {
  std::vector<std::string> urls;
  for (std::string url : servers) {
    replaceAll(url, "{repository}", repository);
    replaceAll(url, "{revision}", revision);
    replaceAll(url, "{path}", path);
    urls.push_back(std::move(url));
  }
  return urls;
}

core::Result<PublicModels> PublicModels::load(const std::string& file) {
  try {
    const ConfigReader config(file);
    config.requireFormat("kinora-public-models", kVersion, "the list of models was");
    PublicModels all;
    std::set<std::string> ids;
    for (const json& object : config.root().at("models")) {
      all.m_models.push_back(readModel(object, config.root(), file));
      if (!ids.insert(all.m_models.back().id).second) fail(file, "two models are called " + all.m_models.back().id);
    }
    return all;
  } catch (const ConfigError& e) {
    return e.error;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the list of models cannot be read: ") + e.what(), file};
  }
}

const PublicModel* PublicModels::find(const std::string& id) const {
  const auto it = std::find_if(m_models.begin(), m_models.end(), [&](const PublicModel& m) { return m.id == id; });
  return it == m_models.end() ? nullptr : &*it;
}

core::Result<void> PublicModels::addServer(const std::string& address) {
  if (address.rfind("https://", 0) != 0 && address.rfind("http://", 0) != 0)
    return Error{ErrorCode::InvalidInput, "a server is named by its URL; expected https://…, got " + address, {}};
  std::string server = address;
  while (server.back() == '/') server.pop_back();
  if (server.find("{path}") == std::string::npos) server += kHubPath;
  for (PublicModel& model : m_models) {
    model.servers.insert(model.servers.begin(), server);
    for (RemoteFile& file : model.files) file.urls = model.urlsOf(file.path);
  }
  return {};
}

}  // namespace kinora::models
