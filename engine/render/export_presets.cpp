// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/render/exporter.h"

namespace kinora::render {
namespace {

using core::Error;
using core::ErrorCode;

ExportPreset readPreset(const nlohmann::json& json) {
  ExportPreset preset;
  json.at("id").get_to(preset.id);
  json.at("name").get_to(preset.name);
  json.at("crf").get_to(preset.crf);
  json.at("speed").get_to(preset.speed);
  json.at("shortSide").get_to(preset.shortSide);
  return preset;
}

}  // namespace

core::Result<std::vector<ExportPreset>> loadExportPresets(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) return Error{ErrorCode::NotFound, "the export presets cannot be opened", file};
  try {
    const nlohmann::json json = nlohmann::json::parse(stream);
    if (json.at("format") != "kinora-export-presets") return Error{ErrorCode::Corrupt, "not a list of presets", file};
    if (const int version = json.at("version").get<int>(); version != 1) {
      return Error{ErrorCode::NewerVersion, "expected version 1, got " + std::to_string(version), file};
    }
    std::vector<ExportPreset> presets;
    std::set<std::string> ids;
    for (const nlohmann::json& entry : json.at("presets")) {
      presets.push_back(readPreset(entry));
      const ExportPreset& p = presets.back();
      if (p.id.empty() || !ids.insert(p.id).second || p.crf < 1 || p.crf > 51 || p.shortSide < 0) {
        return Error{ErrorCode::Corrupt, "preset \"" + p.id + "\" is named twice or has values that cannot be", file};
      }
    }
    if (presets.empty()) return Error{ErrorCode::Corrupt, "the list of presets is empty", file};
    return presets;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the export presets cannot be read: ") + e.what(), file};
  }
}

}  // namespace kinora::render
