// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/core/rational.h"

namespace kinora::session {

/// Which frame is on screen at which moment: arithmetic on a monotonic clock in nanoseconds, so that playback never
/// drifts however late a timer fires. Frames are those of the range [first, last], both included.
class Transport {
 public:
  void setRate(const core::Rational& fps) { m_fps = fps.toDouble(); }
  void setRange(std::int64_t first, std::int64_t last);
  void setLoop(bool loop) { m_loop = loop; }

  /// Plays from frame; speed < 0 plays backwards, 0 stops.
  void start(std::int64_t frame, double speed, std::int64_t now);
  void stop() { m_speed = 0; }
  bool isPlaying() const { return m_speed != 0; }
  double speed() const { return m_speed; }
  bool loops() const { return m_loop; }

  /// The frame on screen at now; held at the end of the range, or wrapped in a loop.
  std::int64_t frameAt(std::int64_t now) const;
  /// The frame that follows frame after count steps of direction and speed; -1 past the end.
  std::int64_t frameAfter(std::int64_t frame, int count) const;
  /// Playback has run over the end of the range (never in a loop).
  bool endedAt(std::int64_t now) const;
  /// When the next frame begins, in nanoseconds of the clock.
  std::int64_t nextChange(std::int64_t now) const;
  /// Nanoseconds a frame is on screen.
  std::int64_t interval() const;

 private:
  std::int64_t stepsAt(std::int64_t now) const;
  std::int64_t wrap(std::int64_t frame) const;

  double m_fps = 24;
  double m_speed = 0;
  bool m_loop = false;
  std::int64_t m_first = 0;
  std::int64_t m_last = 0;
  std::int64_t m_startFrame = 0;
  std::int64_t m_startTime = 0;
};

}  // namespace kinora::session
