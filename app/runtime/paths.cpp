// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runtime/paths.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace kinora::runtime {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string dataFolder() {
  if (const std::string folder = environment("KINORA_DATA_DIR"); !folder.empty()) return fs::absolute(folder).string();
  if (const std::string folder = environment("XDG_DATA_HOME"); !folder.empty()) return folder + "/kinora";
  const std::string home = environment("HOME");
  return (home.empty() ? fs::temp_directory_path().string() : home + "/.local/share") + "/kinora";
}

std::string resourceFolder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path bin = program.parent_path();
  // After install, then build/<preset>/bin and build/<preset>/tests inside the source tree.
  for (const fs::path& candidate : {bin / "../share/kinora", bin / "../../../resources"}) {
    if (fs::exists(candidate / "catalogue/editions.json", error)) return fs::weakly_canonical(candidate).string();
  }
  return (bin / "../share/kinora").lexically_normal().string();
}

}  // namespace

std::vector<std::string> Paths::modelRoots() const {
  std::vector<std::string> roots{resources + "/models", models()};
  std::istringstream extra(environment("KINORA_MODELS"));
  for (std::string folder; std::getline(extra, folder, ':');) {
    if (!folder.empty()) roots.push_back(fs::absolute(folder).string());
  }
  return roots;
}

Paths findPaths() {
  return {dataFolder(), resourceFolder()};
}

}  // namespace kinora::runtime
