// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/memory_vae.h"

namespace kinora::core {

/// Weights of one network as they lie on disk.
struct WeightShape {
  double parameters = 0;
  double bytes = 0;  ///< of the files
  bool operator==(const WeightShape&) const = default;
};

/// What the memory of a model depends on. Filled from its config files by engine/models; dim 0: not known, no plan.
struct MemoryShape {
  // Transformer
  int dim = 0;
  int ffnDim = 0;
  int layers = 0;
  int heads = 1;
  int experts = 1;         ///< transformers of which one is in memory at a time
  WeightShape transformer;  ///< of one expert
  // Text encoder
  int textDim = 0;
  int textFfn = 0;
  int textHeads = 0;
  int textLayers = 0;
  int textInner = 0;     ///< heads × their width
  WeightShape text;      ///< with the token embedding
  double embedding = 0;  ///< parameters of the token embedding, which stays in the file
  VaeShape vae;
  bool operator==(const MemoryShape&) const = default;
};

/// One generation, as far as its memory depends on it.
struct MemoryNeed {
  Size size;  ///< pixels the model works at
  std::int64_t frames = 0;
  bool guided = false;      ///< a negative prompt
  int encodedFrames = 0;    ///< pixel frames that go through the VAE's encoder; 0: none
  double width = 4;         ///< bytes of a value at work
  double base = 0;          ///< bytes the process holds anyway
  double limit = 0;         ///< most bytes the job may take; 0: no limit
};

/// How a generation is laid out in memory. Peaks are bytes of the whole process in that stage, mapped files included
/// where their weights are used from the file.
struct MemoryPlan {
  bool planned = false;       ///< false: the model's shape is not known
  bool fits = true;
  bool keepText = true;       ///< false: the text encoder goes before the steps begin
  bool streamBlocks = false;  ///< the transformer's blocks are loaded one ahead of the work and not kept
  std::int64_t chunk = 1;     ///< latent frames the VAE works on at a time
  std::int64_t tileRows = 0;  ///< latent cells of a VAE tile; 0: the whole height or width
  std::int64_t tileColumns = 0;
  std::int64_t tileOverlap = 0;

  double weights = 0;  ///< kept in memory while the steps run
  double mapped = 0;   ///< of these, used from the mapped file
  double text = 0;     ///< peaks of the stages
  double encode = 0;
  double denoise = 0;
  double decode = 0;
  double peak() const;
  bool operator==(const MemoryPlan&) const = default;
};

/// The least saving plan that fits need.limit: first everything stays in memory and the VAE works on whole pictures;
/// then, in this order until it fits, smaller chunks, VAE tiles, the text encoder leaves early, blocks are streamed.
/// Where nothing fits, the smallest plan with fits false. Formulas: the tensors that live at once in the code, walked
/// through; checked against measurements by kinora-bench-memory (docs/benchmarks.md).
MemoryPlan planMemory(const MemoryShape& shape, const MemoryNeed& need);

/// What would fit where need does not: fewer frames, else a smaller picture (multiples of sizeMultiple); nothing where
/// not even that helps.
struct FittingNeed {
  Size size;
  std::int64_t frames = 0;
};
std::optional<FittingNeed> largestThatFits(const MemoryShape& shape, const MemoryNeed& need, int sizeMultiple);

/// In words, a line a decision: "transformer 2.6 GiB, streamed block by block".
std::vector<std::string> memoryLines(const MemoryPlan& plan);

}  // namespace kinora::core
