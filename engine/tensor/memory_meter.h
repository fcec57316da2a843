// SPDX-License-Identifier: GPL-3.0-or-later
// What torch's CPU allocator has handed out. Torch has one such allocator a process, so this is process-wide too;
// mapped weight files are not in it. Any thread may call anything.
#pragma once

#include <cstdint>

namespace kinora::tensor {

/// Puts the meter in front of torch's CPU allocator; the first call does it. Counts what is allocated from then on.
void meterMemory();
/// Bytes in use now, and the most since resetMeteredPeak().
std::uint64_t meteredMemory();
std::uint64_t meteredPeak();
void resetMeteredPeak();

/// Makes each allocation that would lead above bytes throw c10::OutOfMemoryError while it lives: a cap that is kept,
/// and how tests run out of memory without using any. Limits do not nest.
class MemoryLimit {
 public:
  explicit MemoryLimit(std::uint64_t bytes);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
};

}  // namespace kinora::tensor
