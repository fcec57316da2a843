// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QLockFile>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <QTimer>
#include <memory>
#include <vector>

#include "engine/core/result.h"
#include "engine/project/project.h"

namespace kinora::session {

class ProjectDocument;

/// Work that a crash left behind.
struct Recovery {
  QString autosave;     ///< the file to read
  QString projectFile;  ///< where the project was saved; empty: never
  QString name;
  QDateTime time;  ///< when the copy was written
};

/// Writes a copy of the open project into folder within a second of each edit, on a thread of its own, and removes it
/// when the project is saved or closed. The copy is locked while this process lives: what is found unlocked at a start
/// belonged to one that died. UI thread.
class Autosave : public QObject {
  Q_OBJECT

 public:
  Autosave(ProjectDocument& document, QString folder, QObject* parent = nullptr);
  /// Ends without removing the copy: call finish() first when the project was closed on purpose.
  ~Autosave() override;

  /// The copies worth offering, newest first: their process is gone, and their project was never saved or is older.
  /// Copies that are not are removed.
  std::vector<Recovery> recoverable() const;
  static void discard(const Recovery& recovery);

  /// Waits for a write under way and removes the copy: the project is saved, or the user gave its changes up.
  void finish();
  /// Writes now what is not yet written and waits for it.
  void flush();
  QDateTime lastTime() const { return m_lastTime; }

 Q_SIGNALS:
  void saved(const QDateTime& time);
  /// Once for each series of failures.
  void failed(const kinora::core::Error& error);

 private:
  void begin();
  void write();
  void written(quint64 number, const core::Result<void>& result);

  ProjectDocument& m_document;
  QString m_folder;
  QString m_file;  ///< empty until the first copy
  std::unique_ptr<QLockFile> m_lock;
  QTimer m_timer;
  QThreadPool m_pool;
  quint64 m_number = 0;
  bool m_failing = false;
  QDateTime m_lastTime;
};

}  // namespace kinora::session
