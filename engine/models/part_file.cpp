// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <utility>

#include "engine/core/atomic_file.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;

/// "kinora-download 1 <bytes> <bytes a piece> <tag>"
std::string headerLine(std::uint64_t bytes, std::uint64_t pieceBytes, const std::string& tag) {
  return "kinora-download 1 " + std::to_string(bytes) + " " + std::to_string(pieceBytes) + " " + tag;
}

std::size_t pieceCount(std::uint64_t bytes, std::uint64_t pieceBytes) {
  return static_cast<std::size_t>((bytes + pieceBytes - 1) / pieceBytes);
}

struct Journal {
  std::string header;
  std::vector<std::string> lines;  ///< whole ones only: a line that a kill cut short has no end
};

Journal readJournal(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  Journal journal;
  std::size_t at = 0;
  for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    std::string line = text.substr(at, end - at);
    if (at == 0) {
      journal.header = std::move(line);
    } else {
      journal.lines.push_back(std::move(line));
    }
  }
  return journal;
}

/// Pieces that the journal names; what is no number in range is passed over and fetched again.
std::vector<bool> donePieces(const Journal& journal, std::size_t pieces) {
  std::vector<bool> done(pieces, false);
  for (const std::string& line : journal.lines) {
    std::size_t piece = 0;
    const auto [at, error] = std::from_chars(line.data(), line.data() + line.size(), piece);
    if (error == std::errc() && at == line.data() + line.size() && piece < pieces) done[piece] = true;
  }
  return done;
}

std::uint64_t countBytes(const std::vector<bool>& done, std::uint64_t bytes, std::uint64_t pieceBytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i]) sum += std::min(pieceBytes, bytes - i * pieceBytes);
  }
  return sum;
}

}  // namespace

core::Result<PartFile> PartFile::open(const std::string& target, std::uint64_t bytes, std::uint64_t pieceBytes,
                                      const std::string& tag) {
  PartFile file;
  file.m_target = target;
  file.m_bytes = bytes;
  file.m_pieceBytes = pieceBytes;
  file.m_done.assign(pieceCount(bytes, pieceBytes), false);
  const std::string header = headerLine(bytes, pieceBytes, tag);
  const Journal journal = readJournal(file.journalPath());
  std::error_code error;
  const bool known = journal.header == header && fs::file_size(file.partPath(), error) == bytes && !error;
  if (known) {
    file.m_done = donePieces(journal, file.m_done.size());
    file.m_doneCount = static_cast<std::size_t>(std::count(file.m_done.begin(), file.m_done.end(), true));
  }
  auto opened = known ? file.resume() : file.start(header);
  if (!opened) return opened.error();
  return file;
}

core::Result<void> PartFile::start(const std::string& header) {
  discard();
  m_part = ::open(partPath().c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (m_part < 0 || ::ftruncate(m_part, static_cast<off_t>(m_bytes)) != 0 || ::fsync(m_part) != 0)
    return core::writeFailure("written", errno, partPath());
  // The journal appears whole or not at all, and after the file it speaks of.
  if (auto written = core::writeAtomically(journalPath(), header + "\n"); !written) return written;
  return resume();
}

core::Result<void> PartFile::resume() {
  if (m_part < 0) m_part = ::open(partPath().c_str(), O_RDWR | O_CLOEXEC);
  if (m_part < 0) return core::writeFailure("opened", errno, partPath());
  m_journal = ::open(journalPath().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (m_journal < 0) return core::writeFailure("opened", errno, journalPath());
  // Ends a line that a kill cut short, so that the next one stands alone.
  if (::write(m_journal, "\n", 1) != 1) return core::writeFailure("written", errno, journalPath());
  return {};
}

PartFile::PartFile(PartFile&& other) noexcept {
  *this = std::move(other);
}

PartFile& PartFile::operator=(PartFile&& other) noexcept {
  std::swap(m_target, other.m_target);
  std::swap(m_bytes, other.m_bytes);
  std::swap(m_pieceBytes, other.m_pieceBytes);
  std::swap(m_done, other.m_done);
  std::swap(m_doneCount, other.m_doneCount);
  std::swap(m_part, other.m_part);
  std::swap(m_journal, other.m_journal);
  return *this;
}

PartFile::~PartFile() {
  close();
}

void PartFile::close() {
  if (m_part >= 0) ::close(m_part);
  if (m_journal >= 0) ::close(m_journal);
  m_part = m_journal = -1;
}

std::uint64_t PartFile::begin(std::size_t piece) const {
  return std::min(m_bytes, static_cast<std::uint64_t>(piece) * m_pieceBytes);
}

std::uint64_t PartFile::doneBytes() const {
  return countBytes(m_done, m_bytes, m_pieceBytes);
}

core::Result<void> PartFile::write(std::uint64_t offset, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t done = ::pwrite(m_part, data, size, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return core::writeFailure("written", errno, partPath());
    data += done;
    offset += static_cast<std::uint64_t>(done);
    size -= static_cast<std::size_t>(done);
  }
  return {};
}

core::Result<void> PartFile::markDone(std::size_t piece) {
  if (m_done[piece]) return {};
  if (::fdatasync(m_part) != 0) return core::writeFailure("written", errno, partPath());
  const std::string line = std::to_string(piece) + "\n";
  if (::write(m_journal, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || ::fdatasync(m_journal) != 0)
    return core::writeFailure("written", errno, journalPath());
  m_done[piece] = true;
  ++m_doneCount;
  return {};
}

core::Result<void> PartFile::rename() {
  if (::fsync(m_part) != 0 || ::rename(partPath().c_str(), m_target.c_str()) != 0)
    return core::writeFailure("written", errno, m_target);
  close();
  ::unlink(journalPath().c_str());
  core::syncFolder(fs::path(m_target).parent_path().string());
  return {};
}

void PartFile::discard() {
  close();
  // The journal first: what it says must never outlive what it speaks of.
  ::unlink(journalPath().c_str());
  ::unlink(partPath().c_str());
  m_done.assign(m_done.size(), false);
  m_doneCount = 0;
}

std::uint64_t PartFile::doneBytesOf(const std::string& target) {
  const Journal journal = readJournal(target + ".journal");
  unsigned long long bytes = 0;
  unsigned long long pieceBytes = 0;
  if (std::sscanf(journal.header.c_str(), "kinora-download 1 %llu %llu", &bytes, &pieceBytes) != 2) return 0;
  if (pieceBytes == 0 || bytes / pieceBytes > (1u << 28)) return 0;
  return countBytes(donePieces(journal, pieceCount(bytes, pieceBytes)), bytes, pieceBytes);
}

}  // namespace kinora::models
