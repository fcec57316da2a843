// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/model_info.h"
#include "engine/core/result.h"

namespace kinora::models {

/// Reads one model folder's config files (model_index.json, */config.json, optional kinora.json with name and
/// defaults). NotFound, Corrupt or Unsupported with what and where; no tensor is read.
core::Result<core::ModelInfo> describeModel(const std::string& directory);

/// The installed models: every folder below the roots that holds a model_index.json, in the roots' order.
/// Broken ones are listed with ModelInfo::problem set.
class ModelCatalogue {
 public:
  static ModelCatalogue scan(const std::vector<std::string>& roots);

  const std::vector<core::ModelInfo>& models() const { return m_models; }
  /// By id or by folder. nullptr if it is not there.
  const core::ModelInfo* find(const std::string& idOrDirectory) const;
  /// The first usable model that can make the request, as core::suits says.
  const core::ModelInfo* firstFor(const core::GenerationRequest& request) const;

 private:
  std::vector<core::ModelInfo> m_models;
};

struct FileCheck {
  std::string file;  ///< relative to the model folder
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// Hashes every file of a model; progress is called with bytes done and in all.
core::Result<std::vector<FileCheck>> hashModel(const core::ModelInfo& model,
                                               const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                               std::stop_token stop);

}  // namespace kinora::models
