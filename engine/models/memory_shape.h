// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/model_info.h"

namespace kinora::models {

/// What the memory of a model depends on, by the config files of its parts; what no file says is as in the published
/// models. info: parts and latentChannels are filled. Opens the weight files to see in which type they are. Throws
/// ConfigError.
core::MemoryShape memoryShape(const core::ModelInfo& info);

}  // namespace kinora::models
