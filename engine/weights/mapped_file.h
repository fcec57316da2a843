// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "engine/core/result.h"

namespace kinora::weights {

/// A regular file mapped read-only; the bytes are valid as long as this lives. Writing to them crashes. Immutable, so
/// any thread may read.
class MappedFile {
 public:
  /// Errors: NotFound, Unreadable (also what is no regular file); the context is the path.
  static core::Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {m_data, m_size}; }
  /// Gives back the memory of the pages that lie whole in [begin, end). Reading them again brings them back.
  void forget(std::size_t begin, std::size_t end) const;

 private:
  MappedFile(const std::byte* data, std::size_t size) : m_data(data), m_size(size) {}

  const std::byte* m_data;  ///< nullptr for an empty file
  std::size_t m_size;
};

}  // namespace kinora::weights
