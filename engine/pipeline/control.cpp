// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/control.h"

#include <algorithm>

#include "engine/image/resample.h"
#include "engine/pipeline/pixels.h"
#include "engine/tensor/pch.h"

namespace kinora::pipeline {
namespace {

/// The clip as far as it is given, and where it is to be made.
struct Canvas {
  at::Tensor video;  ///< [1,3,F,H,W] in [-1,1]
  at::Tensor mask;   ///< [1,1,F,H,W]; 1: to be made
};

Canvas makeCanvas(const RunContext& run) {
  const GenerationInputs& inputs = run.inputs;
  const core::Size size = run.request().size;
  const std::int64_t frames = run.request().frames;
  const auto options = at::TensorOptions(run.device()).dtype(at::kFloat);
  Canvas canvas{at::zeros({1, 3, frames, size.height, size.width}, options),
                at::ones({1, 1, frames, size.height, size.width}, options)};
  const auto given = std::min<std::int64_t>(frames, static_cast<std::int64_t>(inputs.control.size()));
  for (std::int64_t i = 0; i < given; ++i) {
    run.stop();
    canvas.video.narrow(2, i, 1).copy_(pictureTensor(run, inputs.control[static_cast<std::size_t>(i)]));
    if (inputs.mask.empty()) continue;
    // A still mask holds for all frames, and the last one of a short mask for the rest.
    const std::size_t last = std::min(static_cast<std::size_t>(i), inputs.mask.size() - 1);
    const at::Tensor mask = pictureTensor(run, inputs.mask[last]).narrow(1, 0, 1);
    canvas.mask.narrow(2, i, 1).copy_(((mask + 1) / 2).clamp_(0, 1));
  }
  const auto keep = [&](const core::Frame& picture, std::int64_t frame) {
    if (picture.isNull()) return;
    canvas.video.narrow(2, frame, 1).copy_(pictureTensor(run, picture));
    canvas.mask.narrow(2, frame, 1).zero_();
  };
  keep(inputs.startImage, 0);
  keep(inputs.endImage, frames - 1);
  return canvas;
}

/// The mask at latent resolution, the pixels of a cell as channels: [1,1,F,H,W] -> [1,s²,T,h,w].
at::Tensor foldedMask(const at::Tensor& mask, const at::Tensor& latents, std::int64_t stride) {
  const std::int64_t rows = latents.size(3);
  const std::int64_t columns = latents.size(4);
  const at::Tensor cells = mask[0][0]
                               .reshape({mask.size(2), rows, stride, columns, stride})
                               .permute({2, 4, 0, 1, 3})
                               .reshape({1, stride * stride, mask.size(2), rows, columns});
  return at::_upsample_nearest_exact3d(cells, {latents.size(2), rows, columns});
}

/// A reference picture in the middle of a white frame of the clip's size: [1,3,1,H,W]. As upstream, its sides are first
/// brought down to multiples of the VAE's stride.
at::Tensor letterboxed(const core::Frame& reference, core::Size size, int stride) {
  const auto floored = [&](int side) { return std::max(stride, side - side % stride); };
  const core::Frame picture =
      image::resizeLanczos(reference, {floored(reference.width()), floored(reference.height())});
  const at::Tensor pixels = toTensor(picture).squeeze(2);  // [1,3,h,w]
  const double scale =
      std::min(static_cast<double>(size.height) / picture.height(), static_cast<double>(size.width) / picture.width());
  const std::int64_t height = std::max(1, static_cast<int>(picture.height() * scale));
  const std::int64_t width = std::max(1, static_cast<int>(picture.width() * scale));
  const at::Tensor resized = at::upsample_bilinear2d(pixels, {height, width}, false);
  at::Tensor canvas = at::ones({1, 3, size.height, size.width}, pixels.options());
  canvas.narrow(2, (size.height - height) / 2, height).narrow(3, (size.width - width) / 2, width).copy_(resized);
  return canvas.unsqueeze(2);
}

}  // namespace

at::Tensor controlInput(const RunContext& run) {
  const wan::Vae& vae = run.model.vae;
  const Canvas canvas = makeCanvas(run);
  const at::Tensor made = (canvas.mask > 0.5).to(at::kFloat);
  // Kept and changed pixels are parted before they are encoded.
  const at::Tensor inactive = vae.encode(canvas.video * (1 - made), run.stop, run.encodePieces());
  const at::Tensor reactive = vae.encode(canvas.video * made, run.stop, run.encodePieces());
  at::Tensor latents = at::cat({inactive, reactive}, 1);
  const std::int64_t stride = run.model.configs.vae.spatialStride();
  at::Tensor mask = foldedMask(canvas.mask, latents, stride);
  for (const core::Frame& picture : run.inputs.references) {
    const at::Tensor boxed = letterboxed(picture, run.request().size, static_cast<int>(stride)).to(run.device());
    const at::Tensor reference = vae.encode(boxed, run.stop, run.encodePieces());
    latents = at::cat({at::cat({reference, at::zeros_like(reference)}, 1), latents}, 2);
    mask = at::cat({at::zeros_like(mask.narrow(2, 0, 1)), mask}, 2);
  }
  return at::cat({latents, mask}, 1);
}

}  // namespace kinora::pipeline
