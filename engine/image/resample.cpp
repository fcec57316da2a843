// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/image/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

namespace kinora::image {
namespace {

// Fixed point as in Pillow's src/libImaging/Resample.c: 8 bits of pixel, 2 bits of head-room for the filter's
// overshoot.
constexpr int kPrecisionBits = 32 - 8 - 2;

/// A filter function is zero outside ±support input pixels.
struct Filter {
  double support;
  double (*value)(double x);
};

/// For every output position: the first input position and the weights of the following ones.
struct Kernel {
  int taps = 0;                      ///< weights per output, the unused ones zero
  std::vector<int> first;            ///< [out]
  std::vector<int> count;            ///< [out], <= taps
  std::vector<std::int32_t> weight;  ///< [out][taps], scaled by 2^kPrecisionBits
};

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) {
  return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

constexpr Filter kLanczos{3.0, lanczos};
constexpr Filter kBicubic{2.0, bicubic};

/// Pillow's precompute_coeffs and normalize_coeffs_8bpc: the filter widens when shrinking, and weights that would fall
/// outside the picture are dropped and the rest renormalised.
Kernel makeKernel(int in, int out, const Filter& filter) {
  const double scale = static_cast<double>(in) / out;
  const double filterScale = std::max(scale, 1.0);
  const double support = filter.support * filterScale;
  Kernel kernel;
  kernel.taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  kernel.first.resize(static_cast<std::size_t>(out));
  kernel.count.resize(static_cast<std::size_t>(out));
  kernel.weight.assign(static_cast<std::size_t>(out) * static_cast<std::size_t>(kernel.taps), 0);
  std::vector<double> w(static_cast<std::size_t>(kernel.taps));
  for (int x = 0; x < out; ++x) {
    const double center = (x + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int count = std::min(in, static_cast<int>(center + support + 0.5)) - first;
    double sum = 0;
    for (int i = 0; i < count; ++i) {
      w[static_cast<std::size_t>(i)] = filter.value((i + first - center + 0.5) * (1.0 / filterScale));
      sum += w[static_cast<std::size_t>(i)];
    }
    std::int32_t* fixed = kernel.weight.data() + static_cast<std::size_t>(x) * static_cast<std::size_t>(kernel.taps);
    for (int i = 0; i < count; ++i) {
      const double v =
          (sum != 0.0 ? w[static_cast<std::size_t>(i)] / sum : w[static_cast<std::size_t>(i)]) * (1 << kPrecisionBits);
      fixed[i] = static_cast<std::int32_t>(v < 0 ? v - 0.5 : v + 0.5);
    }
    kernel.first[static_cast<std::size_t>(x)] = first;
    kernel.count[static_cast<std::size_t>(x)] = count;
  }
  return kernel;
}

inline std::uint8_t clip8(std::int32_t v) {
  return static_cast<std::uint8_t>(std::clamp(v >> kPrecisionBits, 0, 255));
}

/// One row of 3-channel pixels, left to right.
inline void horizontalRow(const std::uint8_t* in, std::uint8_t* out, int outWidth, const Kernel& kernel) {
  const std::int32_t* weight = kernel.weight.data();
  for (int x = 0; x < outWidth; ++x, weight += kernel.taps, out += 3) {
    const std::uint8_t* p = in + 3 * kernel.first[static_cast<std::size_t>(x)];
    std::int32_t r = 1 << (kPrecisionBits - 1), g = r, b = r;
    for (int i = 0, n = kernel.count[static_cast<std::size_t>(x)]; i < n; ++i, p += 3) {
      r += p[0] * weight[i];
      g += p[1] * weight[i];
      b += p[2] * weight[i];
    }
    out[0] = clip8(r);
    out[1] = clip8(g);
    out[2] = clip8(b);
  }
}

/// One output row as a weighted sum of count input rows; bytes are independent of each other, so this vectorises.
[[gnu::always_inline]] inline void verticalRowBody(const std::uint8_t* in, std::size_t stride, std::uint8_t* out,
                                                   const std::int32_t* weight, int count) {
  constexpr std::size_t kBlock = 128;  // sums of one block stay in the first-level cache
  std::int32_t sum[kBlock];
  for (std::size_t x = 0; x < stride; x += kBlock) {
    const std::size_t n = std::min(kBlock, stride - x);
    for (std::size_t j = 0; j < n; ++j) sum[j] = 1 << (kPrecisionBits - 1);
    for (int i = 0; i < count; ++i) {
      const std::uint8_t* p = in + static_cast<std::size_t>(i) * stride + x;
      const std::int32_t w = weight[i];
      for (std::size_t j = 0; j < n; ++j) sum[j] += p[j] * w;
    }
    for (std::size_t j = 0; j < n; ++j) out[x + j] = clip8(sum[j]);
  }
}

void verticalRowBase(const std::uint8_t* in, std::size_t stride, std::uint8_t* out, const std::int32_t* w, int n) {
  verticalRowBody(in, stride, out, w, n);
}

#if defined(__x86_64__)
// SSE2 has no 32-bit multiply; AVX2 runs this four times as fast. Integer sums: the same bytes either way.
[[gnu::target("avx2")]] void verticalRowAvx2(const std::uint8_t* in, std::size_t stride, std::uint8_t* out,
                                             const std::int32_t* w, int n) {
  verticalRowBody(in, stride, out, w, n);
}
#endif

auto* pickVerticalRow() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return &verticalRowAvx2;
#endif
  return &verticalRowBase;
}

std::shared_ptr<std::uint8_t[]> allocate(core::Size size) {
  return std::shared_ptr<std::uint8_t[]>(
      new std::uint8_t[static_cast<std::size_t>(size.width) * 3 * static_cast<std::size_t>(size.height)]);
}

core::Frame resizeWidth(const core::Frame& frame, int width, const Filter& filter) {
  const Kernel kernel = makeKernel(frame.width(), width, filter);
  auto pixels = allocate({width, frame.height()});
  for (int y = 0; y < frame.height(); ++y) {
    horizontalRow(frame.row(y), pixels.get() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3, width,
                  kernel);
  }
  return {width, frame.height(), std::move(pixels)};
}

core::Frame resizeHeight(const core::Frame& frame, int height, const Filter& filter) {
  const Kernel kernel = makeKernel(frame.height(), height, filter);
  auto pixels = allocate({frame.width(), height});
  auto* verticalRow = pickVerticalRow();
  for (int y = 0; y < height; ++y) {
    const auto i = static_cast<std::size_t>(y);
    verticalRow(frame.row(kernel.first[i]), frame.stride(), pixels.get() + i * frame.stride(),
                kernel.weight.data() + i * static_cast<std::size_t>(kernel.taps), kernel.count[i]);
  }
  return {frame.width(), height, std::move(pixels)};
}

core::Frame resize(const core::Frame& frame, core::Size size, const Filter& filter) {
  if (frame.isNull() || size.isEmpty()) return {};
  core::Frame result = frame;
  if (size.width != result.width()) result = resizeWidth(result, size.width, filter);
  if (size.height != result.height()) result = resizeHeight(result, size.height, filter);
  return result;
}

int scaled(int side, double factor) {
  return std::max(1, static_cast<int>(std::lround(side * factor)));
}

}  // namespace

core::Frame resizeLanczos(const core::Frame& frame, core::Size size) {
  return resize(frame, size, kLanczos);
}

core::Frame resizeBicubic(const core::Frame& frame, core::Size size) {
  return resize(frame, size, kBicubic);
}

core::Frame cropCentre(const core::Frame& frame, core::Size size) {
  if (frame.isNull() || size.isEmpty() || size.width > frame.width() || size.height > frame.height()) return {};
  if (frame.size() == size) return frame;
  auto pixels = allocate(size);
  const std::size_t rowBytes = static_cast<std::size_t>(size.width) * 3;
  const std::size_t left = static_cast<std::size_t>((frame.width() - size.width) / 2) * 3;
  const int top = (frame.height() - size.height) / 2;
  for (int y = 0; y < size.height; ++y) {
    std::memcpy(pixels.get() + static_cast<std::size_t>(y) * rowBytes, frame.row(top + y) + left, rowBytes);
  }
  return {size.width, size.height, std::move(pixels)};
}

core::Frame coverCrop(const core::Frame& frame, core::Size size) {
  if (frame.isNull() || size.isEmpty()) return {};
  if (frame.size() == size) return frame;
  const double factor =
      std::max(static_cast<double>(size.width) / frame.width(), static_cast<double>(size.height) / frame.height());
  const core::Size whole{std::max(size.width, scaled(frame.width(), factor)),
                         std::max(size.height, scaled(frame.height(), factor))};
  return cropCentre(resizeLanczos(frame, whole), size);
}

core::Size fitSize(core::Size content, core::Size frame) {
  if (content.isEmpty() || frame.isEmpty()) return {};
  const double factor =
      std::min(static_cast<double>(frame.width) / content.width, static_cast<double>(frame.height) / content.height);
  return {std::min(frame.width, scaled(content.width, factor)), std::min(frame.height, scaled(content.height, factor))};
}

core::Frame padTo(const core::Frame& frame, core::Size size) {
  if (frame.isNull() || size.isEmpty()) return {};
  if (frame.size() == size) return frame;
  auto pixels = allocate(size);
  const std::size_t rowBytes = static_cast<std::size_t>(size.width) * 3;
  std::memset(pixels.get(), 0, rowBytes * static_cast<std::size_t>(size.height));
  const int width = std::min(size.width, frame.width());
  const int height = std::min(size.height, frame.height());
  const std::size_t left = static_cast<std::size_t>((size.width - width) / 2) * 3;
  const int top = (size.height - height) / 2;
  for (int y = 0; y < height; ++y) {
    std::memcpy(pixels.get() + static_cast<std::size_t>(top + y) * rowBytes + left, frame.row(y),
                static_cast<std::size_t>(width) * 3);
  }
  return {size.width, size.height, std::move(pixels)};
}

core::Frame fitPad(const core::Frame& frame, core::Size size) {
  if (frame.isNull() || size.isEmpty()) return {};
  return padTo(resizeLanczos(frame, fitSize(frame.size(), size)), size);
}

core::Frame blend(const core::Frame& a, const core::Frame& b, double t) {
  if (a.isNull() || b.isNull() || a.size() != b.size()) return {};
  const auto weight = static_cast<std::uint32_t>(std::lround(std::clamp(t, 0.0, 1.0) * 65536));
  if (weight == 0) return a;
  if (weight == 65536) return b;
  auto pixels = allocate(a.size());
  const std::uint8_t* pa = a.data();
  const std::uint8_t* pb = b.data();
  std::uint8_t* out = pixels.get();
  for (std::size_t i = 0, n = a.byteCount(); i < n; ++i) {
    out[i] = static_cast<std::uint8_t>((pa[i] * (65536 - weight) + pb[i] * weight + 32768) >> 16);
  }
  return {a.width(), a.height(), std::move(pixels)};
}

}  // namespace kinora::image
