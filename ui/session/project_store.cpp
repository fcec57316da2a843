// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/project_store.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>
#include <utility>

#include "engine/project/project_file.h"
#include "ui/session/project_document.h"

namespace kinora::session {
namespace {

constexpr int kRecentCount = 10;

QString withSuffix(const QString& file) {
  const QString path = QFileInfo(file).absoluteFilePath();
  return path.endsWith(QLatin1String(".kinora"), Qt::CaseInsensitive) ? path : path + QStringLiteral(".kinora");
}

project::Project relocated(project::Project project, const QHash<QString, QString>& moved) {
  for (project::Asset& asset : project.assets) {
    const auto it = moved.constFind(QString::fromStdString(asset.info.path));
    if (it != moved.constEnd()) asset.info.path = it->toStdString();
  }
  return project;
}

}  // namespace

ProjectFiles::ProjectFiles(ProjectDocument& document, Folders folders, QObject* parent)
    : QObject(parent), m_document(document), m_folders(std::move(folders)), m_autosave(document, m_folders.autosave) {
  m_pool.setMaxThreadCount(1);
  // A recovered copy may go as soon as a fresh one of the same work is safe.
  connect(&m_autosave, &Autosave::saved, this, [this] {
    if (!m_recovered.autosave.isEmpty()) Autosave::discard(std::exchange(m_recovered, {}));
  });
}

ProjectFiles::~ProjectFiles() {
  m_pool.waitForDone();
}

void ProjectFiles::newProject(const QString& name) {
  close();
  project::Project project = project::newProject();
  if (!name.isEmpty()) project.name = name.toStdString();
  m_document.open(std::move(project), {});
}

core::Result<void> ProjectFiles::open(const QString& file) {
  const QString path = QFileInfo(file).absoluteFilePath();
  auto project = project::loadProject(path.toStdString());
  if (!project) return project.error();
  close();
  m_document.open(std::move(project).value(), path);
  addRecent(path);
  return {};
}

core::Result<void> ProjectFiles::save() {
  if (m_document.file().isEmpty())
    return core::Error{core::ErrorCode::InvalidInput, "the project has no file yet", "save"};
  return saveAs(m_document.file());
}

core::Result<void> ProjectFiles::saveAs(const QString& file) {
  const QString path = withSuffix(file);
  project::Project project = m_document.project();
  // A project that was never named takes its file's name.
  const bool named = m_document.file().isEmpty() && project.name == project::newProject().name;
  if (named) project.name = QFileInfo(path).completeBaseName().toStdString();

  const QString folder = mediaFolderFor(path);
  const std::vector<MediaMove> moves = planMediaMoves(project, m_folders.clips, folder);
  if (!moves.empty()) QDir().mkpath(folder);
  QHash<QString, QString> linked;
  QStringList fresh;
  std::vector<MediaMove> rest;
  for (const MediaMove& move : moves) {
    const bool there = QFileInfo::exists(move.to);
    if (linkMedia(move)) {
      linked.insert(move.from, move.to);
      if (!there) fresh.append(move.to);
    } else {
      rest.push_back(move);
    }
  }
  if (auto result = project::saveProject(relocated(project, linked), path.toStdString()); !result) {
    for (const QString& link : std::as_const(fresh)) QFile::remove(link);
    QDir().rmdir(folder);  // goes only if it is empty
    return result.error();
  }
  m_document.relocateMedia(linked);
  if (named) m_document.setName(project.name);
  m_document.markSaved(path);
  close();
  addRecent(path);
  Q_EMIT saved(path);
  if (!linked.isEmpty()) Q_EMIT mediaMoved();
  if (!rest.empty()) copyInBackground(std::move(rest));
  return {};
}

void ProjectFiles::close() {
  m_autosave.finish();
  if (!m_recovered.autosave.isEmpty()) Autosave::discard(std::exchange(m_recovered, {}));
}

void ProjectFiles::copyInBackground(std::vector<MediaMove> moves) {
  m_pool.start([this, moves = std::move(moves), file = m_document.file()] {
    QHash<QString, QString> moved;
    core::Result<void> result;
    for (const MediaMove& move : moves) {
      result = copyMedia(move);
      if (!result) break;
      moved.insert(move.from, move.to);
    }
    QMetaObject::invokeMethod(
        this, [this, moved, result, file] { copied(moved, result, file); }, Qt::QueuedConnection);
  });
}

void ProjectFiles::copied(const QHash<QString, QString>& moved, const core::Result<void>& result, const QString& file) {
  if (!result) Q_EMIT mediaMoveFailed(result.error());
  if (moved.isEmpty() || m_document.file() != file)
    return;  // another project is open: the takes are still where they were
  const bool modified = m_document.isModified();
  m_document.relocateMedia(moved);
  if (modified) {
    Q_EMIT mediaMoved();  // the next save writes the new paths
    return;
  }
  if (auto saving = project::saveProject(m_document.project(), file.toStdString()); !saving) {
    m_document.markModified();
    Q_EMIT mediaMoveFailed(saving.error());
    return;
  }
  Q_EMIT mediaMoved();
}

QString ProjectFiles::takeFolder() const {
  return m_document.file().isEmpty() ? m_folders.clips : mediaFolderFor(m_document.file());
}

core::Result<void> ProjectFiles::recover(const Recovery& recovery) {
  auto project = project::loadProject(recovery.autosave.toStdString());
  if (!project) return project.error();
  close();
  m_document.open(std::move(project).value(), recovery.projectFile);
  m_recovered = recovery;
  m_document.markModified();
  return {};
}

QStringList ProjectFiles::recent() const {
  QFile file(m_folders.recent);
  QStringList files;
  if (!file.open(QIODevice::ReadOnly)) return files;
  const QJsonArray list = QJsonDocument::fromJson(file.readAll()).array();
  for (const QJsonValue& value : list) {
    if (QFileInfo::exists(value.toString())) files.append(value.toString());
  }
  return files;
}

void ProjectFiles::addRecent(const QString& file) {
  QStringList files = recent();
  files.removeAll(file);
  files.prepend(file);
  writeRecent(files.mid(0, kRecentCount));
}

void ProjectFiles::removeRecent(const QString& file) {
  QStringList files = recent();
  files.removeAll(file);
  writeRecent(files);
}

void ProjectFiles::clearRecent() {
  writeRecent({});
}

void ProjectFiles::writeRecent(const QStringList& files) {
  QDir().mkpath(QFileInfo(m_folders.recent).absolutePath());
  QSaveFile file(m_folders.recent);
  // The list is a convenience: a folder that cannot be written leaves the old one.
  if (!file.open(QIODevice::WriteOnly)) return;
  file.write(QJsonDocument(QJsonArray::fromStringList(files)).toJson());
  if (file.commit()) Q_EMIT recentChanged();
}

}  // namespace kinora::session
