// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "engine/core/rational.h"

namespace kinora::session {

/// Whole frames a second that a timecode counts by: 24 for 23.976 (non-drop).
int nominalRate(const core::Rational& fps);
/// "HH:MM:SS:FF"
QString timecode(qint64 frame, const core::Rational& fps);
/// "MM:SS", with hours from one hour on; frames are dropped.
QString shortTime(qint64 frame, const core::Rational& fps);

}  // namespace kinora::session
