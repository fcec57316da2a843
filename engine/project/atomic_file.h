// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"

namespace kinora::project {

/// Replaces file by text or leaves it as it was: temporary file beside it, fsync, rename. A link is followed, the
/// file's permissions stay. NotWritable or DiskFull with the file in context.
core::Result<void> writeAtomically(const std::string& file, std::string_view text);

}  // namespace kinora::project
