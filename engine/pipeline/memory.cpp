// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/memory.h"

#include <malloc.h>

#include <fstream>
#include <string>

namespace kinora::pipeline {
namespace {

std::uint64_t statusLine(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == key && status >> kib) return kib * 1024;
  }
  return 0;
}

}  // namespace

std::uint64_t residentMemory() {
  return statusLine("VmRSS:");
}
std::uint64_t peakMemory() {
  return statusLine("VmHWM:");
}

void returnFreedMemory() {
  // mallopt(3): a threshold that is set no longer grows with what is freed.
  constexpr int kThreshold = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, kThreshold);
  mallopt(M_TRIM_THRESHOLD, kThreshold);
  malloc_trim(0);
}

void resetPeakMemory() {
  // proc(5): writing 5 sets the high-water mark to the present size.
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace kinora::pipeline
