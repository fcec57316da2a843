// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/models/examples.h"
#include "engine/models/vocabulary.h"

namespace kinora::create {

/// What a model brings for those who write prompts; empty where it brings nothing.
struct ModelGuide {
  models::Vocabulary vocabulary;
  std::vector<models::Example> examples;
};

/// The guides of the models that were looked at, each read once: a few kilobytes.
class ModelGuides {
 public:
  /// Never null; an empty one for nullptr. A file that cannot be read is logged, and is as none.
  std::shared_ptr<const ModelGuide> of(const core::ModelInfo* model);
  /// The models may be others now.
  void forget() { m_guides.clear(); }

 private:
  std::map<std::string, std::shared_ptr<const ModelGuide>> m_guides;  ///< by folder
};

}  // namespace kinora::create
