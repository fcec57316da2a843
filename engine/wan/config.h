// SPDX-License-Identifier: GPL-3.0-or-later
// What the JSON files of a model folder in the diffusers layout say, strictly checked: a missing key, a wrong type or a
// value that cannot be is Corrupt, something sound that we do not implement is Unsupported; the message names the key,
// the context the file. Whether the weights agree is checked by the tensor tables.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace kinora::wan {

/// Rows of text the transformer sees, always: a prompt's tokens, then zero rows (wan.md: text_len).
inline constexpr std::int64_t kTextTokens = 512;

/// transformer/config.json of a WanTransformer3DModel or WanVACETransformer3DModel.
struct TransformerConfig {
  std::array<std::int64_t, 3> patch{1, 2, 2};  ///< latent frames, rows and columns in one token
  std::int64_t heads = 0;
  std::int64_t headDim = 0;
  std::int64_t inChannels = 0;   ///< latent channels; 36 where mask and picture latents are appended
  std::int64_t outChannels = 0;  ///< latent channels
  std::int64_t layers = 0;
  std::int64_t ffnDim = 0;
  std::int64_t freqDim = 0;  ///< width of the sinusoidal time vector, even
  std::int64_t textDim = 0;  ///< width of the text encoder's output
  std::int64_t ropePositions = 0;
  double eps = 1e-6;
  std::optional<std::int64_t> imageDim;        ///< width of CLIP states (Wan 2.1 image-to-video)
  std::optional<std::int64_t> addedKvDim;      ///< width of the image tokens in cross-attention
  std::optional<std::int64_t> imagePositions;  ///< CLIP tokens of first and last image together
  std::vector<std::int64_t> vaceLayers;        ///< VACE: blocks that get a hint from the control branch, rising from 0
  std::int64_t vaceChannels = 0;               ///< of the control branch's input

  std::int64_t dim() const { return heads * headDim; }
  std::int64_t patchVolume() const { return patch[0] * patch[1] * patch[2]; }
  bool hasControl() const { return !vaceLayers.empty(); }
  bool operator==(const TransformerConfig&) const = default;
};

/// text_encoder/config.json of a UMT5EncoderModel.
struct TextEncoderConfig {
  std::int64_t vocab = 0;
  std::int64_t dim = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t headDim = 0;
  std::int64_t ffnDim = 0;
  std::int64_t buckets = 0;      ///< relative position buckets, even
  std::int64_t maxDistance = 0;  ///< beyond it all positions share the last bucket
  double eps = 1e-6;

  std::int64_t innerDim() const { return heads * headDim; }
};

/// image_encoder/config.json of a CLIPVisionModel.
struct ClipVisionConfig {
  std::int64_t dim = 0;
  std::int64_t ffnDim = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t imageSize = 0;  ///< pixels a side
  std::int64_t patch = 0;      ///< pixels a side; divides imageSize
  double eps = 1e-5;

  /// The states before the last layer are what Wan reads.
  std::int64_t usedLayers() const { return layers - 1; }
  /// Patches and the class token.
  std::int64_t tokens() const { return (imageSize / patch) * (imageSize / patch) + 1; }
};

/// model_index.json.
struct ModelIndex {
  std::string pipelineClass;     ///< "WanPipeline", "WanImageToVideoPipeline", "WanVACEPipeline" or "WanDMDPipeline"
  bool expandTimesteps = false;  ///< the TI2V form: a clean first frame has timestep 0
  std::optional<double> boundaryRatio;  ///< two experts: timesteps from boundaryRatio·1000 go to the first
  bool hasTransformer2 = false;
  bool hasImageEncoder = false;
};

/// scheduler/scheduler_config.json, as far as it matters to us.
struct SchedulerConfig {
  std::string sampler;  ///< our name: "unipc", "euler" or "dpm++"
  double shift = 1;
};

core::Result<TransformerConfig> readTransformerConfig(const std::string& path);
core::Result<TextEncoderConfig> readTextEncoderConfig(const std::string& path);
core::Result<ClipVisionConfig> readClipVisionConfig(const std::string& path);
core::Result<ModelIndex> readModelIndex(const std::string& path);
core::Result<SchedulerConfig> readSchedulerConfig(const std::string& path);

/// What model_index.json says of a published architecture ("wan2.2-ti2v", …), for models that come without one; which
/// parts there are stands open. Nothing for a name that is not known.
std::optional<ModelIndex> publishedIndex(std::string_view architecture);

}  // namespace kinora::wan
