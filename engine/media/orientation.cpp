// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/orientation.h"

#include <cstdlib>
#include <utility>

namespace kinora::media {

core::Size orientedSize(core::Size size, int orientation) {
  if (orientation >= 5 && orientation <= 8) std::swap(size.width, size.height);
  return size;
}

core::Frame applyOrientation(const core::Frame& frame, int orientation) {
  if (frame.isNull() || orientation <= 1 || orientation > 8) return frame;
  const core::Size size = orientedSize(frame.size(), orientation);
  const bool transposed = orientation >= 5;
  // Whether source column 0 / row 0 lands at the far side.
  const bool flipX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flipY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[frame.byteCount()]);
  std::uint8_t* out = pixels.get();
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x, out += 3) {
      int sx = transposed ? y : x;
      int sy = transposed ? x : y;
      if (flipX) sx = frame.width() - 1 - sx;
      if (flipY) sy = frame.height() - 1 - sy;
      const std::uint8_t* in = frame.row(sy) + 3 * sx;
      out[0] = in[0];
      out[1] = in[1];
      out[2] = in[2];
    }
  }
  return {size.width, size.height, std::move(pixels)};
}

int orientationOfMatrix(const std::int32_t* m) {
  const std::int64_t a = m[0], b = m[1], c = m[3], d = m[4];
  if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) {
    if (a >= 0) return d >= 0 ? 1 : 4;
    return d >= 0 ? 2 : 3;
  }
  if (c >= 0) return b >= 0 ? 5 : 8;
  return b >= 0 ? 6 : 7;
}

}  // namespace kinora::media
