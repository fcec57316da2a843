// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/job.h"
#include "engine/core/result.h"

namespace kinora::render {

/// One row of resources/presets/export.json.
struct ExportPreset {
  std::string id;    ///< "h264-high"
  std::string name;  ///< English; the ui translates by id
  int crf = 17;
  std::string speed;  ///< x264 preset
  int shortSide = 0;  ///< at most this many pixels; 0: the project's size
};

/// NotFound, Corrupt or NewerVersion.
core::Result<std::vector<ExportPreset>> loadExportPresets(const std::string& file);

/// The file's size: the project's, scaled down where needed so that its short side is at most shortSide (0: as it is),
/// with even sides.
core::Size exportSize(core::Size project, int shortSide);

/// Renders spec to output (temporary file, rename). Cancelled within 250 ms of stop; InvalidInput for an empty
/// timeline.
core::Result<core::JobOutcome> exportTimeline(const core::ExportSpec& spec, const ExportPreset& preset,
                                              const std::string& output,
                                              const std::function<void(const core::Progress&)>& progress,
                                              std::stop_token stop);

}  // namespace kinora::render
