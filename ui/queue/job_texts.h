// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>

#include "engine/core/job.h"
#include "engine/credits/editions.h"

namespace kinora::queue {

/// "0:11", "1:02:05"
QString clockText(double seconds);
/// "Standard 720p · 5 s · seed 48214" or "H.264 · 1280×720" for an export
QString jobDetails(const core::JobSpec& spec);
/// "20 credits reserved", "free draft"
QString reservedText(const core::JobRecord& job);
/// "Step 5 of 8 · 0:11 left"
QString progressText(const core::Progress& progress);
/// "0:23 · 20 credits"
QString doneText(const core::JobRecord& job);

}  // namespace kinora::queue
