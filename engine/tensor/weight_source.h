// SPDX-License-Identifier: GPL-3.0-or-later
// The names under which code with tensors knows engine/weights.
#pragma once

#include "engine/weights/weight_source.h"

namespace kinora::tensor {

using weights::shapeText;
using weights::TensorInfo;
using weights::WeightFile;
using weights::WeightSource;

}  // namespace kinora::tensor
