// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <system_error>
#include <vector>

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

namespace kinora::media {
namespace {

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

/// A hidden name in the target's folder. It does not hold the target's name, which may be as long as a name can be.
std::string temporaryName(const std::filesystem::path& folder) {
  std::random_device random;
  std::uint8_t bytes[8];
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return (folder / (".kinora-" + hex(bytes, sizeof bytes) + ".part")).string();
}

}  // namespace

core::Error writeError(int errorNumber, const std::string& path) {
  switch (errorNumber) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {core::ErrorCode::DiskFull,
              std::string("the disk has no room for the file: ") + std::strerror(errorNumber), path};
    case ENOMEM:
      return {core::ErrorCode::OutOfMemory, "no memory to write the file", path};
    default:
      return {core::ErrorCode::NotWritable, std::string("the file cannot be written: ") + std::strerror(errorNumber),
              path};
  }
}

AtomicFile::AtomicFile(std::string target, std::string temporary, int fd)
    : m_target(std::move(target)), m_temporary(std::move(temporary)), m_fd(fd) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_target(std::move(other.m_target)), m_temporary(std::move(other.m_temporary)), m_fd(other.m_fd) {
  other.m_fd = -1;
}

AtomicFile::~AtomicFile() {
  if (m_fd < 0) return;
  ::close(m_fd);
  ::unlink(m_temporary.c_str());
}

core::Result<AtomicFile> AtomicFile::create(const std::string& target) {
  if (target.empty()) return core::Error{core::ErrorCode::NotWritable, "no output path given", {}};
  std::error_code code;
  const std::filesystem::path path = std::filesystem::absolute(target, code).lexically_normal();
  if (code) return writeError(code.value(), target);
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) {
      return core::Error{core::ErrorCode::NotWritable, "the output is not a file; expected a file's name",
                         path.string()};
    }
    // rename() would replace a write-protected file without asking.
    if (::access(path.c_str(), W_OK) != 0) return writeError(errno, path.string());
  } else if (errno != ENOENT) {
    return writeError(errno, path.string());
  }
  for (int attempt = 0; attempt < 8; ++attempt) {
    std::string temporary = temporaryName(path.parent_path());
    const int fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) return AtomicFile(path.string(), std::move(temporary), fd);
    if (errno != EEXIST) break;
  }
  return writeError(errno, path.string());
}

int AtomicFile::writeAt(const void* data, std::size_t size, std::int64_t offset) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  while (size > 0) {
    const ssize_t written = ::pwrite(m_fd, bytes, size, offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (written == 0) return EIO;
    bytes += written;
    size -= static_cast<std::size_t>(written);
    offset += written;
  }
  return 0;
}

core::Result<std::string> AtomicFile::sha256() const {
  const std::unique_ptr<AVSHA, decltype(&av_free)> sha(av_sha_alloc(), &av_free);
  if (!sha || av_sha_init(sha.get(), 256) < 0) return core::Error{core::ErrorCode::OutOfMemory, "no memory", m_target};
  std::vector<std::uint8_t> buffer(1 << 18);
  for (std::int64_t offset = 0;;) {
    const ssize_t got = ::pread(m_fd, buffer.data(), buffer.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::Error{core::ErrorCode::Unreadable, std::strerror(errno), m_target};
    if (got == 0) break;
    av_sha_update(sha.get(), buffer.data(), static_cast<std::size_t>(got));
    offset += got;
  }
  std::uint8_t digest[32];
  av_sha_final(sha.get(), digest);
  return hex(digest, sizeof digest);
}

core::Result<void> AtomicFile::commit() {
  if (::fsync(m_fd) != 0) return writeError(errno, m_target);
  if (::rename(m_temporary.c_str(), m_target.c_str()) != 0) return writeError(errno, m_target);
  ::close(m_fd);
  m_fd = -1;
  // The rename itself survives a power cut only once the folder is on disk. A file system that cannot sync folders
  // (EINVAL) has nothing to add.
  const std::string folder = std::filesystem::path(m_target).parent_path().string();
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    const int result = ::fsync(fd) != 0 ? errno : 0;
    ::close(fd);
    if (result != 0 && result != EINVAL) return writeError(result, m_target);
  }
  return {};
}

}  // namespace kinora::media
