// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/timecode.h"

#include <algorithm>

namespace kinora::session {

int nominalRate(const core::Rational& fps) {
  return static_cast<int>(std::max<std::int64_t>(1, fps.round()));
}

QString timecode(qint64 frame, const core::Rational& fps) {
  const int rate = nominalRate(fps);
  frame = std::max<qint64>(0, frame);
  const qint64 seconds = frame / rate;
  return QString::asprintf("%02lld:%02lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60,
                           frame % rate);
}

QString shortTime(qint64 frame, const core::Rational& fps) {
  const qint64 seconds = std::max<qint64>(0, frame) / nominalRate(fps);
  if (seconds >= 3600) return QString::asprintf("%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return QString::asprintf("%02lld:%02lld", seconds / 60, seconds % 60);
}

}  // namespace kinora::session
