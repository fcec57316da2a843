// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/core/result.h"
#include "engine/pipeline/run_context.h"

namespace kinora::pipeline {

/// The text encoder's rows [n, textDim] of the prompt, then, where guidance is on, of the negative prompt.
core::Result<std::vector<at::Tensor>> encodeText(RunContext& run);

}  // namespace kinora::pipeline
