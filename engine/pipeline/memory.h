// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace kinora::pipeline {

/// Resident memory of this process in bytes: now, and the most since resetPeakMemory() (or the start of the process
/// where the kernel does not allow a reset). 0 where /proc cannot be read.
std::uint64_t residentMemory();
std::uint64_t peakMemory();
void resetPeakMemory();

}  // namespace kinora::pipeline
