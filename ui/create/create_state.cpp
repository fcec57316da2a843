// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/create_state.h"

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

namespace kinora::create {
namespace {
constexpr int kMaxVariants = 4;
}

core::GenerationRequest CreateState::effective() const {
  core::GenerationRequest out = request;
  if (!imageMode) {
    out.startImage.clear();
    out.endImage.clear();
  }
  return out;
}

std::string toJson(const CreateState& state) {
  const QJsonObject panel{{QStringLiteral("image_mode"), state.imageMode},
                          {QStringLiteral("variants"), state.variants},
                          {QStringLiteral("seed_locked"), state.seedLocked}};
  // Joined as text: Qt's JSON would round a 64-bit seed.
  std::string text = core::toJson(state.request);
  text.pop_back();
  return text + ",\"panel\":" + QJsonDocument(panel).toJson(QJsonDocument::Compact).toStdString() + "}";
}

core::Result<CreateState> stateFromJson(std::string_view json) {
  auto request = core::requestFromJson(json);
  if (!request) return request.error();
  CreateState state;
  state.request = std::move(*request);
  const QByteArray bytes(json.data(), static_cast<qsizetype>(json.size()));
  const QJsonObject panel = QJsonDocument::fromJson(bytes).object().value(QStringLiteral("panel")).toObject();
  // A plain recipe has no panel object: then a picture means image mode, and a seed is meant to be kept.
  state.imageMode = panel.value(QStringLiteral("image_mode")).toBool(!state.request.startImage.empty());
  state.variants = std::clamp(panel.value(QStringLiteral("variants")).toInt(1), 1, kMaxVariants);
  state.seedLocked =
      panel.value(QStringLiteral("seed_locked")).toBool(panel.isEmpty() && state.request.seed.has_value());
  return state;
}

}  // namespace kinora::create
