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

/// The 5x4 picture at 7x3, byte by byte.
inline constexpr std::uint8_t kResampleSmall[] = {
    26,  22,  188, 97, 160, 120, 168, 250, 83,  156, 122, 153, 163, 35,  185, 177, 3,   194, 185, 6,   195,
    109, 29,  173, 94, 128, 240, 78,  201, 220, 78,  155, 93,  67,  194, 123, 78,  154, 181, 93,  88,  188,
    41,  168, 168, 75, 165, 134, 120, 171, 127, 122, 169, 161, 101, 119, 121, 143, 125, 152, 194, 161, 209};
