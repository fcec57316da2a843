// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/dequantise.h"

#include <array>
#include <bit>
#include <cstring>

#include "engine/weights/tensor_info.h"

namespace kinora::weights {
namespace {

using Byte = std::uint8_t;

float half(const Byte* at) {
  std::uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return halfToFloat(bits);
}

std::uint32_t word(const Byte* at) {
  std::uint32_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return bits;
}

int low(Byte value) {
  return value & 15;
}
int high(Byte value) {
  return value >> 4;
}

// Blocks of 32: a scale d, some with a minimum m; byte j holds elements j (low half) and j + 16 (high half).

void q40(const Byte* b, float* out) {
  const float d = half(b);
  for (int j = 0; j < 16; ++j) {
    out[j] = d * static_cast<float>(low(b[2 + j]) - 8);
    out[j + 16] = d * static_cast<float>(high(b[2 + j]) - 8);
  }
}

void q41(const Byte* b, float* out) {
  const float d = half(b);
  const float m = half(b + 2);
  for (int j = 0; j < 16; ++j) {
    out[j] = d * static_cast<float>(low(b[4 + j])) + m;
    out[j + 16] = d * static_cast<float>(high(b[4 + j])) + m;
  }
}

/// Fifth bits of the 32 elements in one word.
int fifth(std::uint32_t bits, int element) {
  return static_cast<int>(bits >> element & 1) << 4;
}

void q50(const Byte* b, float* out) {
  const float d = half(b);
  const std::uint32_t bits = word(b + 2);
  for (int j = 0; j < 16; ++j) {
    out[j] = d * static_cast<float>((low(b[6 + j]) | fifth(bits, j)) - 16);
    out[j + 16] = d * static_cast<float>((high(b[6 + j]) | fifth(bits, j + 16)) - 16);
  }
}

void q51(const Byte* b, float* out) {
  const float d = half(b);
  const float m = half(b + 2);
  const std::uint32_t bits = word(b + 4);
  for (int j = 0; j < 16; ++j) {
    out[j] = d * static_cast<float>(low(b[8 + j]) | fifth(bits, j)) + m;
    out[j + 16] = d * static_cast<float>(high(b[8 + j]) | fifth(bits, j + 16)) + m;
  }
}

void q80(const Byte* b, float* out) {
  const float d = half(b);
  for (int j = 0; j < 32; ++j) out[j] = d * static_cast<float>(static_cast<std::int8_t>(b[2 + j]));
}

// Blocks of 256: sub-blocks with small integer scales (and minima) under one or two f16 factors.

void q2k(const Byte* b, float* out) {
  const Byte* scales = b;
  const Byte* quants = b + 16;
  const float d = half(b + 80);
  const float dmin = half(b + 82);
  for (int part = 0; part < 2; ++part) {
    for (int shift = 0; shift < 8; shift += 2) {
      for (int l = 0; l < 32; ++l) {
        const Byte scale = scales[part * 8 + shift + l / 16];
        const int value = quants[part * 32 + l] >> shift & 3;
        *out++ =
            d * static_cast<float>(low(scale)) * static_cast<float>(value) - dmin * static_cast<float>(high(scale));
      }
    }
  }
}

/// Sixteen scales of 6 bits: low halves in 8 bytes, upper two bits in 4.
int scale3(const Byte* packed, int index) {
  const int lower = index < 8 ? low(packed[index]) : high(packed[index - 8]);
  const int upper = packed[8 + index % 4] >> (2 * (index / 4)) & 3;
  return (lower | upper << 4) - 32;
}

void q3k(const Byte* b, float* out) {
  const Byte* highBits = b;
  const Byte* quants = b + 32;
  const Byte* scales = b + 96;
  const float d = half(b + 108);
  for (int part = 0; part < 2; ++part) {
    for (int plane = 0; plane < 4; ++plane) {
      for (int l = 0; l < 32; ++l) {
        const int value = (quants[part * 32 + l] >> (2 * plane) & 3) - (highBits[l] >> (part * 4 + plane) & 1 ? 0 : 4);
        *out++ = d * static_cast<float>(scale3(scales, part * 8 + plane * 2 + l / 16)) * static_cast<float>(value);
      }
    }
  }
}

struct ScaleAndMin {
  float scale;
  float min;
};

/// Eight pairs of 6 bits in 12 bytes: the first four plain, the others' upper two bits on top of those.
ScaleAndMin scaleAndMin(const Byte* packed, int index) {
  if (index < 4) return {static_cast<float>(packed[index] & 63), static_cast<float>(packed[index + 4] & 63)};
  return {static_cast<float>(low(packed[index + 4]) | packed[index - 4] >> 6 << 4),
          static_cast<float>(high(packed[index + 4]) | packed[index] >> 6 << 4)};
}

/// Q4_K, and Q5_K with the fifth bits in fifths (else nullptr).
void q45k(const Byte* b, const Byte* fifths, const Byte* quants, float* out) {
  const float d = half(b);
  const float dmin = half(b + 2);
  for (int sub = 0; sub < 8; ++sub) {
    const auto [scale, min] = scaleAndMin(b + 4, sub);
    const Byte* bytes = quants + sub / 2 * 32;
    for (int l = 0; l < 32; ++l) {
      int value = sub % 2 == 0 ? low(bytes[l]) : high(bytes[l]);
      if (fifths) value |= (fifths[l] >> sub & 1) << 4;
      *out++ = d * scale * static_cast<float>(value) - dmin * min;
    }
  }
}

void q4k(const Byte* b, float* out) {
  q45k(b, nullptr, b + 16, out);
}
void q5k(const Byte* b, float* out) {
  q45k(b, b + 16, b + 48, out);
}

void q6k(const Byte* b, float* out) {
  const Byte* lower = b;
  const Byte* upper = b + 128;
  const Byte* scales = b + 192;
  const float d = half(b + 208);
  for (int part = 0; part < 2; ++part) {
    for (int quarter = 0; quarter < 4; ++quarter) {
      for (int l = 0; l < 32; ++l) {
        const Byte bits = lower[part * 64 + quarter % 2 * 32 + l];
        const int value = (quarter < 2 ? low(bits) : high(bits)) | (upper[part * 32 + l] >> (2 * quarter) & 3) << 4;
        const auto scale = static_cast<std::int8_t>(scales[part * 8 + quarter * 2 + l / 16]);
        *out++ = d * static_cast<float>(scale) * static_cast<float>(value - 32);
      }
    }
  }
}

/// Values of the non-linear 4-bit types.
constexpr std::array<float, 16> kNonLinear{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

void nonLinear(float d, const Byte* quants, float* out) {
  for (int j = 0; j < 16; ++j) {
    out[j] = d * kNonLinear[static_cast<std::size_t>(low(quants[j]))];
    out[j + 16] = d * kNonLinear[static_cast<std::size_t>(high(quants[j]))];
  }
}

void iq4nl(const Byte* b, float* out) {
  nonLinear(half(b), b + 2, out);
}

void iq4xs(const Byte* b, float* out) {
  const float d = half(b);
  const int upper = b[2] | b[3] << 8;
  for (int sub = 0; sub < 8; ++sub) {
    const int scale = (b[4 + sub / 2] >> (4 * (sub % 2)) & 15) | (upper >> (2 * sub) & 3) << 4;
    nonLinear(d * static_cast<float>(scale - 32), b + 8 + sub * 16, out + sub * 32);
  }
}

struct Unpacker {
  std::string_view dtype;
  void (*block)(const Byte*, float*);
};
constexpr std::array kUnpackers{Unpacker{"Q4_0", q40}, Unpacker{"Q4_1", q41},     Unpacker{"Q5_0", q50},
                                Unpacker{"Q5_1", q51}, Unpacker{"Q8_0", q80},     Unpacker{"Q2_K", q2k},
                                Unpacker{"Q3_K", q3k}, Unpacker{"Q4_K", q4k},     Unpacker{"Q5_K", q5k},
                                Unpacker{"Q6_K", q6k}, Unpacker{"IQ4_NL", iq4nl}, Unpacker{"IQ4_XS", iq4xs}};

}  // namespace

float halfToFloat(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  if (magnitude < 0x400) {  // zero and subnormals: a count of 2^-24
    const float value = static_cast<float>(magnitude) * 0x1p-24F;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000));
}

bool dequantise(std::string_view dtype, const std::byte* blocks, std::size_t count, float* out) {
  for (const Unpacker& unpacker : kUnpackers) {
    if (unpacker.dtype != dtype) continue;
    const Dtype& layout = *findDtype(dtype);
    const auto* at = reinterpret_cast<const Byte*>(blocks);
    for (std::size_t i = 0; i < count; i += layout.blockElements, at += layout.blockBytes) unpacker.block(at, out + i);
    return true;
  }
  return false;
}

}  // namespace kinora::weights
