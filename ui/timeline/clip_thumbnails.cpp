// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/clip_thumbnails.h"

#include <cstdlib>
#include <limits>
#include <utility>

#include "ui/session/engine_client.h"

namespace kinora::timeline {
namespace {

constexpr int kCacheCount = 400;
constexpr int kMostWaiting = 120;  ///< about two screens of tiles
constexpr int kMostRunning = 2;    ///< one in work, one to follow without a pause

}  // namespace

ClipThumbnails::ClipThumbnails(session::EngineClient& client, QObject* parent)
    : QObject(parent), m_client(client), m_cache(kCacheCount) {}

void ClipThumbnails::setSide(int pixels) {
  if (pixels == m_side) return;
  m_side = pixels;
  ++m_generation;
  m_cache.clear();
  m_known.clear();
  m_asked.clear();
  m_waiting.clear();
}

QPixmap ClipThumbnails::get(const QString& file, qint64 index) {
  const Key key{file, index};
  if (const QPixmap* found = m_cache.object(key)) return *found;
  if (!m_asked.contains(key) && !m_failed.contains(file)) {
    m_asked.insert(key);
    m_waiting.push_back(key);
    if (m_waiting.size() > kMostWaiting) {
      m_asked.remove(m_waiting.front());
      m_waiting.erase(m_waiting.begin());
    }
    next();
  }
  const auto known = m_known.constFind(file);
  if (known == m_known.constEnd()) return {};
  qint64 nearest = -1;
  qint64 distance = std::numeric_limits<qint64>::max();
  for (const qint64 other : *known) {
    if (std::abs(other - index) >= distance) continue;
    distance = std::abs(other - index);
    nearest = other;
  }
  const QPixmap* found = nearest < 0 ? nullptr : m_cache.object({file, nearest});
  return found ? *found : QPixmap();
}

void ClipThumbnails::store(const Key& key, const QPixmap& pixmap) {
  m_cache.insert(key, new QPixmap(pixmap));
  m_known[key.file].insert(key.index);
  if (m_cache.count() < kCacheCount) return;
  // The cache has dropped some: keep the list of known frames true.
  for (auto it = m_known.begin(); it != m_known.end();) {
    for (auto frame = it->begin(); frame != it->end();) {
      frame = m_cache.contains({it.key(), *frame}) ? std::next(frame) : it->erase(frame);
    }
    it = it->isEmpty() ? m_known.erase(it) : std::next(it);
  }
}

void ClipThumbnails::next() {
  while (m_running < kMostRunning && !m_waiting.empty()) {
    const Key key = m_waiting.back();
    m_waiting.pop_back();
    ++m_running;
    m_client.frameAt(key.file, key.index, m_side, this,
                     [this, key, generation = m_generation](const core::Result<core::Frame>& frame) {
                       --m_running;
                       if (generation == m_generation) {
                         m_asked.remove(key);
                         if (frame) {
                           store(key, QPixmap::fromImage(session::toImage(*frame)));
                         } else {
                           m_failed.insert(key.file);
                         }
                         Q_EMIT arrived();
                       }
                       next();
                     });
  }
}

}  // namespace kinora::timeline
