// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/project/project.h"

namespace kinora::exporting {

/// About how many bytes an export of frames [from, to) in this size and quality (x264 crf) will have; 0: nothing to go
/// by. Goes by what the files on the timeline take for a second: six steps of crf halve that, and with the pixels it
/// grows a little slower than they do. Looks at the files' sizes on disk.
double estimateBytes(const project::Project& project, std::int64_t from, std::int64_t to, const core::Size& size,
                     int crf);

}  // namespace kinora::exporting
