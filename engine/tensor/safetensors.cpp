// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/safetensors.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/tensor/weight_reader.h"

namespace kinora::tensor {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

struct Entry {
  std::string name;
  at::Tensor data;  // contiguous, on the CPU
  std::uint64_t bytes = 0;
};

/// A temporary file beside the target that is removed unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : m_target(target), m_path(target + ".part-XXXXXX") {
    m_fd = ::mkostemp(m_path.data(), O_CLOEXEC);
  }
  ~TemporaryFile() {
    if (m_fd < 0) return;
    ::close(m_fd);
    if (!m_done) ::unlink(m_path.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool opened() const { return m_fd >= 0; }
  bool write(const void* data, std::uint64_t bytes) {
    const auto* at = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t written = ::write(m_fd, at, std::min<std::uint64_t>(bytes, 1u << 30));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      at += written;
      bytes -= static_cast<std::uint64_t>(written);
    }
    return true;
  }
  bool commit() {
    if (::fchmod(m_fd, 0644) != 0 || ::fsync(m_fd) != 0) return false;
    if (::rename(m_path.c_str(), m_target.c_str()) != 0) return false;
    m_done = true;
    // The rename itself must survive a power cut too.
    const std::string folder = std::filesystem::path(m_target).parent_path().string();
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
      ::fsync(fd);
      ::close(fd);
    }
    return true;
  }

 private:
  std::string m_target;
  std::string m_path;
  int m_fd = -1;
  bool m_done = false;
};

Result<std::string> makeHeader(const std::vector<Entry>& entries, const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const Entry& entry : entries) {
    header[entry.name] = {{"dtype", dtypeName(entry.data.scalar_type())},
                          {"shape", entry.data.sizes().vec()},
                          {"data_offsets", {offset, offset + entry.bytes}}};
    offset += entry.bytes;
  }
  try {
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  } catch (const nlohmann::json::exception&) {
    return Error{ErrorCode::InvalidInput, "a tensor name or metadata value is not UTF-8", {}};
  }
}

Error writeError(const std::string& path, int code) {
  const bool full = code == ENOSPC || code == EDQUOT;
  return {full ? ErrorCode::DiskFull : ErrorCode::NotWritable, std::string("cannot write: ") + std::strerror(code),
          path};
}

}  // namespace

Result<void> writeSafetensors(const std::string& path, const std::map<std::string, at::Tensor>& tensors,
                              const std::map<std::string, std::string>& metadata) {
  std::vector<Entry> entries;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined() || dtypeName(tensor.scalar_type()).empty() || name == "__metadata__") {
      return Error{ErrorCode::InvalidInput, "tensor \"" + name + "\" cannot be stored as safetensors", path};
    }
    entries.push_back({name, tensor.to(at::kCPU).contiguous(), tensor.nbytes()});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.data.element_size() > b.data.element_size(); });
  Result<std::string> header = makeHeader(entries, metadata);
  if (!header) return Error{header.error().code, header.error().message, path};

  TemporaryFile file(path);
  if (!file.opened()) return writeError(path, errno);
  unsigned char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<unsigned char>(header->size() >> (8 * i));
  bool good = file.write(length, 8) && file.write(header->data(), header->size());
  for (const Entry& entry : entries) good = good && file.write(entry.data.const_data_ptr(), entry.bytes);
  if (!good || !file.commit()) return writeError(path, errno);
  return {};
}

}  // namespace kinora::tensor
