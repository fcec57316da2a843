// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace kinora::media {

/// Integers at offsets of untrusted bytes: reads outside give 0, which no header takes for a valid size.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> data, bool bigEndian = true) : m_data(data), m_big(bigEndian) {}

  std::size_t size() const { return m_data.size(); }
  bool has(std::size_t offset, std::size_t count) const { return offset <= size() && count <= size() - offset; }
  std::uint32_t u8(std::size_t at) const { return has(at, 1) ? m_data[at] : 0u; }
  std::uint32_t u16(std::size_t at) const { return integer(at, 2); }
  std::uint32_t u24(std::size_t at) const { return integer(at, 3); }
  std::uint32_t u32(std::size_t at) const { return integer(at, 4); }
  bool equals(std::size_t at, std::string_view text) const {
    return has(at, text.size()) && std::memcmp(m_data.data() + at, text.data(), text.size()) == 0;
  }
  std::span<const std::uint8_t> part(std::size_t at, std::size_t count) const {
    return has(at, count) ? m_data.subspan(at, count) : std::span<const std::uint8_t>{};
  }

 private:
  std::uint32_t integer(std::size_t at, std::size_t bytes) const {
    if (!has(at, bytes)) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = (value << 8) | m_data[m_big ? at + i : at + bytes - 1 - i];
    return value;
  }
  std::span<const std::uint8_t> m_data;
  bool m_big;
};

}  // namespace kinora::media
