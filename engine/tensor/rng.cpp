// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/rng.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

namespace kinora::tensor {
namespace {

// Multipliers and key increments of Philox4x32 (Salmon et al. 2011, section 3.3; Random123 philox.h).
constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;

/// Two standard normals from two words. The first is mapped to (0,1], so that its logarithm is finite.
void boxMuller(std::uint32_t a, std::uint32_t b, double* out) {
  const double radius = std::sqrt(-2.0 * std::log((static_cast<double>(a) + 1.0) * 0x1p-32));
  const double angle = 2.0 * std::numbers::pi * (static_cast<double>(b) * 0x1p-32);
  out[0] = radius * std::cos(angle);
  out[1] = radius * std::sin(angle);
}

}  // namespace

PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

at::Tensor normal(std::uint64_t seed, std::uint64_t stream, const std::vector<std::int64_t>& shape) {
  at::Tensor result = at::empty(shape, at::kFloat);
  float* out = result.mutable_data_ptr<float>();
  const std::int64_t count = result.numel();
  const PhiloxKey key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (std::int64_t at = 0; at < count; at += 4) {
    const auto block = static_cast<std::uint64_t>(at / 4);
    const PhiloxCounter words =
        philox4x32({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                    static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                   key);
    double values[4];
    boxMuller(words[0], words[1], values);
    boxMuller(words[2], words[3], values + 2);
    for (std::int64_t i = 0; i < 4 && at + i < count; ++i) out[at + i] = static_cast<float>(values[i]);
  }
  return result;
}

}  // namespace kinora::tensor
