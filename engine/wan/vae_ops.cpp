// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_ops.h"

#include <ATen/ATen.h>
#include <ATen/TensorIterator.h>

#include <algorithm>
#include <cmath>

#include "engine/wan/vae_norm.h"

namespace kinora::wan {
namespace {

// A pass over 64 MB takes some 20 ms, so a stop is seen in time.
constexpr std::int64_t kNormValuesAtOnce = 16 << 20;

bool fusable(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && (x.stride(1) == 1 || x.size(1) == 1);
}

/// Cuts the rows among torch's threads: an iterator over channel 0 of each cell, whose inner loop takes whole rows.
void normalizeFrames(const at::Tensor& x, const at::Tensor& scale, bool silu, at::Tensor& out) {
  at::Tensor to = out.select(1, 0);
  const at::Tensor from = x.select(1, 0);
  auto iterator = at::TensorIteratorConfig()
                      .set_check_mem_overlap(false)
                      .resize_outputs(false)
                      .add_output(to)
                      .add_const_input(from)
                      .build();
  const std::int64_t channels = x.size(1);
  const float* factors = scale.const_data_ptr<float>();
  constexpr auto kFloatBytes = static_cast<std::int64_t>(sizeof(float));
  const auto loop = [&](char** data, const std::int64_t* strides, std::int64_t count) {
    normalizeRows(reinterpret_cast<const float*>(data[1]), strides[1] / kFloatBytes, reinterpret_cast<float*>(data[0]),
                  strides[0] / kFloatBytes, factors, channels, count, silu);
  };
  iterator.for_each(loop, std::max<std::int64_t>(1, 16384 / channels));
}

}  // namespace

at::Tensor emptyFrames(const at::Tensor& like, std::int64_t channels, std::int64_t frames, std::int64_t height,
                       std::int64_t width) {
  return at::empty({1, channels, frames, height, width},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast3d));
}

at::Tensor toFrames(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast3d);
}

at::Tensor channelNormReference(const at::Tensor& x, const at::Tensor& scale, bool silu) {
  const at::Tensor values = x.to(at::kFloat);
  const at::Tensor norm = at::linalg_vector_norm(values, 2, at::IntArrayRef{1}, true).clamp_min_(1e-12);
  const at::Tensor out = values.div(norm).mul_(scale.view({1, -1, 1, 1, 1}));
  return (silu ? at::silu(out) : out).to(x.scalar_type());
}

void channelNorm(const at::Tensor& x, const at::Tensor& scale, bool silu, at::Tensor& out,
                 const tensor::StopCheck& stop) {
  TORCH_CHECK(out.sizes() == x.sizes() && scale.numel() == x.size(1), "channelNorm; got ", x.sizes(), ", ", out.sizes(),
              " and a scale of ", scale.sizes());
  const std::int64_t perFrame = x.size(1) * x.size(3) * x.size(4);
  const std::int64_t step = std::max<std::int64_t>(1, kNormValuesAtOnce / std::max<std::int64_t>(1, perFrame));
  for (std::int64_t t = 0; t < x.size(2); t += step) {
    stop();
    const std::int64_t count = std::min(step, x.size(2) - t);
    const at::Tensor from = x.narrow(2, t, count);
    at::Tensor to = out.narrow(2, t, count);
    if (fusable(from) && fusable(to)) {
      normalizeFrames(from, scale, silu, to);
    } else {
      to.copy_(channelNormReference(from, scale, silu));
    }
  }
}

at::Tensor patchify(const at::Tensor& video, std::int64_t patch) {
  if (patch == 1) return video;
  TORCH_CHECK(video.dim() == 5 && video.size(3) % patch == 0 && video.size(4) % patch == 0,
              "picture size; expected a multiple of ", patch, ", got ", video.sizes());
  const std::int64_t frames = video.size(2);
  const std::int64_t height = video.size(3) / patch;
  const std::int64_t width = video.size(4) / patch;
  return video.reshape({1, video.size(1), frames, height, patch, width, patch})
      .permute({0, 1, 6, 4, 2, 3, 5})  // [1, c, column, row, F, H, W]
      .reshape({1, video.size(1) * patch * patch, frames, height, width});
}

at::Tensor unpatchify(const at::Tensor& frames, std::int64_t patch) {
  const std::int64_t colours = frames.size(1) / (patch * patch);
  const std::int64_t count = frames.size(2);
  const std::int64_t height = frames.size(3);
  const std::int64_t width = frames.size(4);
  return frames
      .unflatten(1, at::IntArrayRef{colours, patch, patch})  // [1, c, column, row, F, H, W]
      .permute({0, 1, 4, 5, 3, 6, 2})                        // [1, c, F, H, row, W, column]
      .contiguous()
      .view({1, colours, count, height * patch, width * patch});
}

at::Tensor averageDown(const at::Tensor& x, std::int64_t out, std::int64_t timeFactor, std::int64_t spaceFactor) {
  const std::int64_t in = x.size(1);
  if (in == out && timeFactor * spaceFactor == 1) return x;
  const std::int64_t missing = (timeFactor - x.size(2) % timeFactor) % timeFactor;
  const at::Tensor padded = missing == 0 ? x : at::constant_pad_nd(x, {0, 0, 0, 0, missing, 0});
  const std::int64_t frames = padded.size(2) / timeFactor;
  const std::int64_t height = x.size(3) / spaceFactor;
  const std::int64_t width = x.size(4) / spaceFactor;
  const std::int64_t group = in * timeFactor * spaceFactor * spaceFactor / out;
  const at::Tensor mean = padded.reshape({in, frames, timeFactor, height, spaceFactor, width, spaceFactor})
                              .permute({0, 2, 4, 6, 1, 3, 5})  // [in, time, row, column, T, H, W]
                              .reshape({out, group, frames, height, width})
                              .mean(1);
  return toFrames(mean.unsqueeze(0));
}

at::Tensor duplicatedPhase(const at::Tensor& x, std::int64_t out, std::int64_t timeFactor, std::int64_t time,
                           std::int64_t row, std::int64_t column) {
  const std::int64_t in = x.size(1);
  const std::int64_t cells = timeFactor * 4;
  const std::int64_t repeats = out * cells / in;
  const std::int64_t phase = (time * 2 + row) * 2 + column;
  if (repeats == cells) return x;  // each channel goes to all its phases
  if (cells % repeats == 0) {      // a phase takes every (cells/repeats)-th channel
    return x.slice(1, phase / repeats, std::nullopt, cells / repeats);
  }
  return x.index_select(1,
                        at::arange(out, x.options().dtype(at::kLong)).mul_(cells).add_(phase).floor_divide_(repeats));
}

}  // namespace kinora::wan
