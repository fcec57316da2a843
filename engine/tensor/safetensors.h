// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "engine/core/result.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::tensor {

/// Writes tensors (any device; made contiguous on the CPU) in order of name, through a temporary file, fsync and
/// rename: path holds either its old content or all of the new. The same input gives the same bytes. Errors:
/// NotWritable, DiskFull, InvalidInput (a dtype the format does not have). weights::WeightFile reads them.
core::Result<void> writeSafetensors(const std::string& path, const std::map<std::string, at::Tensor>& tensors,
                                    const std::map<std::string, std::string>& metadata = {});

}  // namespace kinora::tensor
