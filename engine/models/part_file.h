// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/result.h"

namespace kinora::models {

/// A file on its way: <target>.part, sparse and of full size, beside <target>.journal, which lists the pieces that are
/// on the disk. A piece counts only when first its bytes and then its line have been synced, so what a killed process
/// leaves is true. One thread; one process (the download's lock sees to that).
class PartFile {
 public:
  /// Opens what an earlier run left, or begins anew where there is nothing or where size, piece length or tag differ.
  /// tag names the version of the content (the server's ETag, the expected hash), on one line.
  static core::Result<PartFile> open(const std::string& target, std::uint64_t bytes, std::uint64_t pieceBytes,
                                     const std::string& tag);
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&& other) noexcept;
  ~PartFile();

  std::uint64_t bytes() const { return m_bytes; }
  std::size_t pieces() const { return m_done.size(); }
  bool isDone(std::size_t piece) const { return m_done[piece]; }
  bool isComplete() const { return m_doneCount == m_done.size(); }
  std::uint64_t doneBytes() const;
  /// First byte of a piece; of pieces(): the size.
  std::uint64_t begin(std::size_t piece) const;

  core::Result<void> write(std::uint64_t offset, const char* data, std::size_t size);
  core::Result<void> markDone(std::size_t piece);
  std::string partPath() const { return m_target + ".part"; }
  /// The whole file takes its name; the journal goes.
  core::Result<void> rename();
  /// Forgets all pieces and removes both files.
  void discard();

  /// Bytes that the journal beside target counts as done; 0 without one.
  static std::uint64_t doneBytesOf(const std::string& target);

 private:
  PartFile() = default;
  std::string journalPath() const { return m_target + ".journal"; }
  core::Result<void> start(const std::string& header);
  core::Result<void> resume();
  void close();

  std::string m_target;
  std::uint64_t m_bytes = 0;
  std::uint64_t m_pieceBytes = 1;
  std::vector<bool> m_done;
  std::size_t m_doneCount = 0;
  int m_part = -1;
  int m_journal = -1;
};

}  // namespace kinora::models
