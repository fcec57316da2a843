// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/pixels.h"

#include <cstring>

#include "engine/tensor/pch.h"

namespace kinora::pipeline {

at::Tensor toPixels(const core::Frame& frame) {
  const at::Tensor bytes = at::empty({frame.height(), frame.width(), 3}, at::kByte);
  std::memcpy(bytes.data_ptr(), frame.data(), frame.byteCount());
  return bytes.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat).contiguous();
}

at::Tensor toTensor(const core::Frame& frame) {
  return (toPixels(frame) / 255.0 * 2.0 - 1.0).unsqueeze(2);
}

core::Frame toFrame(const at::Tensor& video, std::int64_t index) {
  const at::Tensor rgb = video.select(2, index)[0].to(at::kFloat).permute({1, 2, 0});  // [H,W,3]
  const at::Tensor bytes = (rgb * 0.5 + 0.5).clamp(0, 1).mul(255).round().to(at::kByte).to(at::kCPU).contiguous();
  const auto size = static_cast<std::size_t>(bytes.numel());
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[size]);
  std::memcpy(pixels.get(), bytes.data_ptr(), size);
  return {static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), std::move(pixels)};
}

}  // namespace kinora::pipeline
