// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/project/project_file.h"

#include <filesystem>
#include <fstream>

#include "engine/core/atomic_file.h"
#include "engine/project/json_text.h"
#include "engine/project/project_reader.h"
#include "engine/project/project_writer.h"

namespace kinora::project {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using nlohmann::json;

/// A thousand takes with recipes are a few megabytes: beyond this it is not a project.
constexpr std::uintmax_t kMaxFileBytes = 256u << 20;

std::string_view withoutBom(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

bool looksLikeObject(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

/// The file's version; FormatError if it has none.
int versionOf(const json& root) {
  const auto it = root.find("version");
  if (it == root.end()) throw FormatError("version", "is missing");
  // The parser makes every whole number that is not negative an unsigned one.
  const std::uint64_t version = it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
  if (version < 1) throw FormatError("version", "expected a whole number from 1 on, got " + dumpText(*it));
  return version > kProjectVersion ? kProjectVersion + 1 : static_cast<int>(version);
}

}  // namespace

std::string toJson(const Project& project, const std::string& baseDir) {
  return dumpText(writeProject(project, baseDir), 2) + "\n";
}

core::Result<Project> fromJson(std::string_view text, const std::string& baseDir) {
  text = withoutBom(text);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Error{ErrorCode::Corrupt, "the project is empty", {}};
  if (!looksLikeObject(text)) return Error{ErrorCode::InvalidInput, "this is not a Kinora project", {}};
  try {
    json root = parseBounded(text);
    const auto format = root.find("format");
    if (format == root.end() || *format != "kinora-project")
      return Error{ErrorCode::InvalidInput, "this is JSON, but not a Kinora project", {}};
    if (versionOf(root) > kProjectVersion) {
      return Error{ErrorCode::NewerVersion,
                   "the project has version " + dumpText(root["version"]) + "; this Kinora reads up to version " +
                       std::to_string(kProjectVersion),
                   {}};
    }
    migrate(root, kProjectVersion, migrations());
    return readProject(root, baseDir.empty() ? std::string() : fs::absolute(baseDir).string());
  } catch (const json::parse_error& e) {
    return Error{
        ErrorCode::Corrupt,
        "the project breaks off or is damaged at byte " + std::to_string(e.byte) + " of " + std::to_string(text.size()),
        {}};
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the project cannot be read: ") + e.what(), {}};
  }
}

core::Result<Project> loadProject(const std::string& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return Error{ErrorCode::NotFound, "there is no such project file", file};
  if (!fs::is_regular_file(file, error)) return Error{ErrorCode::Unreadable, "this is not a file", file};
  if (fs::file_size(file, error) > kMaxFileBytes)
    return Error{ErrorCode::InvalidInput, "this is too large for a Kinora project", file};
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream && !stream.eof()) return Error{ErrorCode::Unreadable, "the project file cannot be read", file};
  auto project = fromJson(text, fs::absolute(file, error).parent_path().string());
  if (!project) return Error{project.error().code, project.error().message, file};
  return project;
}

core::Result<void> saveProject(const Project& project, const std::string& file) {
  std::error_code error;
  try {
    return core::writeAtomically(file, toJson(project, fs::absolute(file, error).parent_path().string()));
  } catch (const std::exception& e) {
    return Error{ErrorCode::Internal, std::string("the project cannot be written: ") + e.what(), file};
  }
}

}  // namespace kinora::project
