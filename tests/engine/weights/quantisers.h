// SPDX-License-Identifier: GPL-3.0-or-later
// Plain quantisers to GGUF's block types for tests: nearest values, no search for better scales as real ones do. What
// they pack is read back by code that was checked against the gguf package (tst_dequantise).
#pragma once

#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/engine/weights/builders.h"

namespace kinora::test {

inline std::string half(float value) {
  return le(c10::Half(value).x);
}
inline float rounded(float value) {
  return static_cast<float>(c10::Half(value));
}
inline int nearest(float value, float step, int least, int most) {
  return step == 0 ? std::clamp(0, least, most) : std::clamp(static_cast<int>(std::lround(value / step)), least, most);
}

inline float largest(const float* x, int count) {
  float out = 0;
  for (int i = 0; i < count; ++i) out = std::max(out, std::abs(x[i]));
  return out;
}

inline std::string blockQ80(const float* x) {
  const float d = rounded(largest(x, 32) / 127);
  std::string bytes = half(d);
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(nearest(x[i], d, -127, 127));
  return bytes;
}

inline std::string blockQ40(const float* x) {
  const float* top = std::max_element(x, x + 32, [](float a, float b) { return std::abs(a) < std::abs(b); });
  const float d = rounded(*top / -8);
  std::string bytes = half(d);
  const auto value = [&](int i) { return nearest(x[i], d, -8, 7) + 8; };
  for (int i = 0; i < 16; ++i) bytes += static_cast<char>(value(i) | value(i + 16) << 4);
  return bytes;
}

/// Q4_K and Q5_K: eight sub-blocks of 32, each with a scale and a minimum of 6 bits.
inline std::string blockQ45K(const float* x, int bits) {
  const int most = (1 << bits) - 1;
  float scales[8], mins[8];
  for (int s = 0; s < 8; ++s) {
    const auto [low, high] = std::minmax_element(x + 32 * s, x + 32 * s + 32);
    mins[s] = std::max(0.F, -*low);
    scales[s] = (std::max(*high, 0.F) + mins[s]) / static_cast<float>(most);
  }
  const float d = rounded(largest(scales, 8) / 63);
  const float dmin = rounded(largest(mins, 8) / 63);
  int ls[8], lm[8], q[256];
  for (int s = 0; s < 8; ++s) {
    ls[s] = nearest(scales[s], d, 0, 63);
    lm[s] = nearest(mins[s], dmin, 0, 63);
    for (int i = 32 * s; i < 32 * s + 32; ++i) {
      q[i] = nearest(x[i] + dmin * static_cast<float>(lm[s]), d * static_cast<float>(ls[s]), 0, most);
    }
  }
  std::string bytes = half(d) + half(dmin);
  for (int s = 0; s < 4; ++s) bytes += static_cast<char>(ls[s] | ls[s + 4] >> 4 << 6);
  for (int s = 0; s < 4; ++s) bytes += static_cast<char>(lm[s] | lm[s + 4] >> 4 << 6);
  for (int s = 4; s < 8; ++s) bytes += static_cast<char>((ls[s] & 15) | (lm[s] & 15) << 4);
  for (int l = 0; bits == 5 && l < 32; ++l) {
    int fifth = 0;
    for (int s = 0; s < 8; ++s) fifth |= q[32 * s + l] >> 4 << s;
    bytes += static_cast<char>(fifth);
  }
  for (int s = 0; s < 8; s += 2) {
    for (int l = 0; l < 32; ++l) bytes += static_cast<char>((q[32 * s + l] & 15) | (q[32 * s + 32 + l] & 15) << 4);
  }
  return bytes;
}

inline std::string blockQ6K(const float* x) {
  float scales[16];
  for (int s = 0; s < 16; ++s) scales[s] = largest(x + 16 * s, 16) / 31;
  const float d = rounded(largest(scales, 16) / 127);
  int ls[16], q[256];
  for (int s = 0; s < 16; ++s) {
    ls[s] = nearest(scales[s], d, 1, 127);
    for (int i = 16 * s; i < 16 * s + 16; ++i) q[i] = nearest(x[i], d * static_cast<float>(ls[s]), -32, 31) + 32;
  }
  std::string low, high, bytes;
  for (int part = 0; part < 256; part += 128) {
    for (int l = 0; l < 64; ++l) low += static_cast<char>((q[part + l] & 15) | (q[part + l + 64] & 15) << 4);
    for (int l = 0; l < 32; ++l) {
      high += static_cast<char>(q[part + l] >> 4 | q[part + l + 32] >> 4 << 2 | q[part + l + 64] >> 4 << 4 |
                                q[part + l + 96] >> 4 << 6);
    }
  }
  bytes = low + high;
  for (const int scale : ls) bytes += static_cast<char>(scale);
  return bytes + half(d);
}

/// A type of GGUF and how to make it.
struct Quantiser {
  const char* name;
  std::uint32_t type;
  int elements;  ///< of a block
  std::string (*block)(const float*);
};
inline const Quantiser kQuantisers[] = {
    {"Q4_0", 2, 32, blockQ40},
    {"Q8_0", 8, 32, blockQ80},
    {"Q4_K", 12, 256, [](const float* x) { return blockQ45K(x, 4); }},
    {"Q5_K", 13, 256, [](const float* x) { return blockQ45K(x, 5); }},
    {"Q6_K", 14, 256, blockQ6K},
    {"F16", 1, 1, [](const float* x) { return half(*x); }},
};

inline std::string quantise(const Quantiser& quantiser, const float* values, std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; i += static_cast<std::size_t>(quantiser.elements)) {
    bytes += quantiser.block(values + i);
  }
  return bytes;
}

}  // namespace kinora::test
