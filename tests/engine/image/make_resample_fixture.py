# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes resample_fixture.h: Pillow 13.0.0's Image.resize(LANCZOS) of a picture both sides can compute. Run with Pillow installed."""
import pathlib
import zlib

import PIL
from PIL import Image

CASES = [(16, 10, 160, 90), (37, 23, 16, 9), (128, 80, 1280, 720), (200, 120, 31, 77), (64, 64, 64, 20), (9, 50, 70, 50), (1, 1, 8, 5),
         (640, 360, 128, 80)]


def picture(width, height):
    # The same integer recurrence as patternFrame() in the test.
    state, data = 12345, bytearray()
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        data.append(state >> 24)
    return Image.frombytes("RGB", (width, height), bytes(data))


lines = ["// SPDX-License-Identifier: GPL-3.0-or-later", f"// Written by make_resample_fixture.py with Pillow {PIL.__version__}.",
         "#pragma once", "", "#include <cstdint>", "", "struct ResampleCase {",
         "  int inWidth, inHeight, outWidth, outHeight;", "  std::uint32_t crc;  ///< CRC-32 of the packed RGB result", "};", "",
         "inline constexpr ResampleCase kResampleCases[] = {"]
for iw, ih, ow, oh in CASES:
    out = picture(iw, ih).resize((ow, oh), Image.Resampling.LANCZOS)
    lines.append(f"    {{{iw}, {ih}, {ow}, {oh}, 0x{zlib.crc32(out.tobytes()):08x}}},")
lines.append("};")
small = picture(5, 4).resize((3, 7), Image.Resampling.LANCZOS).tobytes()
lines += ["", "/// The 5x4 picture at 3x7, byte by byte.", "inline constexpr std::uint8_t kResampleSmall[] = {",
          "    " + ", ".join(str(b) for b in small) + "};", ""]
pathlib.Path(__file__).with_name("resample_fixture.h").write_text("\n".join(lines))
