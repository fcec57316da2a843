// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::tensor {

/// One entry of a safetensors header, already checked against the file.
struct TensorInfo {
  std::string name;
  std::string dtype;                ///< as written: "F32", "BF16", "F8_E4M3", …
  std::vector<std::int64_t> shape;  ///< never negative; empty: a scalar
  std::uint64_t begin = 0;          ///< first byte, counted from the end of the header
  std::uint64_t end = 0;            ///< one past the last byte

  bool operator==(const TensorInfo&) const = default;
};

/// "[2,3]", as messages show shapes.
std::string shapeText(const std::vector<std::int64_t>& shape);
/// Torch's type of a safetensors dtype name; false for a name we do not know.
bool scalarTypeOf(std::string_view dtype, c10::ScalarType& type);
/// Inverse of scalarTypeOf; "" for a type the format has no name for.
std::string_view dtypeName(c10::ScalarType type);

/// A safetensors file, mapped read-only. Format: 8-byte little-endian header length, JSON header, data
/// (https://github.com/huggingface/safetensors, README "Format"). Immutable, so any thread may read it.
class SafetensorsFile : public std::enable_shared_from_this<SafetensorsFile> {
 public:
  static constexpr std::uint64_t kMaxHeaderBytes = 100u << 20;

  /// Maps path and checks everything that can be checked without reading values: header length against the file and
  /// 100 MiB, strict JSON, no duplicate names, known dtypes, shapes, offsets, byte counts, no overlap and no hole.
  /// Errors: NotFound, Unreadable, Corrupt; the context is the path.
  static core::Result<std::shared_ptr<const SafetensorsFile>> open(const std::string& path);
  ~SafetensorsFile();
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::string& path() const { return m_path; }
  /// All tensors in the order of their data.
  const std::vector<TensorInfo>& tensors() const { return m_tensors; }
  /// nullptr where there is none of that name.
  const TensorInfo* find(std::string_view name) const;
  /// The `__metadata__` entry.
  const std::map<std::string, std::string>& metadata() const { return m_metadata; }
  /// A CPU tensor that views the mapping and keeps it alive: reading is fine, writing in place crashes. Data that is
  /// not aligned to its element size is copied. info must come from this file.
  at::Tensor tensor(const TensorInfo& info) const;

 private:
  SafetensorsFile() = default;

  std::string m_path;
  const std::byte* m_map = nullptr;
  std::size_t m_mapBytes = 0;
  std::uint64_t m_dataOffset = 0;
  std::vector<TensorInfo> m_tensors;
  std::map<std::string, std::size_t, std::less<>> m_index;
  std::map<std::string, std::string> m_metadata;
};

/// Writes tensors (any device; made contiguous on the CPU) in order of name, through a temporary file, fsync and
/// rename: path holds either its old content or all of the new. The same input gives the same bytes. Errors:
/// NotWritable, DiskFull, InvalidInput (a dtype the format does not have).
core::Result<void> writeSafetensors(const std::string& path, const std::map<std::string, at::Tensor>& tensors,
                                    const std::map<std::string, std::string>& metadata = {});

}  // namespace kinora::tensor
