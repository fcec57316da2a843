// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/result.h"

namespace kinora::wan {

/// vae/config.json of an AutoencoderKLWan, both forms: VAE 2.1 (flat) and VAE 2.2 (residual stages, patched pixels).
/// A stage is one resolution; stages are counted from the pixels in the encoder and from the latent in the decoder.
struct VaeConfig {
  std::int64_t baseDim = 0;         ///< encoder channels at the first stage
  std::int64_t decoderBaseDim = 0;  ///< decoder channels at the last stage
  std::int64_t latentChannels = 0;  ///< C of a latent [1,C,T,h,w]
  std::vector<std::int64_t> dimMult;
  std::int64_t resBlocks = 0;            ///< per encoder stage; a decoder stage has one more
  std::vector<bool> temporalDownsample;  ///< one fewer than dimMult: also halve time behind encoder stage i
  bool residual = false;                 ///< VAE 2.2
  std::int64_t patch = 1;                ///< pixels folded into channels, per side
  std::int64_t pixelChannels = 3;        ///< colours × patch²
  std::vector<double> latentMean;        ///< per latent channel
  std::vector<double> latentStd;         ///< > 0

  std::size_t stages() const { return dimMult.size(); }
  /// Pixels per latent cell and side.
  std::int64_t spatialStride() const { return patch << (stages() - 1); }
  /// Pixel frames per latent frame after the first.
  std::int64_t temporalStride() const;
  /// Pixel frames of T latent frames, and back (pixelFrames must be stride·k + 1).
  std::int64_t pixelFrames(std::int64_t latentFrames) const { return (latentFrames - 1) * temporalStride() + 1; }
  std::int64_t latentFrames(std::int64_t pixelFrames) const { return (pixelFrames - 1) / temporalStride() + 1; }

  // Channels, by stage.
  std::int64_t encoderIn(std::size_t stage) const { return baseDim * (stage == 0 ? 1 : dimMult[stage - 1]); }
  std::int64_t encoderOut(std::size_t stage) const { return baseDim * dimMult[stage]; }
  std::int64_t decoderIn(std::size_t stage) const;
  std::int64_t decoderOut(std::size_t stage) const { return decoderBaseDim * dimMult[stages() - 1 - stage]; }
  /// Channels behind the up-sampling convolution of a decoder stage: VAE 2.1 halves them.
  std::int64_t upsampledOut(std::size_t stage) const { return decoderOut(stage) / (residual ? 1 : 2); }
  /// Whether decoder stage i doubles time.
  bool temporalUpsample(std::size_t stage) const { return temporalDownsample[stages() - 2 - stage]; }
};

/// Reads and checks the file. Keys that published files leave out take the values of VAE 2.1; without latents_mean and
/// latents_std the official constants of the 16 and 48 channel models hold. Errors: NotFound, Unreadable, Corrupt
/// (names the key), Unsupported.
core::Result<VaeConfig> readVaeConfig(const std::string& path);

/// The configs of the published models, which a folder in the original layout does not carry.
VaeConfig officialVae21Config();
VaeConfig officialVae22Config();

}  // namespace kinora::wan
