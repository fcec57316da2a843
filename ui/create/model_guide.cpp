// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/model_guide.h"

#include <QtGlobal>
#include <utility>

namespace kinora::create {
namespace {

/// The value, or an empty one: most models bring none, and one that is broken must not hold up who writes a prompt.
template <class T>
T valueOrEmpty(core::Result<T> result) {
  if (result) return std::move(result).value();
  if (result.error().code != core::ErrorCode::NotFound) qWarning("%s", result.error().text().c_str());
  return {};
}

}  // namespace

std::shared_ptr<const ModelGuide> ModelGuides::of(const core::ModelInfo* model) {
  std::shared_ptr<const ModelGuide>& guide = m_guides[model ? model->directory : std::string()];
  if (!guide && model) {
    guide = std::make_shared<ModelGuide>(ModelGuide{valueOrEmpty(models::Vocabulary::read(model->directory)),
                                                    valueOrEmpty(models::readExamples(model->directory))});
  } else if (!guide) {
    guide = std::make_shared<ModelGuide>();
  }
  return guide;
}

}  // namespace kinora::create
