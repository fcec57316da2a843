// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/weights/recognise.h"

namespace kinora::models {

/// A file that may be a part of a model, looked at by its header: what it is, and what decides whether it goes with
/// others.
struct FoundPart {
  std::string path;           ///< absolute: a weight file, an index of shards, a folder of diffusers, or a vocabulary
  weights::Recognised what;   ///< role Unknown for a vocabulary by itself
  bool vocabulary = false;    ///< it is a SentencePiece model, or weights that carry one
  bool published = false;     ///< has the sizes of a published network
  std::int64_t channels = 0;  ///< latent channels: of a VAE or tiny decoder, and of what a transformer makes
  std::int64_t textDim = 0;   ///< width of text states: of a text encoder's output, and of a transformer's input
  std::int64_t imageDim = 0;  ///< the same of CLIP states; 0 for a transformer without picture tokens

  std::string title() const;
};

/// Errors: as WeightSource::open.
core::Result<FoundPart> lookAt(const std::string& path);

/// The index beside a file that lists it as a shard; the file itself where there is none.
std::string wholeOf(const std::string& file);

/// All parts that lie directly in a folder, shards only as their index, in order of name. What is neither is passed by.
std::vector<FoundPart> partsIn(const std::string& folder);
/// The same with the folders below, two levels deep; hidden ones are passed by.
std::vector<FoundPart> partsBelow(const std::string& folder);

/// Where the other parts of a file's model may lie, nearest first: its own folder and, beside and above it, the folders
/// of ComfyUI, of diffusers and of the original layout. Only folders that exist.
std::vector<std::string> foldersAround(const std::string& file);

}  // namespace kinora::models
