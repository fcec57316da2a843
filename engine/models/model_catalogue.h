// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/model_info.h"
#include "engine/core/result.h"

namespace kinora::models {

/// Reads one model folder's config files (model_index.json, */config.json, optional kinora.json with name and
/// defaults). NotFound, Corrupt or Unsupported with what and where; no tensor is read.
core::Result<core::ModelInfo> describeModel(const std::string& directory);

/// The installed models: every folder below the roots that holds a model (model_index.json or kinora.json), in the
/// roots' order. Hidden folders hold what is not ready and are passed by. Broken models are listed with
/// ModelInfo::problem set. Any thread may call anything. Copies are the same catalogue. Lists and pointers stay valid
/// as long as it lives: a new scan makes a new list and keeps the old ones.
class ModelCatalogue {
 public:
  ModelCatalogue();  ///< empty
  static ModelCatalogue scan(const std::vector<std::string>& roots);
  /// A model that lies in none of the roots, for as long as this lives: at the end of the list, under its directory.
  void include(core::ModelInfo model);
  /// Looks at the roots again; true if anything is different.
  bool rescan();

  const std::vector<core::ModelInfo>& models() const;
  /// By id or by folder. nullptr if it is not there.
  const core::ModelInfo* find(const std::string& idOrDirectory) const;
  /// The first usable model that can make the request, as core::suits says.
  const core::ModelInfo* firstFor(const core::GenerationRequest& request) const;

 private:
  struct State;
  std::shared_ptr<State> m_state;
};

}  // namespace kinora::models
