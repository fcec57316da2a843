// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/model_info.h"

namespace kinora::core {

/// How a generation is laid out in memory, and the most each stage takes: bytes of the whole process on the CPU
/// (tensors, mapped files where weights are used from them, the program), of tensors on a GPU.
struct MemoryPlan {
  bool planned = false;  ///< false: the model's shape is not known; all stays in memory
  bool fits = true;
  bool keepIdle = true;       ///< false: each network is in memory only while it works
  bool streamText = false;    ///< the text encoder's layers are read one by one when a prompt comes to them
  bool streamBlocks = false;  ///< the transformer's blocks come from the file one ahead of the work, two at a time
  std::int64_t chunk = 0;     ///< latent frames the VAE works on at a time; 0: as many as save overhead
  std::int64_t tileRows = 0;  ///< latent cells of a VAE tile; 0: the whole height or width
  std::int64_t tileColumns = 0;
  std::int64_t tileOverlap = 0;

  double text = 0;
  double encode = 0;  ///< 0: nothing is encoded
  double denoise = 0;
  double decode = 0;
  double tensors = 0;  ///< most that tensors take at once, without mapped files and the program

  double peak() const;
  bool tiled() const { return tileRows > 0 || tileColumns > 0; }
  bool operator==(const MemoryPlan&) const = default;
};

/// The least saving plan within limit bytes (0: none). request: complete (size, frames, steps); its pictures count as
/// given where their paths are; dtype and device "auto" count as f32 on the CPU.
/// At first all stays in memory and the VAE works on whole pictures. Then, in this order and until it fits: smaller
/// chunks, networks leave when their work is done, their layers are streamed, VAE tiles. The results of all but tiles
/// are the same. Where nothing fits: the smallest plan with fits false. The figures are those of the tensors that live
/// at once in the code, walked through; kinora-bench memory checks them against measurements (docs/benchmarks.md).
MemoryPlan planMemory(const ModelInfo& model, const GenerationRequest& request, double limit);

/// What would fit where a request does not: fewer frames, else a smaller picture too.
struct FittingSize {
  Size size;
  int frames = 0;
};
/// Nothing where not even a small picture fits.
std::optional<FittingSize> largestThatFits(const ModelInfo& model, const GenerationRequest& request, double limit);

/// Why a request cannot start and what would fit.
struct MemoryShortage {
  std::optional<FittingSize> fitting;
  std::string text;               ///< English
  std::vector<std::string> args;  ///< what it takes, what is there, and where something fits that
};
MemoryShortage memoryShortage(const ModelInfo& model, const GenerationRequest& request, double limit);

/// In words, a line a decision: "the transformer's blocks are streamed".
std::vector<std::string> memoryLines(const MemoryPlan& plan);

}  // namespace kinora::core
