// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/clip_picture.h"

#include "engine/image/resample.h"
#include "engine/pipeline/pixels.h"
#include "engine/tensor/pch.h"
#include "engine/wan/clip_vision.h"

namespace kinora::pipeline {

at::Tensor clipPixels(const core::Frame& picture, std::int64_t side) {
  const int square = static_cast<int>(side);
  const core::Size size = picture.size();
  const auto longSide = [&](std::int64_t longer, std::int64_t shorter) {
    return static_cast<int>(side * longer / shorter);
  };
  const core::Size cover = size.width <= size.height ? core::Size{square, longSide(size.height, size.width)}
                                                     : core::Size{longSide(size.width, size.height), square};
  const core::Frame middle = image::cropCentre(image::resizeBicubic(picture, cover), {square, square});
  return wan::ClipVision::normalized(toPixels(middle));
}

}  // namespace kinora::pipeline
