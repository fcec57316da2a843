// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_blocks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "engine/tensor/ops.h"
#include "engine/wan/vae_ops.h"

namespace kinora::wan {
namespace {

/// Cells whose four phases are computed at once: bounds the memory beside the result.
constexpr std::int64_t kPhaseValuesAtOnce = 8 << 20;

std::unique_ptr<const at::Tensor> normScale(tensor::WeightStore& store, const std::string& name) {
  return std::make_unique<const at::Tensor>(takeNormScale(store, name));
}

/// Rows and columns of the picture [.., H, W] that meet output phase 0 or 1 of a doubled axis.
at::Tensor phaseCells(const at::Tensor& computed, std::int64_t row, std::int64_t column) {
  return computed.narrow(3, row, computed.size(3) - 1).narrow(4, column, computed.size(4) - 1);
}

std::optional<Conv> shortcutConv(tensor::WeightStore& store, const std::string& prefix) {
  if (!store.has(prefix + "conv_shortcut.weight")) return std::nullopt;
  return Conv(store, prefix + "conv_shortcut.", {});
}

}  // namespace

at::Tensor takeNormScale(tensor::WeightStore& store, const std::string& name) {
  const at::Tensor gamma = store.take(name).flatten().to(at::kFloat);
  return gamma.mul(std::sqrt(static_cast<double>(gamma.numel()))).contiguous();
}

NormedConv::NormedConv(tensor::WeightStore& store, const std::string& gamma, const std::string& conv,
                       std::size_t& slots)
    : m_scale(normScale(store, gamma)), m_conv(store, conv, 1, slots) {}

at::Tensor NormedConv::operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop,
                                  const at::Tensor* added) const {
  // The norm writes straight behind the cached frames.
  const auto fill = [&](at::Tensor& frames) { channelNorm(x, *m_scale, true, frames, stop); };
  return m_conv(x, fill, cache, stop, added);
}

ResidualBlock::ResidualBlock(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots)
    : m_first(store, prefix + "norm1.gamma", prefix + "conv1.", slots),
      m_second(store, prefix + "norm2.gamma", prefix + "conv2.", slots),
      m_shortcut(shortcutConv(store, prefix)) {}

at::Tensor ResidualBlock::operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const {
  const at::Tensor inner = m_first(x, cache, stop);                 // [1,out,T,H,W]
  const at::Tensor kept = m_shortcut ? (*m_shortcut)(x, stop) : x;  // [1,out,T,H,W]
  return m_second(inner, cache, stop, &kept);
}

MiddleBlock::MiddleBlock(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots)
    : m_before(store, prefix + "resnets.0.", slots),
      m_scale(normScale(store, prefix + "attentions.0.norm.gamma")),
      m_toQkv(store, prefix + "attentions.0.to_qkv.", {}),
      m_projection(store, prefix + "attentions.0.proj.", {}),
      m_after(store, prefix + "resnets.1.", slots) {}

at::Tensor MiddleBlock::attend(const at::Tensor& x, const tensor::StopCheck& stop) const {
  const std::int64_t channels = x.size(1);
  const std::int64_t frames = x.size(2);
  const std::int64_t cells = x.size(3) * x.size(4);
  at::Tensor normed = emptyFrames(x, channels, frames, x.size(3), x.size(4));
  channelNorm(x, *m_scale, false, normed, stop);
  const at::Tensor qkv = m_toQkv(normed, stop)          // [1,3C,T,H,W]
                             .permute({2, 0, 3, 4, 1})  // [T,1,H,W,3C], as it lies in memory
                             .reshape({frames, 1, cells, 3 * channels});
  const auto parts = qkv.chunk(3, -1);
  const at::Tensor mixed = tensor::attention(parts[0], parts[1], parts[2], stop)  // [T,1,H·W,C]
                               .reshape({1, frames, x.size(3), x.size(4), channels})
                               .permute({0, 4, 1, 2, 3});
  return m_projection(mixed, stop, &x);
}

at::Tensor MiddleBlock::operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const {
  return m_after(attend(m_before(x, cache, stop), stop), cache, stop);
}

Downsampler::Downsampler(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots)
    : m_space(store, prefix + "resample.1.", {{1, 2, 2}, {0, 0, 0}}) {
  if (!store.has(prefix + "time_conv.weight")) return;
  m_time.emplace(store, prefix + "time_conv.", ConvGeometry{{2, 1, 1}, {0, 0, 0}});
  m_slot = slots++;
}

