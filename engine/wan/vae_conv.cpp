// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_conv.h"

#include <ATen/ATen.h>
#include <ATen/Version.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <cmath>

#include "engine/wan/vae_ops.h"

namespace kinora::wan {
namespace {

// 2 G multiply-adds take 40 ms on two laptop cores, as in engine/tensor/ops.
constexpr double kWorkAtOnce = 2e9;

std::vector<std::int64_t> lastOf(const std::array<std::int64_t, 3>& values, std::int64_t count) {
  return {values.end() - count, values.end()};
}

std::optional<c10::OperatorHandle> findOperator(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchema({name, overload});
}

/// torch's oneDNN convolution with weights in oneDNN's own order, as its compiler (inductor) calls it. Called boxed,
/// because it has no C++ declaration. Absent in a torch without oneDNN.
struct PackedConv {
  c10::OperatorHandle plain;
  c10::OperatorHandle adding;

  static std::optional<PackedConv> find() {
    const auto plain = findOperator("mkldnn::_convolution_pointwise", "");
    const auto adding = findOperator("mkldnn::_convolution_pointwise", "binary");
    if (!plain || !adding) return std::nullopt;
    return PackedConv{*plain, *adding};
  }

  at::Tensor run(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::IntArrayRef padding,
                 at::IntArrayRef stride, const at::Tensor* added) const {
    const std::vector<std::int64_t> dilation(padding.size(), 1);
    const c10::List<std::optional<at::Scalar>> none;
    torch::jit::Stack stack;
    stack.emplace_back(x);
    if (added) stack.emplace_back(*added);
    stack.emplace_back(weight);
    stack.emplace_back(bias);
    stack.emplace_back(padding.vec());
    stack.emplace_back(stride.vec());
    stack.emplace_back(dilation);
    stack.emplace_back(std::int64_t{1});
    if (added) {
      stack.emplace_back("add");
      stack.emplace_back(1.0);
      stack.emplace_back();  // no activation
    } else {
      stack.emplace_back("none");
    }
    stack.emplace_back(none);
    stack.emplace_back();
    (added ? adding : plain).callBoxed(&stack);
    return stack.at(0).toTensor();
  }
};

/// The weight in oneDNN's order, or an undefined tensor where that cannot be.
at::Tensor packWeight(const at::Tensor& weight, at::IntArrayRef padding, at::IntArrayRef stride) {
  const auto reorder = findOperator("mkldnn::_reorder_convolution_weight", "");
  // oneDNN refuses bf16 on a CPU without these instructions.
  const bool bf16 = weight.scalar_type() == at::kBFloat16 && at::get_cpu_capability().starts_with("AVX512");
  const bool type = weight.scalar_type() == at::kFloat || bf16;
  if (!weight.is_cpu() || !type || !reorder || !at::globalContext().userEnabledMkldnn()) return {};
  // The order oneDNN likes depends little on the picture's size; a typical one is given.
  std::vector<std::int64_t> input{1, weight.size(1), 6, 48, 64};
  if (weight.dim() == 4) input = {4, weight.size(1), 48, 64};
  torch::jit::Stack stack;
  stack.emplace_back(weight);
  stack.emplace_back(padding.vec());
  stack.emplace_back(stride.vec());
  stack.emplace_back(std::vector<std::int64_t>(padding.size(), 1));
  stack.emplace_back(std::int64_t{1});
  stack.emplace_back(input);
  reorder->callBoxed(&stack);
  return stack.at(0).toTensor();
}

std::int64_t outputSize(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

/// [1,C,T,H,W] in frames layout as T pictures [T,C,H,W], and back; views.
at::Tensor asPictures(const at::Tensor& x) {
  return x.squeeze(0).transpose(0, 1);
}
at::Tensor asFrames(const at::Tensor& pictures) {
  return pictures.transpose(0, 1).unsqueeze(0);
}

std::optional<Conv> lastTap(const tensor::WeightStore& store, const std::string& prefix, std::int64_t padding) {
  const at::Tensor& weight = store[prefix + "weight"];
  if (weight.size(3) == 1) return std::nullopt;
  return Conv(weight.select(2, 2), store[prefix + "bias"], {{1, 1, 1}, {0, padding, padding}});
}

}  // namespace

struct Conv::Impl {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::array<std::int64_t, 3> kernel{1, 1, 1};
  ConvGeometry geometry;
  std::int64_t dims = 3;  ///< 2: a convolution of pictures
  at::Tensor weight;      ///< undefined where packed
  at::Tensor packed;
  at::Tensor bias;
  std::optional<PackedConv> operation;
  double workAtOnce = kWorkAtOnce;

