// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"

namespace kinora::core {

/// Replaces file by text or leaves it as it was: temporary file beside it, fsync, rename. A link is followed, the
/// file's permissions stay. NotWritable or DiskFull with the file in context.
Result<void> writeAtomically(const std::string& file, std::string_view text);

/// The error of a failed open, write or rename: DiskFull for what means that, else NotWritable; what is a past
/// participle ("written"), number an errno.
Error writeFailure(const char* what, int number, const std::string& file);

/// Makes a rename in folder durable. A file system that cannot sync folders has done what it can.
void syncFolder(const std::string& folder);

}  // namespace kinora::core
