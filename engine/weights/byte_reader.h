// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace kinora::weights {

static_assert(std::endian::native == std::endian::little, "weight files are read in place, and they are little-endian");

/// Reads little-endian values one after another. A read past the end gives 0 or "" and sticks as failed(), so that a
/// parser can read a row of fields and ask once.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes, std::uint64_t at = 0)
      : m_bytes(bytes), m_at(at), m_failed(at > bytes.size()) {}

  bool failed() const { return m_failed; }
  std::uint64_t position() const { return m_at; }
  std::uint64_t left() const { return m_failed ? 0 : m_bytes.size() - m_at; }

  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value{};
    if (take(sizeof(T))) std::memcpy(&value, m_bytes.data() + m_at - sizeof(T), sizeof(T));
    return value;
  }
  /// Points into the bytes.
  std::string_view text(std::uint64_t length) {
    if (!take(length)) return {};
    return {reinterpret_cast<const char*>(m_bytes.data()) + m_at - length, static_cast<std::size_t>(length)};
  }
  /// Up to, without, the next newline, which is skipped too.
  std::string_view line() {
    const std::string_view rest = failed() ? std::string_view()
                                           : std::string_view(reinterpret_cast<const char*>(m_bytes.data()) + m_at,
                                                              static_cast<std::size_t>(left()));
    const std::size_t length = rest.find('\n');
    m_failed = length == rest.npos;
    if (m_failed) return {};
    m_at += length + 1;
    return rest.substr(0, length);
  }
  void skip(std::uint64_t length) { take(length); }

 private:
  bool take(std::uint64_t length) {
    if (length > left()) m_failed = true;
    if (m_failed) return false;
    m_at += length;
    return true;
  }

  std::span<const std::byte> m_bytes;
  std::uint64_t m_at;
  bool m_failed;
};

}  // namespace kinora::weights
