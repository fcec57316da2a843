// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/result.h"

namespace kinora::cli {

/// Options of generate as typed; text that needs reading is turned into a request afterwards, so that a wrong size is
/// reported in our words.
struct GenerateOptions {
  core::GenerationRequest request;
  std::string size;
  std::string seconds;
  std::string fps;
  std::optional<double> nagScale;
  std::optional<double> nagTau;
  std::optional<double> nagAlpha;
  std::vector<std::string> loras;
  std::string output;
  std::string dump;
  int variants = 1;
  bool dryRun = false;
  bool json = false;
};

/// Environment defaults (KINORA_DEVICE, KINORA_DTYPE, KINORA_THREADS) and absolute paths included.
core::Result<core::GenerationRequest> toRequest(const GenerateOptions& options);

}  // namespace kinora::cli
