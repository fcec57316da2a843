// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/core/result.h"

namespace kinora::models {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces. One thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(const void* data, std::size_t size);
  /// 64 lower-case hex digits; empty if the library failed. Once.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

struct HashedFile {
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// Reads file once. advance is told the bytes of each piece and answers false to stop. Unreadable, Cancelled.
core::Result<HashedFile> hashFile(const std::string& file, const std::function<bool(std::uint64_t)>& advance);

}  // namespace kinora::models
