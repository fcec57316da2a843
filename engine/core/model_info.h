// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/memory_shape.h"
#include "engine/core/rational.h"

namespace kinora::core {

/// Where each component of a model lies: absolute paths, each a diffusers sub-folder (config.json beside the weights)
/// or one file. Parts may lie in different folders and on different drives; they are only read. Empty: the model has no
/// such part.
struct ModelParts {
  std::string transformer;   ///< the only one, or the expert for high noise
  std::string transformer2;  ///< the expert for low noise
  std::string vae;
  std::string textEncoder;
  std::string tokenizer;     ///< folder with spiece.model, or that file
  std::string imageEncoder;  ///< CLIP vision tower
  std::string tinyDecoder;   ///< TAEHV file for previews; nothing but these depends on it
  friend bool operator==(const ModelParts&, const ModelParts&) = default;
};

/// What a model folder says of itself in its config files: no tensor has been read. Filled by engine/models.
struct ModelInfo {
  std::string id;            ///< folder name, "mini"
  std::string name;          ///< "Mini"
  std::string directory;     ///< absolute
  std::string registered;    ///< folder of the kinora.json that names a model used where it lies; else empty
  std::string architecture;  ///< "wan2.2-ti2v", "wan2.1-t2v", …
  std::string licence;
  std::uint64_t bytes = 0;  ///< weight files on disk
  ModelParts parts;
  bool textToVideo = false;
  bool imageToVideo = false;
  bool endFrame = false;
  bool needsEndFrame = false;  ///< a start picture alone will not do
  bool control = false;        ///< control video, mask, references (VACE)

  // Defaults for a request that does not say.
  Size nativeSize;  ///< landscape
  Rational fps;     ///< rate the model was trained at
  int frames = 0;
  int steps = 0;
  double guidance = 0;
  double guidance2 = 0;  ///< of the expert for low noise; 0: there is one expert
  double shift = 0;
  std::string sampler = "unipc";

  // Geometry.
  int spatialStride = 8;   ///< pixels per latent cell
  int temporalStride = 4;  ///< pixel frames per latent frame after the first
  int sizeMultiple = 16;   ///< width and height are multiples of spatialStride × patch
  int latentChannels = 0;
  // Shape, for estimates of memory and work.
  int dim = 0;
  int ffnDim = 0;
  int layers = 0;
  int textDim = 0;
  int decoderBaseDim = 0;
  std::uint64_t parameters = 0;  ///< of one transformer
  MemoryShape memory;

  std::vector<std::string> prompts;  ///< suggestions to start from
  std::string problem;               ///< why it cannot be used, empty if it can

  friend bool operator==(const ModelInfo&, const ModelInfo&) = default;
};

}  // namespace kinora::core
