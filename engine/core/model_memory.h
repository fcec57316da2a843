// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kinora::core {

/// A part of a model that is in memory.
struct ResidentPart {
  std::string name;         ///< "transformer", "transformer_2", "text_encoder", "image_encoder", "vae"
  std::uint64_t bytes = 0;  ///< of its weights, in the dtypes they are worked with
  bool operator==(const ResidentPart&) const = default;
};

/// The model that is in memory; an empty id: none.
struct ResidentModel {
  std::string id;
  std::vector<ResidentPart> parts;

  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const ResidentPart& part : parts) sum += part.bytes;
    return sum;
  }
  bool operator==(const ResidentModel&) const = default;
};

/// What stays in memory between jobs, for those who may not see the inference engine (ui/). Implemented by app/runtime.
/// Thread-safe.
class ModelMemory {
 public:
  virtual ~ModelMemory() = default;
  /// As of the end of the last job, load or unload; does not wait for those.
  virtual ResidentModel resident() const = 0;
  /// Whether a model stays after its job for the next one; otherwise it is freed.
  virtual bool keeps() const = 0;
  /// Counts from the end of the next job.
  virtual void setKeeps(bool keeps) = 0;
  /// Frees what is in memory; waits for the job that runs. Not on the UI thread.
  virtual void unload() = 0;
};

}  // namespace kinora::core
