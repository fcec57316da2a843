// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/sha256.h"

#include <openssl/evp.h>

#include <fstream>
#include <vector>

namespace kinora::models {
namespace {

using core::Error;
using core::ErrorCode;

constexpr std::size_t kChunkBytes = 1u << 20;

}  // namespace

struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  bool ok = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
};

Sha256::Sha256() : m_impl(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;

void Sha256::add(const void* data, std::size_t size) {
  m_impl->ok = m_impl->ok && EVP_DigestUpdate(m_impl->context.get(), data, size) == 1;
}

std::string Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!m_impl->ok || EVP_DigestFinal_ex(m_impl->context.get(), digest, &size) != 1) return {};
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

core::Result<HashedFile> hashFile(const std::string& file, const std::function<bool(std::uint64_t)>& advance) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error{ErrorCode::Unreadable, "the file cannot be opened", file};
  Sha256 hash;
  HashedFile hashed;
  std::vector<char> chunk(kChunkBytes);
  while (stream) {
    stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto got = static_cast<std::size_t>(stream.gcount());
    hash.add(chunk.data(), got);
    hashed.bytes += got;
    if (advance && !advance(got)) return Error{ErrorCode::Cancelled, "cancelled", file};
  }
  if (stream.bad()) return Error{ErrorCode::Unreadable, "the file cannot be read to its end", file};
  hashed.sha256 = hash.finish();
  if (hashed.sha256.empty()) return Error{ErrorCode::Internal, "SHA-256 is not available", file};
  return hashed;
}

}  // namespace kinora::models
