// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_norm.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace kinora::wan {
namespace {

#if defined(__GNUC__)
#define KINORA_INLINE inline __attribute__((always_inline))
#else
#define KINORA_INLINE inline
#endif

/// e^x to about 1 ulp for |x| <= 87: Cody-Waite reduction and the polynomial of Cephes' expf. Written without calls and
/// branches, so that the compiler makes vectors of it.
KINORA_INLINE float expFinite(float x) {
  constexpr float kMagic = 12582912.0f;  // 1.5·2^23: adding it rounds to a whole number
  const float shifted = x * 1.44269504088896341f + kMagic;
  const float whole = shifted - kMagic;
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const std::int32_t exponent = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kMagic);
  return p * std::bit_cast<float>((exponent + 127) << 23);
}

KINORA_INLINE float silu(float v) {
  // Beyond the limit e^-v is so large or small that v·sigmoid(v) rounds to 0 or v.
  const float bounded = v < -87.0f ? -87.0f : (v > 87.0f ? 87.0f : v);
  return v / (1.0f + expFinite(-bounded));
}

KINORA_INLINE float squaredNorm(const float* x, std::ptrdiff_t channels) {
  // Partial sums, because a vector unit may not reorder one sum by itself.
  constexpr std::ptrdiff_t kLanes = 16;
  float sums[kLanes] = {};
  std::ptrdiff_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) {
    for (std::ptrdiff_t lane = 0; lane < kLanes; ++lane) sums[lane] += x[c + lane] * x[c + lane];
  }
  float total = 0;
  for (; c < channels; ++c) total += x[c] * x[c];
  for (std::ptrdiff_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::ptrdiff_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return total + sums[0];
}

KINORA_INLINE void rows(const float* in, std::ptrdiff_t inStep, float* out, std::ptrdiff_t outStep, const float* scale,
                        std::ptrdiff_t channels, std::ptrdiff_t count, bool withSilu) {
  for (std::ptrdiff_t i = 0; i < count; ++i, in += inStep, out += outStep) {
    const float norm = std::sqrt(squaredNorm(in, channels));
    const float factor = 1.0f / (norm > 1e-12f ? norm : 1e-12f);
    if (withSilu) {
      for (std::ptrdiff_t c = 0; c < channels; ++c) out[c] = silu(in[c] * factor * scale[c]);
    } else {
      for (std::ptrdiff_t c = 0; c < channels; ++c) out[c] = in[c] * factor * scale[c];
    }
  }
}

using RowsFunction = void (*)(const float*, std::ptrdiff_t, float*, std::ptrdiff_t, const float*, std::ptrdiff_t,
                              std::ptrdiff_t, bool);

void rowsPlain(const float* in, std::ptrdiff_t inStep, float* out, std::ptrdiff_t outStep, const float* scale,
               std::ptrdiff_t channels, std::ptrdiff_t count, bool withSilu) {
  rows(in, inStep, out, outStep, scale, channels, count, withSilu);
}

#if defined(__GNUC__) && defined(__x86_64__)
__attribute__((target("avx2,fma"))) void rowsAvx2(const float* in, std::ptrdiff_t inStep, float* out,
                                                  std::ptrdiff_t outStep, const float* scale, std::ptrdiff_t channels,
                                                  std::ptrdiff_t count, bool withSilu) {
  rows(in, inStep, out, outStep, scale, channels, count, withSilu);
}

__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,prefer-vector-width=512"))) void rowsAvx512(
    const float* in, std::ptrdiff_t inStep, float* out, std::ptrdiff_t outStep, const float* scale,
    std::ptrdiff_t channels, std::ptrdiff_t count, bool withSilu) {
  rows(in, inStep, out, outStep, scale, channels, count, withSilu);
}

RowsFunction chooseRows() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    return rowsAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return rowsAvx2;
  return rowsPlain;
}
#else
RowsFunction chooseRows() {
  return rowsPlain;
}
#endif

}  // namespace

void normalizeRows(const float* in, std::ptrdiff_t inStep, float* out, std::ptrdiff_t outStep, const float* scale,
                   std::ptrdiff_t channels, std::ptrdiff_t count, bool silu) {
  static const RowsFunction kRows = chooseRows();
  kRows(in, inStep, out, outStep, scale, channels, count, silu);
}

}  // namespace kinora::wan
