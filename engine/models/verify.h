// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"

namespace kinora::models {

struct FileCheck {
  enum class Verdict {
    NotVerified,  ///< nothing to compare with: the hash is only told
    Unchanged,    ///< as it came, but its publisher's hash is not known
    Published,    ///< the publisher's bytes
    Changed,
    Missing,
  };
  std::string file;  ///< relative to the model's folder; absolute where it lies elsewhere
  std::uint64_t bytes = 0;
  std::string sha256;  ///< empty if missing
  Verdict verdict = Verdict::NotVerified;
};

/// Hashes every file of a model on threads threads (0: as many as the machine has) and compares with what its
/// kinora.json says came. progress is called with bytes done and in all, one call at a time, from any of the threads.
/// Unreadable (a file that cannot be read to its end), Cancelled.
core::Result<std::vector<FileCheck>> verifyModel(const core::ModelInfo& model,
                                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                                 std::stop_token stop, unsigned threads = 0);

}  // namespace kinora::models
