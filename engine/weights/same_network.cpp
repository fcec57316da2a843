// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/same_network.h"

#include <bit>
#include <cstring>
#include <vector>

#include "engine/weights/dequantise.h"

namespace kinora::weights {
namespace {

constexpr int kTensors = 64;
constexpr std::uint64_t kElements = 1 << 17;  // of one tensor; modulation of the largest models has 30720
/// Squared relative difference: bf16 rounds to 2^-9.
constexpr double kRounding = 3e-3 * 3e-3;

template <class T>
T read(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Values of a plain float type of at least 16 bits; empty for any other.
std::vector<float> valuesOf(const WeightSource::Entry& entry) {
  const std::string& dtype = entry.info->dtype;
  const std::size_t width = dtype == "F32" ? 4 : dtype == "F16" || dtype == "BF16" ? 2 : 0;
  if (width == 0 || entry.scale.info) return {};
  const auto bytes = entry.file->bytes(*entry.info);
  std::vector<float> values(bytes.size() / width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::byte* at = bytes.data() + i * width;
    if (dtype == "F32") {
      values[i] = read<float>(at);
    } else if (dtype == "F16") {
      values[i] = halfToFloat(read<std::uint16_t>(at));
    } else {
      values[i] = std::bit_cast<float>(static_cast<std::uint32_t>(read<std::uint16_t>(at)) << 16);
    }
  }
  return values;
}

bool isShort(const TensorInfo& info) {
  std::size_t wide = 0;
  for (const std::int64_t extent : info.shape) wide += extent > 6 ? 1 : 0;  // modulation is [1,6,d]
  return wide <= 1 && elementCount(info.shape).value_or(kElements + 1) <= kElements;
}

}  // namespace

bool sameNetwork(const WeightSource& a, const WeightSource& b) {
  int compared = 0;
  double difference = 0;
  double size = 0;
  for (const auto& [name, entry] : a.entries()) {
    const WeightSource::Entry* other = b.find(name);
    if (!other || !isShort(*entry.info) || entry.info->shape != other->info->shape) continue;
    const std::vector<float> x = valuesOf(entry);
    const std::vector<float> y = valuesOf(*other);
    if (x.empty() || x.size() != y.size()) continue;
    for (std::size_t i = 0; i < x.size(); ++i) {
      difference += (static_cast<double>(x[i]) - y[i]) * (static_cast<double>(x[i]) - y[i]);
      size += static_cast<double>(x[i]) * x[i];
    }
    if (++compared == kTensors) break;
  }
  return size > 0 && difference <= kRounding * size;
}

}  // namespace kinora::weights
