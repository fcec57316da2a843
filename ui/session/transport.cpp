// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/transport.h"

#include <algorithm>
#include <cmath>

namespace kinora::session {
namespace {

constexpr double kSecond = 1e9;
/// A boundary that rounding put a hair before its frame still counts as that frame.
constexpr double kHair = 1e-6;

}  // namespace

void Transport::setRange(std::int64_t first, std::int64_t last) {
  m_first = first;
  m_last = std::max(first, last);
}

void Transport::start(std::int64_t frame, double speed, std::int64_t now) {
  m_startFrame = std::clamp(frame, m_first, m_last);
  m_startTime = now;
  m_speed = speed;
}

std::int64_t Transport::stepsAt(std::int64_t now) const {
  const double elapsed = static_cast<double>(std::max<std::int64_t>(0, now - m_startTime)) / kSecond;
  return static_cast<std::int64_t>(std::floor(elapsed * m_fps * std::abs(m_speed) + kHair));
}

std::int64_t Transport::wrap(std::int64_t frame) const {
  if (!m_loop) return std::clamp(frame, m_first, m_last);
  const std::int64_t count = m_last - m_first + 1;
  return m_first + ((frame - m_first) % count + count) % count;
}

std::int64_t Transport::frameAt(std::int64_t now) const {
  if (!isPlaying()) return m_startFrame;
  return wrap(m_startFrame + (m_speed < 0 ? -stepsAt(now) : stepsAt(now)));
}

std::int64_t Transport::frameAfter(std::int64_t frame, int count) const {
  const auto size = std::max<std::int64_t>(1, std::llround(std::abs(m_speed)));
  const std::int64_t next = frame + (m_speed < 0 ? -size : size) * count;
  if (!m_loop && (next < m_first || next > m_last)) return -1;
  return wrap(next);
}

bool Transport::endedAt(std::int64_t now) const {
  if (!isPlaying() || m_loop) return false;
  return m_speed < 0 ? m_startFrame - stepsAt(now) < m_first : m_startFrame + stepsAt(now) > m_last;
}

std::int64_t Transport::nextChange(std::int64_t now) const {
  if (!isPlaying()) return now;
  const double at = static_cast<double>(stepsAt(now) + 1) / (m_fps * std::abs(m_speed));
  return m_startTime + static_cast<std::int64_t>(std::ceil(at * kSecond));
}

std::int64_t Transport::interval() const {
  return static_cast<std::int64_t>(kSecond / (m_fps * std::max(std::abs(m_speed), 1e-3)));
}

}  // namespace kinora::session
