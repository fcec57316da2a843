// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/result.h"

namespace kinora::models {

inline constexpr const char* kExamplesFileName = "examples.json";

/// A clip that a model makes well: its recipe, and a few of its frames to show what comes of it.
struct Example {
  core::GenerationRequest request;  ///< prompt and seed, a start picture where it has one; no model and no edition
  std::string language;             ///< of the prompt: "en", "zh"
  std::string strip;                ///< absolute path of a picture: the frames side by side, of one width
  int frames = 1;                   ///< in the strip
  double fps = 4;                   ///< at which they show the motion
};

/// Reads examples.json of a model's folder, in its order. NotFound where the model has none; Corrupt or NewerVersion
/// with what and where. Paths must lie below the folder. An example whose files are not there is left out.
core::Result<std::vector<Example>> readExamples(const std::string& folder);

}  // namespace kinora::models
