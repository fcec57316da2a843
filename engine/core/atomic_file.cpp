// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

namespace kinora::core {
namespace {

namespace fs = std::filesystem;

/// A file descriptor and the temporary name behind it; both go unless the name was taken over.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& beside) {
    std::random_device random;
    char unique[32];
    std::snprintf(unique, sizeof unique, ".%08x%08x.tmp", random(), random());
    m_name = (beside.parent_path() / unique).string();
    m_descriptor = ::open(m_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  ~TemporaryFile() {
    if (m_descriptor < 0) return;
    ::close(m_descriptor);
    if (!m_renamed) ::unlink(m_name.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return m_descriptor; }
  bool renameTo(const fs::path& target) {
    m_renamed = ::rename(m_name.c_str(), target.c_str()) == 0;
    return m_renamed;
  }

 private:
  std::string m_name;
  int m_descriptor = -1;
  bool m_renamed = false;
};

bool writeAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(descriptor, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

/// Gives the new file the permissions of the one it replaces.
bool keepMode(int descriptor, const fs::path& target) {
  struct stat status {};
  return ::stat(target.c_str(), &status) != 0 || ::fchmod(descriptor, status.st_mode & 07777) == 0;
}

}  // namespace

Error writeFailure(const char* what, int number, const std::string& file) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return {full ? ErrorCode::DiskFull : ErrorCode::NotWritable,
          std::string("the file cannot be ") + what + ": " + std::strerror(number), file};
}

void syncFolder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

Result<void> writeAtomically(const std::string& file, std::string_view text) {
  std::error_code error;
  fs::path target = fs::absolute(file, error);
  if (const fs::path real = fs::canonical(target, error); !error) target = real;
  if (fs::is_directory(target, error)) return writeFailure("written", EISDIR, file);

  TemporaryFile temporary(target);
  if (temporary.descriptor() < 0) return writeFailure("written", errno, file);
  if (!writeAll(temporary.descriptor(), text)) return writeFailure("written", errno, file);
  if (!keepMode(temporary.descriptor(), target)) return writeFailure("written", errno, file);
  if (::fsync(temporary.descriptor()) != 0) return writeFailure("written", errno, file);
  if (!temporary.renameTo(target)) return writeFailure("replaced", errno, file);
  syncFolder(target.parent_path().string());
  return {};
}

}  // namespace kinora::core
