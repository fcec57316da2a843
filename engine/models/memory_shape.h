// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/model_info.h"

namespace kinora::models {

/// What the memory of a model depends on, by the config files of its parts; dim 0 where a part has none beside it.
/// info: dim, layers, parameters and parts are filled. Throws ConfigError.
core::MemoryShape memoryShape(const core::ModelInfo& info);

}  // namespace kinora::models
