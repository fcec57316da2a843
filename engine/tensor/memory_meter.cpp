// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/memory_meter.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <atomic>
#include <limits>

namespace kinora::tensor {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// Torch frees through a plain function, so these cannot be members of an object.
std::atomic<std::uint64_t> g_live{0};
std::atomic<std::uint64_t> g_peak{0};
std::atomic<std::uint64_t> g_limit{kNoLimit};

void release(void* data) {
  if (data) g_live.fetch_sub(malloc_usable_size(data), std::memory_order_relaxed);
  c10::free_cpu(data);
}

class MeteredAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    const std::uint64_t limit = g_limit.load(std::memory_order_relaxed);
    const std::uint64_t before = g_live.load(std::memory_order_relaxed);
    TORCH_CHECK_WITH(OutOfMemoryError, bytes <= limit && before <= limit - bytes, "not enough memory: ", bytes,
                     " bytes more than the ", before, " in use would go beyond the limit of ", limit);
    void* data = c10::alloc_cpu(bytes);
    if (data) {
      const std::uint64_t size = malloc_usable_size(data);
      const std::uint64_t live = g_live.fetch_add(size, std::memory_order_relaxed) + size;
      std::uint64_t peak = g_peak.load(std::memory_order_relaxed);
      while (live > peak && !g_peak.compare_exchange_weak(peak, live, std::memory_order_relaxed)) {
      }
    }
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }
};

}  // namespace

void meterMemory() {
  static MeteredAllocator allocator;
  static const bool installed = [] {
    constexpr std::uint8_t kAboveTorchs = 1;
    c10::SetCPUAllocator(&allocator, kAboveTorchs);
    return true;
  }();
  static_cast<void>(installed);
}

std::uint64_t meteredMemory() {
  return g_live.load(std::memory_order_relaxed);
}
std::uint64_t meteredPeak() {
  return g_peak.load(std::memory_order_relaxed);
}
void resetMeteredPeak() {
  g_peak.store(g_live.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

MemoryLimit::MemoryLimit(std::uint64_t bytes) {
  meterMemory();
  g_limit.store(bytes, std::memory_order_relaxed);
}
MemoryLimit::~MemoryLimit() {
  g_limit.store(kNoLimit, std::memory_order_relaxed);
}

}  // namespace kinora::tensor
