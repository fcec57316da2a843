// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/wan/vae_ops.h"

#include <cmath>

#include "engine/wan/vae_norm.h"
#include "tests/engine/wan/vae_fixture.h"

using namespace kinora;
using namespace kinora::test;

namespace {

float at5(const at::Tensor& x, std::int64_t c, std::int64_t t, std::int64_t y, std::int64_t w) {
  return x[0][c][t][y][w].item<float>();
}

}  // namespace

TEST_CASE("patchify: the column offset is slower than the row offset") {
  const c10::InferenceMode guard;
  const at::Tensor video = seeded({1, 3, 2, 4, 6}, 1);
  const at::Tensor patched = wan::patchify(video, 2);
  REQUIRE(patched.sizes() == at::IntArrayRef{1, 12, 2, 2, 3});
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t row = 0; row < 2; ++row) {
      for (std::int64_t column = 0; column < 2; ++column) {
        CHECK(at5(patched, c * 4 + column * 2 + row, 1, 1, 2) == at5(video, c, 1, 2 + row, 4 + column));
      }
    }
  }
  CHECK(at::equal(wan::unpatchify(patched, 2), video));
  CHECK(at::equal(wan::patchify(video, 1), video));
  CHECK_THROWS_AS(wan::patchify(seeded({1, 3, 1, 3, 4}, 1), 2), c10::Error);
}

TEST_CASE("averageDown: groups of (channel, time, row, column), zero frame in front") {
  const c10::InferenceMode guard;
  struct Case {
    std::int64_t in, out, frames, time, space;
  };
  for (const Case& one : {Case{4, 4, 2, 1, 2}, Case{2, 4, 3, 2, 2}, Case{2, 4, 1, 2, 2}, Case{4, 8, 4, 2, 2},
                          Case{6, 3, 2, 1, 1}, Case{3, 4, 2, 2, 2}}) {
    CAPTURE(one.in);
    CAPTURE(one.out);
    const at::Tensor x = seeded({1, one.in, one.frames, 4, 6}, 2);
    const at::Tensor got = wan::averageDown(wan::toFrames(x), one.out, one.time, one.space);
    const std::int64_t pad = (one.time - one.frames % one.time) % one.time;
    const std::int64_t cells = one.time * one.space * one.space;
    const std::int64_t group = one.in * cells / one.out;
    REQUIRE(got.sizes() == at::IntArrayRef{1, one.out, (one.frames + pad) / one.time, 4 / one.space, 6 / one.space});
    for (std::int64_t o = 0; o < one.out; ++o) {
      for (std::int64_t t = 0; t < got.size(2); ++t) {
        double sum = 0;
        for (std::int64_t k = o * group; k < (o + 1) * group; ++k) {
          const std::int64_t column = k % one.space;
          const std::int64_t row = k / one.space % one.space;
          const std::int64_t frame = t * one.time + k / (one.space * one.space) % one.time - pad;
          if (frame >= 0) sum += at5(x, k / cells, frame, one.space + row, one.space + column);
        }
        CHECK(at5(got, o, t, 1, 1) == doctest::Approx(sum / static_cast<double>(group)).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("duplicatedPhase: channels repeated, then split into (out, time, row, column)") {
  const c10::InferenceMode guard;
  struct Case {
    std::int64_t in, out, time;
  };
  // Same width; half width; a width for which phases take no regular stride.
  for (const Case& one : {Case{4, 4, 2}, Case{8, 4, 1}, Case{4, 4, 1}, Case{8, 2, 2}, Case{4, 3, 1}, Case{2, 4, 2}}) {
    CAPTURE(one.in);
    CAPTURE(one.out);
    const at::Tensor x = seeded({1, one.in, 2, 3, 2}, 3);
    const std::int64_t repeats = one.out * one.time * 4 / one.in;
    const at::Tensor whole = x.repeat_interleave(repeats, 1).view({1, one.out, one.time, 2, 2, 2, 3, 2});
    for (std::int64_t phase = 0; phase < one.time * 4; ++phase) {
      const std::int64_t time = phase / 4;
      const std::int64_t row = phase / 2 % 2;
      const std::int64_t column = phase % 2;
      const at::Tensor wanted = whole.select(2, time).select(2, row).select(2, column);
      CHECK(at::equal(wan::duplicatedPhase(x, one.out, one.time, time, row, column).expand_as(wanted), wanted));
    }
  }
}

TEST_CASE("the fused channel norm agrees with plain operations") {
  const c10::InferenceMode guard;
  for (const std::int64_t channels : {1, 3, 16, 24, 33, 160}) {
    for (const bool silu : {false, true}) {
      CAPTURE(channels);
      CAPTURE(silu);
      const at::Tensor x = wan::toFrames(seeded({1, channels, 3, 5, 7}, 4).mul(3));
      const at::Tensor scale = seeded({channels}, 5);
      at::Tensor wide = wan::emptyFrames(x, channels, 5, 5, 7).fill_(7);
      at::Tensor out = wide.narrow(2, 2, 3);
      wan::channelNorm(x, scale, silu, out, {});
      CHECK(relativeL2(out, wan::channelNormReference(x, scale, silu)) < 1e-6);
      CHECK(wide.narrow(2, 0, 2).eq(7).all().item<bool>());  // nothing is written before its frames
    }
  }
}

TEST_CASE("the channel norm leaves zeros zero and takes other layouts and dtypes") {
  const c10::InferenceMode guard;
  const at::Tensor scale = at::ones({20});
  const at::Tensor zeros = at::zeros({1, 20, 1, 2, 2});
  at::Tensor out = at::empty_like(zeros);
  wan::channelNorm(zeros, scale, true, out, {});
  CHECK(out.eq(0).all().item<bool>());
  const at::Tensor x = seeded({1, 20, 2, 3, 3}, 6);
  const at::Tensor wanted = wan::channelNormReference(x, scale, true);
  at::Tensor plain = at::empty_like(x);  // channels not innermost
  wan::channelNorm(x, scale, true, plain, {});
  CHECK(relativeL2(plain, wanted) < 1e-6);
  at::Tensor half = at::empty_like(x, x.options().dtype(at::kBFloat16));
  wan::channelNorm(x.to(at::kBFloat16), scale, true, half, {});
  CHECK(relativeL2(half, wanted) < 1e-2);
}

TEST_CASE("SiLU holds at the ends of its range, and faults of the input stay visible") {
  const float values[] = {0.0f, 1.0f, -1.0f, 20.0f, -20.0f, 88.0f, -88.0f, 1e4f, -1e4f};
  for (const float value : values) {
    const float in = value < 0 ? -1.0f : 1.0f;  // normalised to ±1, so that the scale is the argument
    const float scale = std::fabs(value);
    float out = -7;
    wan::normalizeRows(&in, 1, &out, 1, &scale, 1, 1, true);
    CAPTURE(value);
    CHECK(out == doctest::Approx(value / (1.0 + std::exp(-static_cast<double>(value)))).epsilon(1e-6));
  }
  const float bad[2] = {NAN, 1.0f};
  const float scale[2] = {1.0f, 1.0f};
  float out[2] = {0, 0};
  wan::normalizeRows(bad, 2, out, 2, scale, 2, 1, true);
  CHECK(std::isnan(out[0]));
}

TEST_CASE("a stop is seen before the norm begins") {
  std::stop_source source;
  source.request_stop();
  const at::Tensor x = at::ones({1, 4, 1, 2, 2});
  at::Tensor out = at::empty_like(x);
  CHECK_THROWS_AS(wan::channelNorm(x, at::ones({4}), true, out, tensor::StopCheck(source.get_token())),
                  tensor::Stopped);
}
