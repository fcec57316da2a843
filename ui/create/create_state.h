// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "engine/core/generation_request.h"

namespace kinora::create {

/// What the Create panel holds: the request as the user left it (unset = default) and what is no part of a recipe.
/// In text mode the pictures stay here, and effective() leaves them out.
struct CreateState {
  core::GenerationRequest request;
  bool imageMode = false;
  int variants = 1;
  bool seedLocked = false;

  bool operator==(const CreateState&) const = default;
  /// The request that will be planned: no pictures in text mode, the seed as shown.
  core::GenerationRequest effective() const;
};

/// A request's JSON with one more object "panel", so that every reader of recipes can read it.
std::string toJson(const CreateState& state);
core::Result<CreateState> stateFromJson(std::string_view json);

}  // namespace kinora::create
