// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/core/result.h"

namespace kinora::media {

/// DiskFull, NotWritable or OutOfMemory for an errno of open, write, fsync or rename.
core::Error writeError(int errorNumber, const std::string& path);

/// A file that appears under its name only when it is whole: written beside the target under a hidden name, fsynced and
/// renamed by commit(). Destroyed without commit(), it is gone. One thread.
class AtomicFile {
 public:
  /// NotWritable where target is a folder, write-protected, or lies in no writable folder.
  static core::Result<AtomicFile> create(const std::string& target);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  const std::string& target() const { return m_target; }            ///< absolute
  const std::string& temporaryPath() const { return m_temporary; }  ///< absolute
  /// Writes all of size bytes at offset; an errno, or 0.
  int writeAt(const void* data, std::size_t size, std::int64_t offset);
  /// SHA-256 of what has been written, lower-case hex.
  core::Result<std::string> sha256() const;
  /// fsync, rename, fsync of the folder.
  core::Result<void> commit();

 private:
  AtomicFile(std::string target, std::string temporary, int fd);
  std::string m_target;
  std::string m_temporary;
  int m_fd = -1;
};

}  // namespace kinora::media
