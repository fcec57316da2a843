// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/run_context.h"

#include "engine/image/resample.h"
#include "engine/pipeline/pixels.h"

namespace kinora::pipeline {

at::Tensor pictureTensor(const RunContext& run, const core::Frame& picture) {
  const core::Size whole = image::fitSize(run.inputs.plan.outputSize, picture.size());
  const core::Frame fitted = image::resizeLanczos(image::coverCrop(picture, whole), run.request().size);
  return toTensor(fitted).to(run.device());
}

}  // namespace kinora::pipeline
