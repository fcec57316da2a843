// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <memory>

#include "engine/core/plan.h"
#include "engine/project/edit.h"

namespace kinora::session {
class EngineClient;
class ProjectDocument;
}  // namespace kinora::session

namespace kinora::window {

/// What the menus do to clips with more than the timeline at hand: takes, placing from the library. UI thread.
class ClipCommands : public QObject {
  Q_OBJECT

 public:
  ClipCommands(session::ProjectDocument& document, session::EngineClient& client, QObject* parent = nullptr);

  /// Plans the selected clip's recipe with a fresh seed; retakePlanned follows, or message.
  void newTake();
  /// The selected clip shows the take before or after (-1, +1) its own.
  void stepTake(int direction);
  /// Places an asset at the playhead and moves the playhead behind it.
  void placeAsset(const QString& asset, project::PlaceMode mode);
  /// The selected clip, or the top-most one under the playhead; nullptr: none.
  const project::Clip* currentClip() const;

 Q_SIGNALS:
  void retakePlanned(const kinora::core::Plan& plan, const QString& clip);
  void message(const QString& text);
  void failed(const kinora::core::Error& error);

 private:
  struct Retake;
  void measure(const std::shared_ptr<Retake>& retake, bool endImage);
  void plan(const Retake& retake);

  session::ProjectDocument& m_document;
  session::EngineClient& m_client;
};

}  // namespace kinora::window
