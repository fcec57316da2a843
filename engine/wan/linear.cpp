// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/linear.h"

#include "engine/tensor/ops.h"
#include "engine/tensor/quantise.h"

namespace kinora::wan {

at::Tensor Linear::operator()(const at::Tensor& x, const tensor::StopCheck& stop) const {
  return scale.defined() ? tensor::quantisedLinear(x, weight, scale, bias, stop)
                         : tensor::linear(x, weight, bias, stop);
}

}  // namespace kinora::wan
