// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>
#include <memory>

#include "engine/core/result.h"

namespace kinora::session {
class EngineClient;
class ProjectDocument;
}  // namespace kinora::session

namespace kinora::window {

/// Takes files into the library by reference: looks into them off the UI thread and adds those that can be read as one
/// undo step. UI thread.
class MediaImport : public QObject {
  Q_OBJECT

 public:
  MediaImport(session::ProjectDocument& document, session::EngineClient& client, QObject* parent = nullptr);

  void import(const QStringList& paths);

 Q_SIGNALS:
  /// ids: the assets in the library now; some may have been there before.
  void imported(const QStringList& ids);
  void failed(const QString& path, const kinora::core::Error& error);

 private:
  struct Batch;
  void finish(const Batch& batch);

  session::ProjectDocument& m_document;
  session::EngineClient& m_client;
};

}  // namespace kinora::window