at::Tensor Downsampler::operator()(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const {
  const at::Tensor small = m_space(at::constant_pad_nd(x, {0, 1, 0, 1}), stop);  // [1,C,T,H/2,W/2]
  if (!m_time) return small;
  at::Tensor& slot = cache.slot(m_slot);
  const bool first = !slot.defined();
  TORCH_CHECK(first ? small.size(2) == 1 : small.size(2) % 2 == 0, "frames of a chunk; expected ",
              first ? "1" : "an even number", ", got ", small.size(2));
  const at::Tensor before = slot;
  slot = small.narrow(2, small.size(2) - 1, 1).clone(at::MemoryFormat::Preserve);
  return first ? small : (*m_time)(at::cat({before, small}, 2), stop);
}

at::Tensor phaseWeights(const at::Tensor& weight) {
  const at::Tensor w = weight.to(at::kDouble);
  // Doubled cells 2y-1, 2y, 2y+1 lie in input cells y-1, y, y; doubled cells 2y, 2y+1, 2y+2 in y, y, y+1.
  const auto fold = [](const at::Tensor& taps, std::int64_t axis, std::int64_t phase) {
    const at::Tensor a = taps.narrow(axis, 0, 1);
    const at::Tensor b = taps.narrow(axis, 1, 1);
    const at::Tensor c = taps.narrow(axis, 2, 1);
    return phase == 0 ? at::cat({a, b + c}, axis) : at::cat({a + b, c}, axis);
  };
  std::vector<at::Tensor> phases;
  for (std::int64_t row = 0; row < 2; ++row) {
    for (std::int64_t column = 0; column < 2; ++column) phases.push_back(fold(fold(w, 2, row), 3, column));
  }
  return at::cat(phases, 0).to(weight.scalar_type());
}

Upsampler::Upsampler(tensor::WeightStore& store, const std::string& prefix, std::size_t& slots)
    : m_out(store[prefix + "resample.1.weight"].size(0)),
      m_phases(phaseWeights(store.take(prefix + "resample.1.weight")),
               store.take(prefix + "resample.1.bias").repeat({4}), {{1, 1, 1}, {0, 1, 1}}) {
  if (store.has(prefix + "time_conv.weight")) m_time.emplace(store, prefix + "time_conv.", 0, slots);
}

at::Tensor Upsampler::doubleTime(const at::Tensor& x, FeatureCache& cache, const tensor::StopCheck& stop) const {
  const at::Tensor both = (*m_time)(
      x, [&](at::Tensor& frames) { frames.copy_(x); }, cache, stop);  // [1,2C,T,H,W]
  return both
      .unflatten(1, at::IntArrayRef{2, x.size(1)})  // [1,2,C,T,H,W]: the even and the odd frames
      .permute({0, 3, 1, 4, 5, 2})                  // [1,T,2,H,W,C]
      .reshape({1, 2 * x.size(2), x.size(3), x.size(4), x.size(1)})
      .permute({0, 4, 1, 2, 3});  // [1,C,2T,H,W]
}

at::Tensor Upsampler::operator()(const at::Tensor& x, const at::Tensor* shortcut, FeatureCache& cache,
                                 const tensor::StopCheck& stop) const {
  const std::int64_t timeFactor = m_time ? 2 : 1;
  at::Tensor inner = x;
  // The lone first frame stays one, and the next chunk starts from zeros, not from it (wan.md 4.5).
  const bool first = m_time && !m_time->started(cache);
  if (first) {
    m_time->restart(x, cache);
  } else if (m_time) {
    inner = doubleTime(x, cache, stop);
  }
  const std::int64_t frames = inner.size(2);
  const std::int64_t height = inner.size(3);
  const std::int64_t width = inner.size(4);
  at::Tensor out = emptyFrames(x, m_out, frames, 2 * height, 2 * width);
  // Whole input frames, so that a piece begins at time phase 0.
  const std::int64_t perFrame = 4 * m_out * height * width;
  const std::int64_t unit = first ? 1 : timeFactor;
  const std::int64_t step = std::max<std::int64_t>(1, kPhaseValuesAtOnce / (perFrame * unit)) * unit;
  for (std::int64_t t = 0; t < frames; t += step) {
    const std::int64_t count = std::min(step, frames - t);
    const at::Tensor computed = m_phases(inner.narrow(2, t, count), stop);  // [1,4·out,count,H+1,W+1]
    for (std::int64_t phase = 0; phase < 4; ++phase) {
      stop();
      const std::int64_t row = phase / 2;
      const std::int64_t column = phase % 2;
      const at::Tensor cells = phaseCells(computed.narrow(1, phase * m_out, m_out), row, column);
      at::Tensor target = out.narrow(2, t, count).slice(3, row, std::nullopt, 2).slice(4, column, std::nullopt, 2);
      if (!shortcut) {
        target.copy_(cells);
        continue;
      }
      for (std::int64_t time = 0; time < unit; ++time) {
        const at::Tensor source = shortcut->narrow(2, t / unit, count / unit);
        // On the first chunk only the last time phase is left (DupUp3D drops the leading frames).
        const at::Tensor repeated =
            duplicatedPhase(source, m_out, timeFactor, first ? timeFactor - 1 : time, row, column);
        at::Tensor part = target.slice(2, time, std::nullopt, unit);
        at::add_out(part, cells.slice(2, time, std::nullopt, unit), repeated);
      }
    }
  }
  return out;
}

}  // namespace kinora::wan
