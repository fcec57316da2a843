// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/tensor_info.h"

#include <array>
#include <limits>

namespace kinora::weights {
namespace {

constexpr std::array kDtypes{
    Dtype{"F64", 1, 8},      Dtype{"F32", 1, 4},      Dtype{"F16", 1, 2},      Dtype{"BF16", 1, 2},
    Dtype{"I64", 1, 8},      Dtype{"I32", 1, 4},      Dtype{"I16", 1, 2},      Dtype{"I8", 1, 1},
    Dtype{"U8", 1, 1},       Dtype{"BOOL", 1, 1},     Dtype{"F8_E4M3", 1, 1},  Dtype{"F8_E5M2", 1, 1},
    Dtype{"Q4_0", 32, 18},   Dtype{"Q4_1", 32, 20},   Dtype{"Q5_0", 32, 22},   Dtype{"Q5_1", 32, 24},
    Dtype{"Q8_0", 32, 34},   Dtype{"Q2_K", 256, 84},  Dtype{"Q3_K", 256, 110}, Dtype{"Q4_K", 256, 144},
    Dtype{"Q5_K", 256, 176}, Dtype{"Q6_K", 256, 210}, Dtype{"IQ4_NL", 32, 18}, Dtype{"IQ4_XS", 256, 136},
};

constexpr std::uint64_t kMaxCount = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

}  // namespace

const Dtype* findDtype(std::string_view name) {
  for (const Dtype& dtype : kDtypes) {
    if (dtype.name == name) return &dtype;
  }
  return nullptr;
}

std::optional<std::uint64_t> elementCount(const std::vector<std::int64_t>& shape) {
  std::uint64_t count = 1;
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count) || count > kMaxCount) {
      return std::nullopt;
    }
  }
  return empty ? 0 : count;
}

std::optional<std::uint64_t> tensorBytes(const Dtype& dtype, const std::vector<std::int64_t>& shape) {
  // Counted with zeros as ones first: their byte strides must not overflow either.
  std::vector<std::int64_t> solid = shape;
  for (std::int64_t& extent : solid) extent = extent == 0 ? 1 : extent;
  const auto most = elementCount(solid);
  const auto count = elementCount(shape);
  if (!most || !count || *most > kMaxCount / dtype.blockBytes || *count % dtype.blockElements != 0) return std::nullopt;
  return *count / dtype.blockElements * dtype.blockBytes;
}

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) {
    if (text.size() > 1) text += ",";
    text += std::to_string(extent);
  }
  return text + "]";
}

}  // namespace kinora::weights
