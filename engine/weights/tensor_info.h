// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::weights {

/// How elements of a type lie in a file: blockElements of them in blockBytes. 1 element a block for plain types; more
/// for the quantised types of GGUF, whose layout ggml publishes (ggml-common.h).
struct Dtype {
  std::string_view name;  ///< safetensors' words for plain types ("F32", "F8_E4M3"), ggml's for blocks ("Q4_K")
  std::uint32_t blockElements;
  std::uint32_t blockBytes;

  bool isPlain() const { return blockElements == 1; }
};

/// nullptr for a name we do not know.
const Dtype* findDtype(std::string_view name);

/// One tensor of a weight file, already checked against the file.
struct TensorInfo {
  std::string name;
  std::string dtype;                ///< a name that findDtype knows
  std::vector<std::int64_t> shape;  ///< never negative, slowest axis first; empty: a scalar
  std::uint64_t begin = 0;          ///< first byte, counted from the start of the file
  std::uint64_t end = 0;            ///< one past the last byte

  bool operator==(const TensorInfo&) const = default;
};

/// A list in the header of a GGUF file, already checked against the file.
struct ArrayInfo {
  std::uint32_t type = 0;  ///< GGUF's number of the elements' type
  std::uint64_t count = 0;
  std::uint64_t begin = 0;  ///< first byte, counted from the start of the file
  std::uint64_t end = 0;    ///< one past the last byte
};

/// What the header of a weight file says.
struct WeightHeader {
  std::vector<TensorInfo> tensors;  ///< in the order of their data
  std::map<std::string, std::string> metadata;
  std::map<std::string, ArrayInfo, std::less<>> arrays;
};

/// Largest number of axes: what torch's iterators take.
inline constexpr std::size_t kMaxAxes = 64;

/// Product of the extents; nothing where it, or what torch multiplies for strides (a zero counts as one), overflows 63
/// bits.
std::optional<std::uint64_t> elementCount(const std::vector<std::int64_t>& shape);
/// Bytes of a tensor; nothing where the count overflows or is no whole number of blocks.
std::optional<std::uint64_t> tensorBytes(const Dtype& dtype, const std::vector<std::int64_t>& shape);

/// "[2,3]", as messages show shapes.
std::string shapeText(const std::vector<std::int64_t>& shape);

}  // namespace kinora::weights