  /// One call of torch; padding of time, height, width.
  at::Tensor call(const at::Tensor& x, const std::array<std::int64_t, 3>& padding, const at::Tensor* added) const {
    const std::vector<std::int64_t> pad = lastOf(padding, dims);
    const std::vector<std::int64_t> stride = lastOf(geometry.stride, dims);
    const bool pictures = dims == 2;
    const at::Tensor input = pictures ? asPictures(x) : x;
    at::Tensor result;
    if (packed.defined()) {
      const at::Tensor other = added ? (pictures ? asPictures(*added) : *added) : at::Tensor();
      result = operation->run(input, packed, bias, pad, stride, added ? &other : nullptr);
      return toFrames(pictures ? asFrames(result) : result);
    }
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(dims), 1);
    const std::vector<std::int64_t> zeros(static_cast<std::size_t>(dims), 0);
    result = at::convolution(input, weight, bias, stride, pad, ones, false, zeros, 1);
    if (pictures) result = asFrames(result);
    return toFrames(added ? result.add_(*added) : result);
  }

  /// Rows [first, last) of the output, whose input rows are copied out with the padding they need.
  at::Tensor rows(const at::Tensor& x, std::int64_t first, std::int64_t last, const at::Tensor* added) const {
    const std::int64_t begin = first * geometry.stride[1] - geometry.padding[1];
    const std::int64_t end = (last - 1) * geometry.stride[1] - geometry.padding[1] + kernel[1];
    const std::int64_t from = std::max<std::int64_t>(begin, 0);
    const std::int64_t to = std::min(end, x.size(3));
    at::Tensor part = x.narrow(3, from, to - from);
    if (from != begin || to != end) part = at::constant_pad_nd(part, {0, 0, from - begin, end - to});
    at::Tensor addedRows;
    if (added) addedRows = toFrames(added->narrow(3, first, last - first));
    return call(toFrames(part), {geometry.padding[0], 0, geometry.padding[2]}, added ? &addedRows : nullptr);
  }

