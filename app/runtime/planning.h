// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/plan.h"
#include "engine/credits/editions.h"
#include "engine/models/model_catalogue.h"

namespace kinora::runtime {

/// The catalogues a request is checked against. Both outlive it.
struct Catalogues {
  const credits::EditionCatalogue& editions;
  const models::ModelCatalogue& models;
};

/// A plan together with what it was made for.
struct Planned {
  core::PlanResult result;
  const core::Edition* edition = nullptr;  ///< nullptr: draft
  const core::ModelInfo* model = nullptr;  ///< nullptr if none fits; then result has a fault
};

/// Finds the request's edition and model and plans it. Reads the sizes of its pictures from their
/// headers and looks whether its LoRA files are there.
Planned planRequest(const core::GenerationRequest& request, const Catalogues& catalogues);

/// First of the faults' codes and all their messages, as one error.
core::Error faultsAsError(const std::vector<core::Fault>& faults);

}  // namespace kinora::runtime
