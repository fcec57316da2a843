// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/weights/mapped_file.h"
#include "engine/weights/tensor_info.h"

namespace kinora::weights {

enum class FileFormat { Safetensors, Gguf, Torch };

/// "safetensors", "GGUF", "torch".
const char* formatName(FileFormat format);
/// What the first bytes say; nothing for a file that is no weight file at all.
std::optional<FileFormat> sniffFormat(std::span<const std::byte> file);

/// A file of weights in any format we read, mapped read-only. Nothing is unpacked or copied. Immutable, so any thread
/// may read it.
class WeightFile {
 public:
  /// Recognises the format by the content and checks the whole header (see parseSafetensors, parseGguf and
  /// parseTorchArchive). Errors: NotFound, Unreadable, Corrupt, Unsupported; the context is the path.
  static core::Result<std::shared_ptr<const WeightFile>> open(const std::string& path);

  const std::string& path() const { return m_path; }
  FileFormat format() const { return m_format; }
  std::uint64_t size() const { return m_map.bytes().size(); }
  /// All tensors in the order of their data.
  const std::vector<TensorInfo>& tensors() const { return m_header.tensors; }
  /// nullptr where there is none of that name.
  const TensorInfo* find(std::string_view name) const;
  /// safetensors' `__metadata__`, GGUF's scalar values.
  const std::map<std::string, std::string>& metadata() const { return m_header.metadata; }
  /// A list in GGUF's header; nullptr where there is none of that name.
  const ArrayInfo* array(std::string_view key) const;
  std::span<const std::byte> bytes(const ArrayInfo& array) const {
    return m_map.bytes().subspan(array.begin, array.end - array.begin);
  }
  /// The bytes of one of tensors(), as they lie in the file.
  std::span<const std::byte> bytes(const TensorInfo& info) const {
    return m_map.bytes().subspan(info.begin, info.end - info.begin);
  }
  /// Gives back the memory that reading one of tensors() took; reading it again brings it back.
  void forget(const TensorInfo& info) const { m_map.forget(info.begin, info.end); }

 private:
  WeightFile(std::string path, FileFormat format, MappedFile map, WeightHeader header);

  std::string m_path;
  FileFormat m_format;
  MappedFile m_map;
  WeightHeader m_header;
  std::map<std::string_view, const TensorInfo*, std::less<>> m_index;  ///< into m_header
};

}  // namespace kinora::weights
