// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/assemble.h"

#include <cctype>
#include <filesystem>

#include "engine/models/config_reader.h"
#include "engine/models/describe_parts.h"
#include "engine/models/model_file.h"
#include "engine/models/names.h"
#include "engine/models/part_choice.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using core::ModelInfo;

std::string absolute(const std::string& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).string();
}

Error failure(ErrorCode code, const std::string& message, const std::string& context = {}) {
  return {code, message, context};
}

/// "Wan2.2-T2V (fp8).safetensors" -> "wan2.2-t2v-fp8"
std::string idFrom(const std::string& path) {
  const fs::path file(path);
  std::error_code ignored;
  const std::string stem = (fs::is_directory(file, ignored) ? file.filename() : file.stem()).string();
  std::string id;
  for (const char c : stem) {
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::string one(1, lower);
    if (isModelId("x" + one)) {
      id += lower;
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
  }
  while (!id.empty() && (id.back() == '-' || id.back() == '.')) id.pop_back();
  while (!id.empty() && (id.front() == '-' || id.front() == '.')) id.erase(0, 1);
  return id.substr(0, 64);
}

bool isModelFolder(const std::string& folder) {
  std::error_code ignored;
  return fs::exists(fs::path(folder) / "model_index.json", ignored) ||
         fs::exists(fs::path(folder) / kModelFileName, ignored);
}

core::Result<Assembly> whole(const std::string& folder) {
  auto described = describeModel(folder);
  if (!described) return described.error();
  Assembly assembly{folder, std::move(described).value(), {}};
  assembly.notes.push_back(folder + ": " + assembly.info.architecture);
  return assembly;
}

core::Result<Assembly> fromParts(const std::vector<std::string>& paths, const ModelCatalogue& installed) {
  std::error_code ignored;
  for (const std::string& path : paths) {
    if (!fs::exists(path, ignored)) return failure(ErrorCode::NotFound, "there is no such file or folder", path);
  }
  auto chosen = chooseParts(paths, installed);
  if (!chosen) return chosen.error();
  try {
    Assembly assembly{{}, describeParts(chosen->parts), std::move(chosen->notes)};
    const fs::path first(paths.front());
    assembly.info.directory = first.string();
    assembly.info.name = (fs::is_directory(first, ignored) ? first.filename() : first.stem()).string();
    return assembly;
  } catch (const ConfigError& e) {
    return e.error;
  }
}

}  // namespace

core::Result<Assembly> assemble(const AddRequest& request, const ModelCatalogue& installed) {
  if (request.paths.empty()) return failure(ErrorCode::InvalidInput, "expected a folder or files of a model");
  std::vector<std::string> paths;
  for (const std::string& path : request.paths) paths.push_back(absolute(path));
  auto assembly =
      paths.size() == 1 && isModelFolder(paths.front()) ? whole(paths.front()) : fromParts(paths, installed);
  if (!assembly) return assembly;
  if (!request.name.empty()) assembly->info.name = request.name;
  assembly->info.id = request.id.empty() ? idFrom(paths.front()) : request.id;
  if (!assembly->info.problem.empty()) return failure(ErrorCode::ModelMismatch, assembly->info.problem, paths.front());
  return assembly;
}

core::Result<Assembly> addModel(const AddRequest& request, const ModelCatalogue& installed, const std::string& root) {
  auto assembly = assemble(request, installed);
  if (!assembly) return assembly;
  ModelInfo& info = assembly->info;
  if (!isModelId(info.id)) {
    return failure(ErrorCode::InvalidInput,
                   "id; expected lower-case letters, digits, points and dashes, got \"" + info.id + "\"");
  }
  const fs::path folder = fs::path(root) / info.id;
  std::error_code error;
  if (installed.find(info.id) || fs::exists(folder, error))
    return failure(ErrorCode::InvalidInput, "there is a model \"" + info.id + "\" already; choose another with --id");
  fs::create_directories(folder, error);
  if (error) return failure(ErrorCode::NotWritable, "the folder cannot be made: " + error.message(), folder.string());
  ModelFile file{info.name, info.licence, {}, {}, {}, {}};
  file.folder = assembly->folder;
  if (file.folder.empty()) file.parts = info.parts;
  if (auto written = writeModelFile(folder.string(), file); !written) {
    fs::remove(folder, error);
    return written.error();
  }
  auto described = describeModel(folder.string());
  if (!described) return described.error();
  info = std::move(described).value();
  return assembly;
}

}  // namespace kinora::models
