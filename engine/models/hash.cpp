// SPDX-License-Identifier: GPL-3.0-or-later
#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "engine/models/model_catalogue.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;

constexpr std::size_t kChunkBytes = 1u << 20;

/// Adds what was read; false: stop.
using Advance = std::function<bool(std::uint64_t)>;

class Sha256 {
 public:
  Sha256() : m_context(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    m_ok = m_context && EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) == 1;
  }
  void add(const char* data, std::size_t size) { m_ok = m_ok && EVP_DigestUpdate(m_context.get(), data, size) == 1; }
  /// Lower-case hex; empty if the library failed.
  std::string finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!m_ok || EVP_DigestFinal_ex(m_context.get(), digest, &size) != 1) return {};
    constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
      text += kHex[digest[i] >> 4];
      text += kHex[digest[i] & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> m_context;
  bool m_ok = false;
};

core::Result<FileCheck> hashFile(const fs::path& file, const std::string& name, const Advance& advance) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error{ErrorCode::Unreadable, "the file cannot be opened", file.string()};
  Sha256 hash;
  FileCheck check{name, 0, {}};
  std::vector<char> chunk(kChunkBytes);
  while (stream) {
    stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto got = static_cast<std::size_t>(stream.gcount());
    hash.add(chunk.data(), got);
    check.bytes += got;
    if (!advance(got)) return Error{ErrorCode::Cancelled, "cancelled", file.string()};
  }
  if (stream.bad()) return Error{ErrorCode::Unreadable, "the file cannot be read to its end", file.string()};
  check.sha256 = hash.finish();
  if (check.sha256.empty()) return Error{ErrorCode::Internal, "SHA-256 is not available", file.string()};
  return check;
}

core::Result<std::vector<fs::path>> filesOf(const std::string& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) files.push_back(it->path());
  }
  if (error) return Error{ErrorCode::Unreadable, "the folder cannot be read: " + error.message(), directory};
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

core::Result<std::vector<FileCheck>> hashModel(const core::ModelInfo& model,
                                               const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                               std::stop_token stop) {
  const auto files = filesOf(model.directory);
  if (!files) return files.error();
  std::uint64_t total = 0;
  for (const fs::path& file : *files) {
    std::error_code ignored;
    const std::uintmax_t size = fs::file_size(file, ignored);
    if (!ignored) total += size;
  }
  std::uint64_t done = 0;
  const Advance advance = [&](std::uint64_t bytes) {
    done += bytes;
    if (progress) progress(std::min(done, total), total);
    return !stop.stop_requested();
  };
  std::vector<FileCheck> checks;
  for (const fs::path& file : *files) {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled", model.id};
    auto check = hashFile(file, file.lexically_relative(model.directory).generic_string(), advance);
    if (!check) return check.error();
    checks.push_back(std::move(check).value());
  }
  return checks;
}

}  // namespace kinora::models
