// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

namespace kinora::store {
namespace {

using core::Error;
using core::ErrorCode;

std::string randomToken() {
  std::random_device random;
  char digits[20];
  std::snprintf(digits, sizeof digits, "%08x%08x", static_cast<unsigned>(random()), static_cast<unsigned>(random()));
  return digits;
}

std::string fileOf(const std::string& folder, const std::string& token) {
  return (std::filesystem::path(folder) / (token + ".lock")).string();
}

/// Locked, and still the file of that name: another process may have taken it for a dead one's and removed it.
bool lockNow(int descriptor) {
  struct stat status {};
  return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && ::fstat(descriptor, &status) == 0 && status.st_nlink > 0;
}

}  // namespace

OwnerLock::OwnerLock(std::string token, std::string file, int descriptor)
    : m_token(std::move(token)), m_file(std::move(file)), m_descriptor(descriptor) {}

core::Result<std::unique_ptr<OwnerLock>> OwnerLock::create(const std::string& folder) {
  std::error_code ignored;  // the open below says what is wrong
  std::filesystem::create_directories(folder, ignored);
  while (true) {
    const std::string token = randomToken();
    const std::string file = fileOf(folder, token);
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0) {
      return Error{ErrorCode::NotWritable, std::string("the lock file cannot be made: ") + std::strerror(errno), file};
    }
    if (lockNow(descriptor)) return std::unique_ptr<OwnerLock>(new OwnerLock(token, file, descriptor));
    ::close(descriptor);
  }
}

core::Result<std::unique_ptr<OwnerLock>> OwnerLock::takeOver(const std::string& folder, const std::string& token) {
  const std::string file = fileOf(folder, token);
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return std::unique_ptr<OwnerLock>(new OwnerLock(token, file, -1));
  if (descriptor < 0)
    return Error{ErrorCode::Unreadable, std::string("the lock file cannot be opened: ") + std::strerror(errno), file};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    return std::unique_ptr<OwnerLock>(new OwnerLock(token, file, descriptor));
  const int number = errno;
  ::close(descriptor);
  if (number == EWOULDBLOCK) return std::unique_ptr<OwnerLock>();
  return Error{ErrorCode::Unreadable, std::string("the lock file cannot be locked: ") + std::strerror(number), file};
}

OwnerLock::~OwnerLock() {
  if (m_descriptor < 0) return;
  // Removed while locked, so that nobody locks a file that is about to lose its name.
  ::unlink(m_file.c_str());
  ::close(m_descriptor);
}

}  // namespace kinora::store
