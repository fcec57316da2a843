// SPDX-License-Identifier: GPL-3.0-or-later
// What names and shapes say about the networks of a Wan model, in every naming (wan.md 1.1, 3, 4, 5.4 and 6). Reads no
// values. Sizes are what the tensors have; whether all of them are there is for the tensor tables to say.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/weight_source.h"

namespace kinora::weights {

struct WanTransformerShape {
  std::string_view naming;  ///< "original" or "diffusers"
  std::int64_t dim = 0;
  std::int64_t ffnDim = 0;
  std::int64_t layers = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  std::int64_t freqDim = 0;
  std::int64_t textDim = 0;
  std::array<std::int64_t, 3> patch{};
  std::optional<std::int64_t> imageDim;        ///< CLIP states (Wan 2.1 image-to-video)
  std::optional<std::int64_t> addedKvDim;      ///< of image tokens in cross-attention
  std::optional<std::int64_t> imagePositions;  ///< first-last-frame
  std::int64_t vaceBlocks = 0;
  std::int64_t vaceChannels = 0;
};
std::optional<WanTransformerShape> wanTransformerShape(const WeightSource& source);

struct WanVaeShape {
  std::string_view naming;  ///< "original" or "diffusers"
  bool residual = false;    ///< VAE 2.2
  std::int64_t baseDim = 0;
  std::int64_t decoderBaseDim = 0;
  std::int64_t latentChannels = 0;
  std::int64_t pixelChannels = 0;
  std::int64_t resBlocks = 0;            ///< per encoder stage
  std::vector<std::int64_t> dimMult;     ///< by encoder stage
  std::vector<bool> temporalDownsample;  ///< behind each stage but the last
};
std::optional<WanVaeShape> wanVaeShape(const WeightSource& source);

struct TextEncoderShape {
  std::string_view naming;  ///< "original", "transformers" or "llama.cpp"
  std::int64_t vocab = 0;
  std::int64_t dim = 0;
  std::int64_t innerDim = 0;
  std::int64_t ffnDim = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t buckets = 0;
  bool biasInEveryLayer = false;  ///< UMT5; T5 has one table in all
};
std::optional<TextEncoderShape> textEncoderShape(const WeightSource& source);

struct ImageEncoderShape {
  std::string_view naming;  ///< "original" or "transformers"
  std::int64_t dim = 0;
  std::int64_t mlpDim = 0;
  std::int64_t layers = 0;
  std::int64_t patch = 0;
  std::int64_t positions = 0;
};
std::optional<ImageEncoderShape> imageEncoderShape(const WeightSource& source);

/// TAEHV, the tiny preview autoencoder.
struct TinyDecoderShape {
  std::int64_t latentChannels = 0;
  std::int64_t width = 0;  ///< channels of its first stage
};
std::optional<TinyDecoderShape> tinyDecoderShape(const WeightSource& source);

}  // namespace kinora::weights
