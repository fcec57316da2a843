// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/edition.h"
#include "engine/core/generation_request.h"
#include "engine/core/memory_plan.h"
#include "engine/core/model_info.h"

namespace kinora::core {

/// One thing wrong with a request, tied to the field it concerns so that a form can show it there.
struct Fault {
  std::string field;  ///< a member of GenerationRequest, e.g. "prompt", "startImage", "size"
  ErrorCode code = ErrorCode::InvalidInput;
  std::string message;            ///< English; the ui translates by key
  std::string key;                ///< stable: "prompt-too-long", "edition-needs-image", "no-end-frame", "too-big", …
  std::vector<std::string> args;  ///< values for the translated sentence, in order
};

/// A request with every default filled in, and what it will take. Values only: the same inputs give the same plan.
struct Plan {
  GenerationRequest request;  ///< complete: size, frames, fps, steps, guidance, shift, sampler set
  Size outputSize;            ///< pixels of the written clip
  Rational outputFps;
  Rational modelFps;  ///< rate of the frames that the model makes: its own with an edition, outputFps for a draft
  std::int64_t outputFrames = 0;
  int tokens = 0;               ///< transformer tokens
  std::uint64_t peakBytes = 0;  ///< of the process, in the stage that takes most; 0: not known
  MemoryPlan memory;            ///< what is in memory when, and how the work is cut
  double work = 0;              ///< estimate in TFLOP; divide by a measured rate for seconds
  int credits = 0;
  std::vector<std::string> notes;  ///< adjustments made, in words: "frames 80 → 81 (4k+1)"
};

struct PlanResult {
  Plan plan;
  std::vector<Fault> faults;  ///< all of them at once; empty = can start
  bool ok() const { return faults.empty(); }
};

/// What the caller knows of pictures, machine and models; a size of 0 means no picture.
struct PlanContext {
  Size startImage;
  Size endImage;
  std::uint64_t memoryBytes = 0;         ///< of the machine, where the request sets no limit and no GPU; 0: no limit
  std::span<const ModelInfo> installed;  ///< to name those that could, where the chosen one cannot
};

/// Checks a request against edition (nullptr: draft) and model and fills in every default.
/// Frames are rounded to temporalStride·k+1 and sizes to sizeMultiple, and the notes say so; absurd sizes are refused
/// with the memory they would take.
PlanResult plan(const GenerationRequest& request, const Edition* edition, const ModelInfo& model,
                const PlanContext& context);

}  // namespace kinora::core
