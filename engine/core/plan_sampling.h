// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/model_info.h"
#include "engine/core/plan.h"

namespace kinora::core {

/// Fills in and checks what a plan's request says of sampler, steps, guidance and caching.
void planSampling(const ModelInfo& model, PlanResult& result);

/// "5", "2.5": without the zeros that to_string writes.
std::string numberText(double value);
/// "steps; expected 1…200, got 999" with the three numbers as args.
Fault outOfRange(const char* field, const char* key, double value, double low, double high);

}  // namespace kinora::core
