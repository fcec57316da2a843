// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/tensor/memory_meter.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

using namespace kinora;

TEST_CASE("memory in use and its peak are counted") {
  tensor::meterMemory();
  tensor::meterMemory();  // a second call changes nothing
  const std::uint64_t before = tensor::meteredMemory();
  tensor::resetMeteredPeak();
  {
    const at::Tensor megabyte = at::empty({1 << 20}, at::kByte);
    CHECK(tensor::meteredMemory() - before >= 1 << 20);
    CHECK(tensor::meteredMemory() - before < (1 << 20) + 8192);
  }
  CHECK(tensor::meteredMemory() == before);
  CHECK(tensor::meteredPeak() - before >= 1 << 20);
  tensor::resetMeteredPeak();
  CHECK(tensor::meteredPeak() == before);
}

TEST_CASE("an allocation beyond the limit fails, and only while the limit lives") {
  tensor::meterMemory();
  const std::uint64_t before = tensor::meteredMemory();
  {
    const tensor::MemoryLimit limit(before + (2 << 20));
    CHECK(at::empty({1 << 20}, at::kByte).defined());
    CHECK_THROWS_AS(at::empty({4 << 20}, at::kByte), c10::OutOfMemoryError);
    CHECK(tensor::meteredMemory() == before);
  }
  CHECK(at::empty({4 << 20}, at::kByte).defined());
}
