// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/autosave.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QUuid>
#include <algorithm>
#include <utility>

#include "engine/project/project_file.h"
#include "ui/session/project_document.h"

namespace kinora::session {
namespace {

/// An edit waits this long for others, and no longer, however many come.
constexpr int kDelayMs = 400;

const QString kCopySuffix = QStringLiteral(".kinora");
const QString kNoteSuffix = QStringLiteral(".origin");
const QString kLockSuffix = QStringLiteral(".lock");

QString base(const QString& autosave) {
  return autosave.chopped(kCopySuffix.size());
}

/// Beside the copy lies a note of what it is a copy of.
bool writeNote(const QString& autosave, const QString& projectFile, const QString& name) {
  QSaveFile file(base(autosave) + kNoteSuffix);
  if (!file.open(QIODevice::WriteOnly)) return false;
  file.write(
      QJsonDocument(QJsonObject{{QStringLiteral("file"), projectFile}, {QStringLiteral("name"), name}}).toJson());
  return file.commit();
}

Recovery readNote(const QString& autosave) {
  Recovery recovery;
  recovery.autosave = autosave;
  recovery.time = QFileInfo(autosave).lastModified();
  QFile file(base(autosave) + kNoteSuffix);
  if (file.open(QIODevice::ReadOnly)) {
    const QJsonObject note = QJsonDocument::fromJson(file.readAll()).object();
    recovery.projectFile = note.value(QLatin1String("file")).toString();
    recovery.name = note.value(QLatin1String("name")).toString();
  }
  return recovery;
}

std::unique_ptr<QLockFile> lockFor(const QString& autosave) {
  auto lock = std::make_unique<QLockFile>(base(autosave) + kLockSuffix);
  lock->setStaleLockTime(0);  // stale only when its process is gone
  return lock;
}

bool worthOffering(const Recovery& recovery) {
  if (QFileInfo(recovery.autosave).size() == 0) return false;
  const QFileInfo project(recovery.projectFile);
  return recovery.projectFile.isEmpty() || !project.exists() || project.lastModified() < recovery.time;
}

core::Result<void> writeCopy(const project::Project& project, const QString& file, const QString& origin) {
  QDir().mkpath(QFileInfo(file).absolutePath());
  if (!writeNote(file, origin, QString::fromStdString(project.name))) {
    return core::Error{core::ErrorCode::NotWritable, "cannot write the autosave note", file.toStdString()};
  }
  return project::saveProject(project, file.toStdString());
}

}  // namespace

Autosave::Autosave(ProjectDocument& document, QString folder, QObject* parent)
    : QObject(parent), m_document(document), m_folder(std::move(folder)) {
  m_pool.setMaxThreadCount(1);
  m_timer.setSingleShot(true);
  m_timer.setInterval(kDelayMs);
  connect(&m_timer, &QTimer::timeout, this, &Autosave::write);
  connect(&m_document, &ProjectDocument::edited, this, &Autosave::begin);
}

Autosave::~Autosave() {
  m_pool.waitForDone();
}

std::vector<Recovery> Autosave::recoverable() const {
  std::vector<Recovery> found;
  const QFileInfoList copies = QDir(m_folder).entryInfoList({u'*' + kCopySuffix}, QDir::Files, QDir::Time);
  for (const QFileInfo& copy : copies) {
    const QString file = copy.absoluteFilePath();
    const auto lock = lockFor(file);
    if (file == m_file || !lock->tryLock(0)) continue;  // its process lives
    const Recovery recovery = readNote(file);
    lock->unlock();
    if (worthOffering(recovery)) {
      found.push_back(recovery);
    } else {
      discard(recovery);
    }
  }
  return found;
}

void Autosave::discard(const Recovery& recovery) {
  QFile::remove(recovery.autosave);
  QFile::remove(base(recovery.autosave) + kNoteSuffix);
  QFile::remove(base(recovery.autosave) + kLockSuffix);
}

void Autosave::finish() {
  m_timer.stop();
  m_pool.waitForDone();
  ++m_number;  // an answer that is still in the event loop counts no more
  if (m_file.isEmpty()) return;
  m_lock.reset();
  Recovery copy;
  copy.autosave = m_file;
  discard(copy);
  m_file.clear();
}

void Autosave::flush() {
  if (m_timer.isActive()) {
    m_timer.stop();
    write();
  }
  m_pool.waitForDone();
}

void Autosave::begin() {
  // Not restarted: the copy follows the first of many edits within the delay.
  if (!m_timer.isActive()) m_timer.start();
}

void Autosave::write() {
  if (!m_document.isModified()) {
    finish();  // everything was undone again: the saved file says it all
    return;
  }
  if (m_file.isEmpty()) {
    QDir().mkpath(m_folder);
    m_file = QDir(m_folder).absoluteFilePath(QUuid::createUuid().toString(QUuid::Id128) + kCopySuffix);
    m_lock = lockFor(m_file);
    m_lock->tryLock(0);
  }
  const quint64 number = ++m_number;
  m_pool.clear();  // an older copy that has not begun is not needed
  m_pool.start([this, number, project = m_document.project(), file = m_file, origin = m_document.file()] {
    auto result = writeCopy(project, file, origin);
    QMetaObject::invokeMethod(
        this, [this, number, result] { written(number, result); }, Qt::QueuedConnection);
  });
}

void Autosave::written(quint64 number, const core::Result<void>& result) {
  if (number != m_number) return;
  if (result) {
    m_failing = false;
    m_lastTime = QDateTime::currentDateTime();
    Q_EMIT saved(m_lastTime);
  } else if (!std::exchange(m_failing, true)) {
    Q_EMIT failed(result.error());
  }
}

}  // namespace kinora::session
