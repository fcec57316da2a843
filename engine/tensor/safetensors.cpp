// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/safetensors.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/tensor/safetensors_header.h"

namespace kinora::tensor {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

struct DtypeType {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array kTypes{DtypeType{"F64", at::kDouble},
                            DtypeType{"F32", at::kFloat},
                            DtypeType{"F16", at::kHalf},
                            DtypeType{"BF16", at::kBFloat16},
                            DtypeType{"I64", at::kLong},
                            DtypeType{"I32", at::kInt},
                            DtypeType{"I16", at::kShort},
                            DtypeType{"I8", at::kChar},
                            DtypeType{"U8", at::kByte},
                            DtypeType{"BOOL", at::kBool},
                            DtypeType{"F8_E4M3", at::kFloat8_e4m3fn},
                            DtypeType{"F8_E5M2", at::kFloat8_e5m2}};

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

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::int64_t extent : shape) {
    if (text.size() > 1) text += ",";
    text += std::to_string(extent);
  }
  return text + "]";
}

bool scalarTypeOf(std::string_view dtype, c10::ScalarType& type) {
  for (const DtypeType& entry : kTypes) {
    if (entry.name == dtype) {
      type = entry.type;
      return true;
    }
  }
  return false;
}

std::string_view dtypeName(c10::ScalarType type) {
  for (const DtypeType& entry : kTypes) {
    if (entry.type == type) return entry.name;
  }
  return {};
}

SafetensorsFile::~SafetensorsFile() {
  if (m_map) ::munmap(const_cast<std::byte*>(m_map), m_mapBytes);
}

Result<std::shared_ptr<const SafetensorsFile>> SafetensorsFile::open(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return systemError("cannot open", path, errno);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) return systemError("cannot read", path, errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::Unreadable, "not a regular file", path};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < 8) {
    return Error{ErrorCode::Corrupt, "too short; expected at least 8 bytes, got " + std::to_string(size), path};
  }

  std::shared_ptr<SafetensorsFile> result(new SafetensorsFile);
  result->m_path = path;
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (map == MAP_FAILED) return systemError("cannot map", path, errno);
  result->m_map = static_cast<const std::byte*>(map);
  result->m_mapBytes = size;

  std::uint64_t headerBytes = 0;
  for (int i = 7; i >= 0; --i) headerBytes = headerBytes << 8 | std::to_integer<std::uint64_t>(result->m_map[i]);
  if (headerBytes > kMaxHeaderBytes || headerBytes > size - 8) {
    return Error{ErrorCode::Corrupt,
                 "header length; expected at most " + std::to_string(std::min(kMaxHeaderBytes, size - 8)) +
                     " bytes, got " + std::to_string(headerBytes),
                 path};
  }
  result->m_dataOffset = 8 + headerBytes;
  auto header = parseSafetensorsHeader({reinterpret_cast<const char*>(result->m_map) + 8, headerBytes},
                                       size - result->m_dataOffset);
  if (!header) return Error{header.error().code, header.error().message, path};
  result->m_tensors = std::move(header->tensors);
  result->m_metadata = std::move(header->metadata);
  for (std::size_t i = 0; i < result->m_tensors.size(); ++i) result->m_index.emplace(result->m_tensors[i].name, i);
  return std::shared_ptr<const SafetensorsFile>(std::move(result));
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = m_index.find(name);
  return found == m_index.end() ? nullptr : &m_tensors[found->second];
}

at::Tensor SafetensorsFile::tensor(const TensorInfo& info) const {
  at::ScalarType type = at::kByte;
  TORCH_CHECK(scalarTypeOf(info.dtype, type), "unknown dtype ", info.dtype);
  if (info.begin == info.end) return at::empty(info.shape, type);
  const std::byte* data = m_map + m_dataOffset + info.begin;
  const auto elementSize = elementBytes(info.dtype);
  if (reinterpret_cast<std::uintptr_t>(data) % elementSize != 0) {
    at::Tensor copy = at::empty(info.shape, type);
    std::memcpy(copy.data_ptr(), data, info.end - info.begin);
    return copy;
  }
  auto keepAlive = [self = shared_from_this()](void*) {};
  auto* address = const_cast<std::byte*>(data);
  if (type == at::kBool) {
    // A byte that is neither 0 nor 1 must not become a bool.
    return at::from_blob(address, info.shape, keepAlive, at::TensorOptions(at::kByte)).ne(0);
  }
  return at::from_blob(address, info.shape, keepAlive, at::TensorOptions(type));
}

}  // namespace kinora::tensor
