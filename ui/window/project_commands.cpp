// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/project_commands.h"

#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QStandardPaths>

#include "engine/core/generation_request.h"
#include "ui/session/project_document.h"
#include "ui/session/project_store.h"
#include "ui/window/questions.h"

namespace kinora::window {

ProjectCommands::ProjectCommands(session::ProjectDocument& document, session::ProjectFiles& files, Questions& questions,
                                 QObject* parent)
    : QObject(parent), m_document(document), m_files(files), m_questions(&questions) {}

QString ProjectCommands::projectName() const {
  const std::string& name = m_document.project().name;
  const bool untitled = m_document.file().isEmpty() && name == project::newProject().name;
  return untitled ? tr("Untitled") : QString::fromStdString(name);
}

bool ProjectCommands::confirmLoss() {
  if (!m_document.isModified()) return true;
  switch (m_questions->unsavedChanges(projectName())) {
    case Questions::Unsaved::Save:
      return save();
    case Questions::Unsaved::Discard:
      return true;
    case Questions::Unsaved::Cancel:
      break;
  }
  return false;
}

void ProjectCommands::newProject() {
  if (confirmLoss()) m_files.newProject();
}

void ProjectCommands::open() {
  const QString folder = m_document.file().isEmpty() ? QDir::homePath() : QFileInfo(m_document.file()).absolutePath();
  const QString file = m_questions->fileToOpen(folder);
  if (!file.isEmpty()) open(file);
}

bool ProjectCommands::open(const QString& file) {
  if (!confirmLoss()) return false;
  if (const auto opened = m_files.open(file); !opened) {
    Q_EMIT failed(opened.error());
    return false;
  }
  return true;
}

bool ProjectCommands::save() {
  if (m_document.file().isEmpty()) return saveAs();
  if (const auto saved = m_files.save(); !saved) {
    Q_EMIT failed(saved.error());
    return false;
  }
  return true;
}

bool ProjectCommands::saveAs() {
  const QString movies = QStandardPaths::writableLocation(QStandardPaths::MoviesLocation);
  const QDir folder(m_document.file().isEmpty() ? (QFileInfo::exists(movies) ? movies : QDir::homePath())
                                                : QFileInfo(m_document.file()).absolutePath());
  const QString file = m_questions->fileToSave(folder.filePath(projectName() + QStringLiteral(".kinora")));
  if (file.isEmpty()) return false;
  if (const auto saved = m_files.saveAs(file); !saved) {
    Q_EMIT failed(saved.error());
    return false;
  }
  return true;
}

bool ProjectCommands::openLast() {
  const QStringList recent = m_files.recent();
  if (!recent.isEmpty() && m_files.open(recent.front())) return false;
  m_files.newProject();
  core::GenerationRequest example;
  example.prompt = tr("On the beach, day turns to night").toStdString();
  m_document.setCreateDraft(core::toJson(example));
  // Nobody wrote it, so nobody is asked to save it; opening also tells the panels.
  project::Project project = m_document.project();
  m_document.open(std::move(project), {});
  return true;
}

void ProjectCommands::fillRecent(QMenu* menu) {
  connect(menu, &QMenu::aboutToShow, this, [this, menu] { refill(menu); });
  connect(&m_files, &session::ProjectFiles::recentChanged, menu,
          [this, menu] { menu->setEnabled(!m_files.recent().isEmpty()); });
  menu->setEnabled(!m_files.recent().isEmpty());
}

void ProjectCommands::refill(QMenu* menu) {
  menu->clear();
  const QStringList recent = m_files.recent();
  for (const QString& file : recent) {
    QString name = QFileInfo(file).completeBaseName();
    QAction* action = menu->addAction(name.replace(QLatin1Char('&'), QStringLiteral("&&")));
    action->setToolTip(file);
    connect(action, &QAction::triggered, this, [this, file] { open(file); });
  }
  menu->setToolTipsVisible(true);
  menu->addSeparator();
  connect(menu->addAction(tr("Clear the list")), &QAction::triggered, &m_files, &session::ProjectFiles::clearRecent);
}

}  // namespace kinora::window
