// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCache>
#include <QHash>
#include <QObject>
#include <QPixmap>
#include <QSet>
#include <QString>
#include <vector>

namespace kinora::session {
class EngineClient;
}

namespace kinora::timeline {

/// Pictures of clips for the timeline: asks the engine for what is painted and keeps the latest few hundred. Never
/// blocks; UI thread. What was asked for last comes first, and what scrolled away before it began is dropped.
class ClipThumbnails : public QObject {
  Q_OBJECT

 public:
  explicit ClipThumbnails(session::EngineClient& client, QObject* parent = nullptr);

  /// The source frame index of file, or the nearest one known while it is on its way, or null.
  QPixmap get(const QString& file, qint64 index);
  /// Longer side in device pixels; other sizes are forgotten.
  void setSide(int pixels);
  /// A file that could not be read is tried again.
  void forgetFailures() { m_failed.clear(); }
  /// Nothing is on its way and nothing waits.
  bool isIdle() const { return m_running == 0 && m_waiting.empty(); }

 Q_SIGNALS:
  void arrived();

 private:
  struct Key {
    QString file;
    qint64 index = 0;
    bool operator==(const Key&) const = default;
    friend size_t qHash(const Key& key, size_t seed = 0) { return qHashMulti(seed, key.file, key.index); }
  };
  void next();
  void store(const Key& key, const QPixmap& pixmap);

  session::EngineClient& m_client;
  QCache<Key, QPixmap> m_cache;
  QHash<QString, QSet<qint64>> m_known;  ///< which frames of a file are in the cache
  std::vector<Key> m_waiting;            ///< last in, first out
  QSet<Key> m_asked;
  QSet<QString> m_failed;
  int m_running = 0;
  int m_side = 128;
  int m_generation = 0;
};

}  // namespace kinora::timeline
