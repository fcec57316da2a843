// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/model_file.h"

#include <algorithm>
#include <filesystem>

#include "engine/core/atomic_file.h"
#include "engine/models/config_reader.h"
#include "engine/models/names.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using nlohmann::json;

constexpr int kVersion = 2;

core::ModelParts readParts(const ConfigReader& config) {
  core::ModelParts parts;
  if (!config.has("parts")) return parts;
  const json& object = config.root().at("parts");
  if (!object.is_object()) config.fail("parts", "an object of paths");
  for (const auto& [key, value] : object.items()) {
    const auto row =
        std::find_if(std::begin(kPartKeys), std::end(kPartKeys), [&](const PartKey& p) { return p.key == key; });
    if (row == std::end(kPartKeys))
      config.fail("parts", "transformer, transformer_2, vae, text_encoder, tokenizer, image_encoder");
    if (!value.is_string() || !fs::path(value.get<std::string>()).is_absolute()) config.fail("parts", "absolute paths");
    parts.*row->member = fs::path(value.get<std::string>()).lexically_normal().string();
  }
  return parts;
}

std::vector<InstalledFile> readFiles(const ConfigReader& config) {
  std::vector<InstalledFile> files;
  if (!config.has("files")) return files;
  const json& list = config.root().at("files");
  if (!list.is_array()) config.fail("files", "a list");
  for (const json& entry : list) {
    InstalledFile file;
    file.path = entry.at("path").get<std::string>();
    file.bytes = entry.at("bytes").get<std::uint64_t>();
    file.sha256 = entry.at("sha256").get<std::string>();
    file.published = entry.at("published").get<bool>();
    // What is deleted with the model stands here: nothing outside its folder may.
    if (!isPlainRelativePath(file.path) || !isSha256(file.sha256))
      config.fail("files", "paths below the folder with their SHA-256");
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

core::Result<void> writeModelFile(const std::string& folder, const ModelFile& file) {
  json root{{"format", "kinora-model"}, {"version", kVersion}, {"name", file.name}};
  if (!file.licence.empty()) root["licence"] = file.licence;
  if (!file.architecture.empty()) root["architecture"] = file.architecture;
  if (!file.folder.empty()) root["folder"] = file.folder;
  for (const PartKey& part : kPartKeys) {
    if (!(file.parts.*part.member).empty()) root["parts"][part.key] = file.parts.*part.member;
  }
  for (const InstalledFile& one : file.files) {
    root["files"].push_back(
        {{"path", one.path}, {"bytes", one.bytes}, {"sha256", one.sha256}, {"published", one.published}});
  }
  const std::string text = root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  return core::writeAtomically((fs::path(folder) / kModelFileName).string(), text);
}

ConfigReader openModelFile(const std::string& folder) {
  ConfigReader config((fs::path(folder) / kModelFileName).string());
  config.requireFormat("kinora-model", kVersion, "the model's description was");
  return config;
}

core::Result<ModelFile> readModelFile(const std::string& folder) {
  const std::string path = (fs::path(folder) / kModelFileName).string();
  try {
    const ConfigReader config = openModelFile(folder);
    ModelFile file;
    file.name = config.textOr("name", "");
    file.licence = config.textOr("licence", "");
    file.architecture = config.textOr("architecture", "");
    file.folder = config.textOr("folder", "");
    if (!file.folder.empty() && !fs::path(file.folder).is_absolute()) config.fail("folder", "an absolute path");
    file.parts = readParts(config);
    file.files = readFiles(config);
    return file;
  } catch (const ConfigError& e) {
    return e.error;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the model's description cannot be read: ") + e.what(), path};
  }
}

}  // namespace kinora::models
