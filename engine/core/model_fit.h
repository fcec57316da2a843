// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/model_info.h"
#include "engine/core/plan.h"

namespace kinora::core {

/// What of a request only some models can do.
struct Wishes {
  explicit Wishes(const GenerationRequest& request);
  bool start, end, control;
};

/// Whether a model can make a request: its pictures and its control.
bool suits(const ModelInfo& model, const GenerationRequest& request);

/// Why not: all of it at once, each fault naming the installed models that could.
std::vector<Fault> modelFaults(const GenerationRequest& request, const ModelInfo& model,
                               std::span<const ModelInfo> installed);

}  // namespace kinora::core
