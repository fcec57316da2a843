// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/model_info.h"

namespace kinora::models {

/// A model made from parts that lie anywhere: all that its networks say, without id, name and directory. Two
/// transformers are the experts of Wan 2.2. problem says what it lacks. Throws ConfigError: a part that is not there or
/// is something else.
core::ModelInfo describeParts(const core::ModelParts& parts);

}  // namespace kinora::models
