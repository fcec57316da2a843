// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <cstdint>
#include <map>
#include <optional>

namespace kinora::session {

/// Finished frames around the playhead. A null image stands for a frame that could not be made.
class FrameCache {
 public:
  void insert(std::int64_t frame, const QImage& image) { m_frames[frame] = image; }
  bool contains(std::int64_t frame) const { return m_frames.contains(frame); }
  /// Null where it is not there.
  QImage image(std::int64_t frame) const;
  void clear() { m_frames.clear(); }
  std::size_t size() const { return m_frames.size(); }
  /// Drops the frames farthest from centre until at most count are left.
  void trim(std::int64_t centre, std::size_t count);
  /// The good frame nearest to target among those within reach behind it: below target, or above it when reverse.
  std::optional<std::int64_t> latestBehind(std::int64_t target, bool reverse, std::int64_t reach) const;

 private:
  std::map<std::int64_t, QImage> m_frames;
};

}  // namespace kinora::session
