// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QThreadPool>
#include <vector>

#include "engine/core/result.h"
#include "ui/session/autosave.h"
#include "ui/session/media_folder.h"

namespace kinora::session {

class ProjectDocument;

/// The open document and its file: new, open, save, recent files, autosave and recovery. UI thread. Asks nobody
/// anything: a caller that would lose changes asks first (ProjectDocument::isModified).
class ProjectFiles : public QObject {
  Q_OBJECT

 public:
  struct Folders {
    QString clips;  ///< takes of unsaved projects
    QString autosave;
    QString recent;  ///< the file that holds the list of recent projects
  };
  ProjectFiles(ProjectDocument& document, Folders folders, QObject* parent = nullptr);
  ~ProjectFiles() override;

  /// An empty project; the former one's autosave copy goes.
  void newProject(const QString& name = {});
  core::Result<void> open(const QString& file);
  /// InvalidInput where the project has no file yet: ask for one and call saveAs.
  core::Result<void> save();
  /// Adds ".kinora" where it lacks. Generated takes that lie in the clip folder come along into <name>.media; what has
  /// to be copied from another disk follows in the background (mediaMoved, mediaMoveFailed). A failure changes nothing.
  core::Result<void> saveAs(const QString& file);
  /// The project was closed on purpose: its autosave copy goes.
  void close();

  /// Where a new take belongs: the saved project's media folder, else the clip folder.
  QString takeFolder() const;

  /// Newest first, at most ten, without those that are gone.
  QStringList recent() const;
  void removeRecent(const QString& file);
  void clearRecent();

  Autosave& autosave() { return m_autosave; }
  std::vector<Recovery> recoverable() const { return m_autosave.recoverable(); }
  /// Opens the copy as unsaved work on its project; the copy itself goes once a fresh one is written or the work is
  /// saved.
  core::Result<void> recover(const Recovery& recovery);
  void discard(const Recovery& recovery) { Autosave::discard(recovery); }

 Q_SIGNALS:
  void saved(const QString& file);
  void recentChanged();
  void mediaMoved();
  void mediaMoveFailed(const kinora::core::Error& error);

 private:
  void addRecent(const QString& file);
  void writeRecent(const QStringList& files);
  void copyInBackground(std::vector<MediaMove> moves);
  void copied(const QHash<QString, QString>& moved, const core::Result<void>& result, const QString& file);

  ProjectDocument& m_document;
  Folders m_folders;
  Autosave m_autosave;
  Recovery m_recovered;
  QThreadPool m_pool;
};

}  // namespace kinora::session
