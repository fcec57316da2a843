// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;

/// Closes a descriptor when it goes out of sight.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

Error systemError(const std::string& what, const std::string& path, int code) {
  return {code == ENOENT || code == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Unreadable,
          what + ": " + std::strerror(code), path};
}

}  // namespace

core::Result<MappedFile> MappedFile::open(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a pipe must not hang us
  if (file.fd < 0) return systemError("cannot open", path, errno);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) return systemError("cannot read", path, errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::Unreadable, "not a regular file", path};
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return MappedFile(nullptr, 0);
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (map == MAP_FAILED) return systemError("cannot map", path, errno);
  return MappedFile(static_cast<const std::byte*>(map), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : m_data(std::exchange(other.m_data, nullptr)), m_size(std::exchange(other.m_size, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(m_data, other.m_data);
  std::swap(m_size, other.m_size);
  return *this;
}

void MappedFile::forget(std::size_t begin, std::size_t end) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = (begin + page - 1) / page * page;
  const std::size_t last = std::min(end, m_size) / page * page;
  // A hint: where it is not taken, the pages go when memory is short.
  if (first < last) ::madvise(const_cast<std::byte*>(m_data) + first, last - first, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (m_data) ::munmap(const_cast<std::byte*>(m_data), m_size);
}

}  // namespace kinora::weights
