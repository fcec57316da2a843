// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/frame_cache.h"

#include <cstdlib>

namespace kinora::session {

QImage FrameCache::image(std::int64_t frame) const {
  const auto it = m_frames.find(frame);
  return it == m_frames.end() ? QImage() : it->second;
}

void FrameCache::trim(std::int64_t centre, std::size_t count) {
  while (m_frames.size() > count) {
    const auto first = m_frames.begin();
    const auto last = std::prev(m_frames.end());
    m_frames.erase(std::abs(first->first - centre) > std::abs(last->first - centre) ? first : last);
  }
}

std::optional<std::int64_t> FrameCache::latestBehind(std::int64_t target, bool reverse, std::int64_t reach) const {
  std::optional<std::int64_t> best;
  for (const auto& [frame, image] : m_frames) {
    const std::int64_t distance = reverse ? frame - target : target - frame;
    if (image.isNull() || distance < 0 || distance > reach) continue;
    if (!best || distance < std::abs(*best - target)) best = frame;
  }
  return best;
}

}  // namespace kinora::session
