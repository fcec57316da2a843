// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/frame.h"

// Shared by the media and render tests: a scratch folder, made pictures, and the ffmpeg and ffprobe programs as the
// second opinion.
namespace kinora::test {

/// A folder of its own, gone with the object.
class ScratchDir {
 public:
  ScratchDir() {
    std::string name = (std::filesystem::temp_directory_path() / "kinora-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    m_path = name;
  }
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  std::string path(std::string_view name) const { return (m_path / name).string(); }
  std::size_t fileCount() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(m_path), {}));
  }

 private:
  std::filesystem::path m_path;
};

/// Standard output of a shell command that must succeed.
inline std::string output(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  INFO(command);
  INFO(text);
  REQUIRE(status == 0);
  return text;
}

/// ffmpeg with arguments; file names are the caller's to quote.
inline void ffmpeg(const std::string& arguments) {
  output("timeout 60 ffmpeg -nostdin -v error -y " + arguments);
}

inline std::string quoted(const std::string& path) {
  return "'" + path + "'";
}

inline std::vector<std::uint8_t> readBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void writeBytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// A frame whose pixel (x, y) is pixel(x, y), an array of R, G, B.
template <class Pixel>
core::Frame makeFrame(int width, int height, Pixel pixel) {
  std::shared_ptr<std::uint8_t[]> pixels(
      new std::uint8_t[static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3]);
  std::uint8_t* out = pixels.get();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x, out += 3) {
      const std::array<std::uint8_t, 3> rgb = pixel(x, y);
      std::copy(rgb.begin(), rgb.end(), out);
    }
  }
  return {width, height, std::move(pixels)};
}

inline core::Frame flatFrame(int width, int height, std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  return makeFrame(width, height, [&](int, int) { return std::array<std::uint8_t, 3>{r, g, b}; });
}

/// A frame that says its number: eight grey blocks in the upper half, the lowest bit left, on grey.
inline core::Frame numberedFrame(int width, int height, int number) {
  return makeFrame(width, height, [&](int x, int y) {
    const bool on = y < height / 2 && ((number >> (x * 8 / width)) & 1);
    const auto v = static_cast<std::uint8_t>(y >= height / 2 ? 128 : on ? 220 : 30);
    return std::array<std::uint8_t, 3>{v, v, v};
  });
}

/// The number in a numberedFrame.
inline int numberOf(const core::Frame& frame) {
  int number = 0;
  for (int bit = 0; bit < 8; ++bit) {
    const int x = frame.width() * (2 * bit + 1) / 16;
    if (frame.row(frame.height() / 4)[3 * x + 1] > 128) number |= 1 << bit;
  }
  return number;
}

inline std::array<int, 3> pixelAt(const core::Frame& frame, int x, int y) {
  const std::uint8_t* p = frame.row(y) + 3 * x;
  return {p[0], p[1], p[2]};
}

inline int distance(const std::array<int, 3>& a, const std::array<int, 3>& b) {
  return std::max({std::abs(a[0] - b[0]), std::abs(a[1] - b[1]), std::abs(a[2] - b[2])});
}

}  // namespace kinora::test
