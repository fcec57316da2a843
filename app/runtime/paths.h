// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace kinora::runtime {

/// Where things lie. All absolute; nothing is created by asking.
struct Paths {
  std::string data;       ///< KINORA_DATA_DIR, or the platform's data folder
  std::string resources;  ///< shipped data: <bin>/../share/kinora, or resources/ of the source tree for a build in it
  std::string store() const { return data + "/store.sqlite3"; }
  std::string clips() const { return data + "/clips"; }
  std::string jobs() const { return data + "/jobs"; }
  std::string cache() const { return data + "/cache"; }
  std::string logs() const { return data + "/logs"; }
  std::string autosave() const { return data + "/autosave"; }
  std::string editions() const { return resources + "/catalogue/editions.json"; }
  std::string publicModels() const { return resources + "/catalogue/models.json"; }
  std::string models() const { return data + "/models"; }  ///< where downloaded and added models go
  std::string exportPresets() const { return resources + "/presets/export.json"; }
  /// Folders with models: shipped first, then data/models, then KINORA_MODELS.
  std::vector<std::string> modelRoots() const;
};

Paths findPaths();

}  // namespace kinora::runtime
