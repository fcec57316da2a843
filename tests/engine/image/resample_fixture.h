// SPDX-License-Identifier: GPL-3.0-or-later
// Written by make_resample_fixture.py with Pillow 13.0.0.
#pragma once

#include <cstdint>

struct ResampleCase {
  int inWidth, inHeight, outWidth, outHeight;
  std::uint32_t crc;  ///< CRC-32 of the packed RGB result
};

inline constexpr ResampleCase kResampleCases[] = {
    {16, 10, 160, 90, 0x15a77a4a},  {37, 23, 16, 9, 0x349751b9},     {128, 80, 1280, 720, 0xcc789ce6},
    {200, 120, 31, 77, 0xbec1f4e3}, {64, 64, 64, 20, 0x995cb960},    {9, 50, 70, 50, 0x42e6577a},
    {1, 1, 8, 5, 0x19241a28},       {640, 360, 128, 80, 0x4a04d906},
};

/// The 5x4 picture at 3x7, byte by byte.
inline constexpr std::uint8_t kResampleSmall[] = {
    62,  100, 62,  154, 149, 122, 250, 0,   192, 84,  137, 140, 160, 143, 139, 169, 1,   198, 110, 168, 246,
    144, 148, 159, 60,  37,  197, 102, 93,  244, 62,  196, 150, 66,  147, 163, 76,  60,  170, 32,  210, 131,
    140, 201, 144, 72,  165, 150, 109, 156, 135, 151, 136, 167, 75,  247, 150, 173, 114, 142, 145, 75,  189};
