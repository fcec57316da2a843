// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the start pictures of the goldens without a picture library, which engine-only machines lack: 8-bit RGB PNG,
// not interlaced (PNG specification, 3rd edition; RFC 1951 for the compressed stream).
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/core/frame.h"

namespace kinora::test {

using Bytes = std::vector<std::uint8_t>;

/// RFC 1951 decompression; throws std::out_of_range or std::runtime_error on damage.
class Inflater {
 public:
  explicit Inflater(const Bytes& data, std::size_t begin) : m_data(data), m_byte(begin) {}

  Bytes run() {
    for (bool last = false; !last;) {
      last = bits(1) != 0;
      const unsigned type = bits(2);
      if (type == 0) {
        stored();
      } else if (type == 1) {
        fixedBlock();
      } else {
        dynamicBlock();
      }
    }
    return m_out;
  }

 private:
  struct Huffman {
    std::array<int, 16> count{};
    std::vector<int> symbols;

    explicit Huffman(const std::vector<int>& lengths) : symbols(lengths.size()) {
      for (const int length : lengths) ++count[static_cast<std::size_t>(length)];
      count[0] = 0;
      std::array<int, 16> offset{};
      for (std::size_t i = 1; i < 15; ++i) offset[i + 1] = offset[i] + count[i];
      for (std::size_t s = 0; s < lengths.size(); ++s) {
        if (const int length = lengths[s])
          symbols[static_cast<std::size_t>(offset[static_cast<std::size_t>(length)]++)] = static_cast<int>(s);
      }
    }
  };

  unsigned bits(int n) {
    unsigned value = 0;
    for (int i = 0; i < n; ++i) {
      value |= ((static_cast<unsigned>(m_data.at(m_byte)) >> m_bit) & 1u) << i;
      if (++m_bit == 8) {
        m_bit = 0;
        ++m_byte;
      }
    }
    return value;
  }

  int symbol(const Huffman& huffman) {
    int code = 0, first = 0, index = 0;
    for (std::size_t length = 1; length < 16; ++length) {
      code |= static_cast<int>(bits(1));
      const int count = huffman.count[length];
      if (code - count < first) return huffman.symbols.at(static_cast<std::size_t>(index + code - first));
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw std::runtime_error("bad code");
  }

  void stored() {
    if (m_bit) ++m_byte;
    m_bit = 0;
    const unsigned length = bits(16);
    bits(16);  // its complement
    for (unsigned i = 0; i < length; ++i) m_out.push_back(static_cast<std::uint8_t>(bits(8)));
  }

  void fixedBlock() {
    std::vector<int> lengths(288, 8);
    for (std::size_t i = 144; i < 256; ++i) lengths[i] = 9;
    for (std::size_t i = 256; i < 280; ++i) lengths[i] = 7;
    compressed(Huffman(lengths), Huffman(std::vector<int>(30, 5)));
  }

  void dynamicBlock() {
    constexpr std::array<std::size_t, 19> kOrder{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    const std::size_t literals = bits(5) + 257;
    const std::size_t distances = bits(5) + 1;
    const std::size_t codes = bits(4) + 4;
    std::vector<int> lengths(19, 0);
    for (std::size_t i = 0; i < codes; ++i) lengths[kOrder.at(i)] = static_cast<int>(bits(3));
    const Huffman meta(lengths);
    lengths.clear();
    while (lengths.size() < literals + distances) {
      const int s = symbol(meta);
      if (s < 16) {
        lengths.push_back(s);
      } else if (s == 16) {
        const int previous = lengths.at(lengths.size() - 1);
        lengths.insert(lengths.end(), 3 + bits(2), previous);
      } else {
        lengths.insert(lengths.end(), s == 17 ? 3 + bits(3) : 11 + bits(7), 0);
      }
    }
    const auto split = lengths.begin() + static_cast<std::ptrdiff_t>(literals);
    compressed(Huffman({lengths.begin(), split}), Huffman({split, lengths.end()}));
  }

  void compressed(const Huffman& literal, const Huffman& distance) {
    constexpr std::array<int, 29> kLength{3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                          31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    constexpr std::array<int, 29> kLengthBits{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                              2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    for (int s = symbol(literal); s != 256; s = symbol(literal)) {
      if (s < 256) {
        m_out.push_back(static_cast<std::uint8_t>(s));
        continue;
      }
      const auto row = static_cast<std::size_t>(s - 257);
      const unsigned length = static_cast<unsigned>(kLength.at(row)) + bits(kLengthBits.at(row));
      const int d = symbol(distance);
      const int extra = d < 4 ? 0 : d / 2 - 1;
      const std::size_t back = (d < 4 ? static_cast<unsigned>(d) + 1 : ((2u + (d & 1)) << extra) + 1) + bits(extra);
      for (unsigned i = 0; i < length; ++i) m_out.push_back(m_out.at(m_out.size() - back));
    }
  }

  const Bytes& m_data;
  std::size_t m_byte;
  int m_bit = 0;
  Bytes m_out;
};

inline int paeth(int a, int b, int c) {
  const int pa = std::abs(b - c), pb = std::abs(a - c), pc = std::abs(a + b - 2 * c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

inline core::Frame readPng(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const Bytes file{std::istreambuf_iterator<char>(stream), {}};
  const auto word = [&](std::size_t at) {
    return static_cast<std::uint32_t>(file.at(at) << 24 | file.at(at + 1) << 16 | file.at(at + 2) << 8 |
                                      file.at(at + 3));
  };
  const std::size_t width = word(16), height = word(20), stride = 3 * width;
  if (file.at(24) != 8 || file.at(25) != 2 || file.at(28) != 0) throw std::runtime_error("not 8-bit RGB: " + path);
  Bytes packed;
  for (std::size_t at = 8; at + 8 < file.size(); at += 12 + word(at)) {
    if (std::string(file.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                    file.begin() + static_cast<std::ptrdiff_t>(at) + 8) == "IDAT") {
      const auto begin = file.begin() + static_cast<std::ptrdiff_t>(at) + 8;
      packed.insert(packed.end(), begin, begin + word(at));
    }
  }
  const Bytes rows = Inflater(packed, 2).run();
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[stride * height]);
  for (std::size_t y = 0; y < height; ++y) {
    const int filter = rows.at(y * (stride + 1));
    std::uint8_t* row = pixels.get() + y * stride;
    for (std::size_t x = 0; x < stride; ++x) {
      const int a = x >= 3 ? row[x - 3] : 0;
      const int b = y ? row[x - stride] : 0;  // unsigned wrap: the row above
      const int c = x >= 3 && y ? *(row + x - stride - 3) : 0;
      const std::array<int, 5> guess{0, a, b, (a + b) / 2, paeth(a, b, c)};
      row[x] =
          static_cast<std::uint8_t>(rows.at(y * (stride + 1) + 1 + x) + guess.at(static_cast<std::size_t>(filter)));
    }
  }
  return {static_cast<int>(width), static_cast<int>(height), pixels};
}

}  // namespace kinora::test
