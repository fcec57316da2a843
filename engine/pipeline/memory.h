// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace kinora::pipeline {

/// Resident memory of this process in bytes: now, and the most since resetPeakMemory() (or the start of the process
/// where the kernel does not allow a reset). 0 where /proc cannot be read.
std::uint64_t residentMemory();
std::uint64_t peakMemory();
void resetPeakMemory();

/// From now on freed memory goes back to the kernel at once where it was a MiB or more, so that the process is as large
/// as what it holds. That costs time, since the kernel clears pages it gives out again: for runs whose memory is
/// counted. Process-wide, and not undone.
void returnFreedMemory();

}  // namespace kinora::pipeline
