// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace kinora::core {

struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
  bool isEmpty() const { return width <= 0 || height <= 0; }
};

/// One immutable picture: 8-bit RGB interleaved (R,G,B), full range, BT.709 primaries, top row first, rows packed
/// (stride = 3·width). Copying shares the pixels; any thread may read.
class Frame {
 public:
  Frame() = default;
  /// Takes pixels of 3·width·height bytes.
  Frame(int width, int height, std::shared_ptr<const std::uint8_t[]> pixels)
      : m_width(width), m_height(height), m_pixels(std::move(pixels)) {}

  bool isNull() const { return !m_pixels; }
  int width() const { return m_width; }
  int height() const { return m_height; }
  Size size() const { return {m_width, m_height}; }
  std::size_t stride() const { return static_cast<std::size_t>(m_width) * 3; }
  std::size_t byteCount() const { return stride() * static_cast<std::size_t>(m_height); }
  const std::uint8_t* data() const { return m_pixels.get(); }
  const std::uint8_t* row(int y) const { return m_pixels.get() + stride() * static_cast<std::size_t>(y); }
  const std::shared_ptr<const std::uint8_t[]>& pixels() const { return m_pixels; }

 private:
  int m_width = 0;
  int m_height = 0;
  std::shared_ptr<const std::uint8_t[]> m_pixels;
};

}  // namespace kinora::core
