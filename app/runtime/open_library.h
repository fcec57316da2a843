// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/result.h"

namespace kinora::runtime {

/// Opens ../lib/<name> beside the running program and gives the address of entry. FFmpeg and OpenCV drag in two hundred
/// libraries, so programs keep what needs them in a library of their own. Also sets OMP_WAIT_POLICY=PASSIVE unless it
/// is set: the OpenMP runtime comes in with these libraries and reads it then. Its threads would otherwise spin at
/// every barrier, which costs a factor of ten where encoder, window and network share the cores. Main thread, before
/// any other.
core::Result<void*> openLibrary(const std::string& name, const char* entry);

}  // namespace kinora::runtime