  /// The convolution in pieces of at most workAtOnce, at least one row. No time padding here (CausalConv's cache does
  /// that), so frames can be cut freely.
  at::Tensor inPieces(const at::Tensor& x, const std::array<std::int64_t, 3>& size, const tensor::StopCheck& stop,
                      const at::Tensor* added) const {
    const double perRow =
        static_cast<double>(in * out * kernel[0] * kernel[1] * kernel[2]) * static_cast<double>(size[2]);
    const double perFrame = perRow * static_cast<double>(size[1]);
    const auto frames = std::max<std::int64_t>(1, static_cast<std::int64_t>(workAtOnce / perFrame));
    const auto rowsAtOnce = std::max<std::int64_t>(1, static_cast<std::int64_t>(workAtOnce / perRow));
    at::Tensor result = emptyFrames(x, out, size[0], size[1], size[2]);
    for (std::int64_t t = 0; t < size[0]; t += frames) {
      const std::int64_t count = std::min(frames, size[0] - t);
      const at::Tensor part = x.narrow(2, t * geometry.stride[0], (count - 1) * geometry.stride[0] + kernel[0]);
      at::Tensor target = result.narrow(2, t, count);
      at::Tensor addedPart;
      if (added) addedPart = added->narrow(2, t, count);
      for (std::int64_t y = 0; y < size[1]; y += rowsAtOnce) {
        stop();
        const std::int64_t last = std::min(y + rowsAtOnce, size[1]);
        const at::Tensor* extra = added ? &addedPart : nullptr;
        if (last - y == size[1]) {
          target.copy_(call(toFrames(part), geometry.padding, extra));
        } else {
          target.narrow(3, y, last - y).copy_(rows(part, y, last, extra));
        }
      }
    }
    return result;
  }
};

Conv::Conv(at::Tensor weight, at::Tensor bias, const ConvGeometry& geometry) : m_impl(std::make_unique<Impl>()) {
  m_impl->in = weight.size(1);
  m_impl->out = weight.size(0);
  m_impl->dims = weight.dim() - 2;
  for (std::int64_t i = 0; i < m_impl->dims; ++i) {
    m_impl->kernel[static_cast<std::size_t>(3 - m_impl->dims + i)] = weight.size(2 + i);
  }
  m_impl->geometry = geometry;
  m_impl->bias = bias.contiguous();
  const auto format = m_impl->dims == 2 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
  m_impl->operation = PackedConv::find();
  if (m_impl->operation) {
    m_impl->packed = packWeight(weight, lastOf(geometry.padding, m_impl->dims), lastOf(geometry.stride, m_impl->dims));
  }
  if (!m_impl->packed.defined()) m_impl->weight = weight.contiguous(format);
}

Conv::Conv(tensor::WeightStore& store, const std::string& prefix, const ConvGeometry& geometry)
    : Conv(store.take(prefix + "weight"), store.take(prefix + "bias"), geometry) {}
Conv::Conv(Conv&&) noexcept = default;
Conv& Conv::operator=(Conv&&) noexcept = default;
Conv::~Conv() = default;

std::int64_t Conv::outChannels() const {
  return m_impl->out;
}

void Conv::setWorkAtOnce(double multiplyAdds) {
  m_impl->workAtOnce = multiplyAdds;
}

at::Tensor Conv::operator()(const at::Tensor& x, const tensor::StopCheck& stop, const at::Tensor* added) const {
  stop();
  const Impl& self = *m_impl;
  TORCH_CHECK(x.dim() == 5 && x.size(1) == self.in, "convolution input; expected ", self.in, " channels, got ",
              x.sizes());
  std::array<std::int64_t, 3> size{};
  double work = static_cast<double>(self.in * self.out);
  for (std::size_t i = 0; i < 3; ++i) {
    size[i] = outputSize(x.size(static_cast<std::int64_t>(i) + 2), self.kernel[i], self.geometry.stride[i],
                         self.geometry.padding[i]);
    work *= static_cast<double>(size[i] * self.kernel[i]);
  }
  const bool cut = x.is_cpu() && work > self.workAtOnce && self.geometry.padding[0] == 0;
  if (cut) return self.inPieces(x, size, stop, added);
  return self.call(toFrames(x), self.geometry.padding, added);
}

FeatureCache::FeatureCache(std::size_t slots) : m_slots(slots) {}
FeatureCache::FeatureCache(FeatureCache&&) noexcept = default;
FeatureCache& FeatureCache::operator=(FeatureCache&&) noexcept = default;
FeatureCache::~FeatureCache() = default;

at::Tensor& FeatureCache::slot(std::size_t index) {
  return m_slots.at(index);
}

std::uint64_t FeatureCache::bytes() const {
  std::uint64_t sum = 0;
  for (const at::Tensor& slot : m_slots) sum += slot.defined() ? slot.nbytes() : 0;
  return sum;
}

CausalConv::CausalConv(tensor::WeightStore& store, const std::string& prefix, std::int64_t padding, std::size_t& slots)
    : m_inChannels(store[prefix + "weight"].size(1)),
      m_slot(slots++),
      m_single(lastTap(store, prefix, padding)),
      m_window(store, prefix, {{1, 1, 1}, {0, padding, padding}}) {}

bool CausalConv::started(FeatureCache& cache) const {
  return cache.slot(m_slot).defined();
}

void CausalConv::restart(const at::Tensor& shape, FeatureCache& cache) const {
  at::Tensor zeros = emptyFrames(shape, m_inChannels, 2, shape.size(3), shape.size(4));
  cache.slot(m_slot) = zeros.zero_();
}

at::Tensor CausalConv::operator()(const at::Tensor& shape, const Fill& fill, FeatureCache& cache,
                                  const tensor::StopCheck& stop, const at::Tensor* added) const {
  const std::int64_t frames = shape.size(2);
  at::Tensor& slot = cache.slot(m_slot);
  if (!slot.defined()) {
    TORCH_CHECK(frames == 1 && m_single, "first chunk; expected 1 frame, got ", frames);
    slot = emptyFrames(shape, m_inChannels, 1, shape.size(3), shape.size(4));
    fill(slot);
    return (*m_single)(slot, stop, added);
  }
  at::Tensor window = emptyFrames(shape, m_inChannels, frames + 2, shape.size(3), shape.size(4));
  if (slot.size(2) == 1) window.select(2, 0).zero_();
  window.narrow(2, 2 - slot.size(2), slot.size(2)).copy_(slot);
  at::Tensor fresh = window.narrow(2, 2, frames);
  fill(fresh);
  slot = toFrames(window.narrow(2, frames, 2)).clone(at::MemoryFormat::Preserve);  // so that window's memory goes
  return m_window(window, stop, added);
}

}  // namespace kinora::wan
