// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "engine/core/result.h"

class QMenu;

namespace kinora::session {
class ProjectDocument;
class ProjectFiles;
}  // namespace kinora::session

namespace kinora::window {

class Questions;

/// New, open, recent, save: asks before anything is lost, and says what went wrong. UI thread.
class ProjectCommands : public QObject {
  Q_OBJECT

 public:
  /// questions outlives it.
  ProjectCommands(session::ProjectDocument& document, session::ProjectFiles& files, Questions& questions,
                  QObject* parent = nullptr);
  void setQuestions(Questions& questions) { m_questions = &questions; }

  void newProject();
  void open();
  /// Asks first where work would be lost; false: not opened.
  bool open(const QString& file);
  /// Asks for a file where the project has none; false: not saved.
  bool save();
  bool saveAs();
  /// Saves or gives up changes as the user says; false: the user wants to stay.
  bool confirmLoss();
  /// The last project, or a new one with an example.
  /// True: there was none, and a new project with an example prompt is open.
  bool openLast();
  /// Keeps menu filled with the recent projects.
  void fillRecent(QMenu* menu);
  QString projectName() const;

 Q_SIGNALS:
  void failed(const kinora::core::Error& error);

 private:
  void refill(QMenu* menu);

  session::ProjectDocument& m_document;
  session::ProjectFiles& m_files;
  Questions* m_questions;
};

}  // namespace kinora::window
