// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_config.h"

#include <algorithm>
#include <cmath>

#include "engine/wan/config_file.h"

namespace kinora::wan {
namespace {

using core::ErrorCode;
using core::Result;

constexpr std::int64_t kMaxBase = 4096;
constexpr std::int64_t kMaxMult = 64;

// Wan 2.1 and Wan 2.2: wan/modules/vae2_1.py and vae2_2.py, as in wan.md 4.6.
const std::vector<double> kMean16{-0.7571, -0.7089, -0.9113, 0.1075,  -0.1745, 0.9653,  -0.1517, 1.5508,
                                  0.4134,  -0.0715, 0.5517,  -0.3632, -0.1922, -0.9497, 0.2503,  -0.2921};
const std::vector<double> kStd16{2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
                                 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160};
const std::vector<double> kMean48{
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174,  0.1838,  0.1557,  -0.1382, 0.0542,  0.2813,  0.0891,
    0.1570,  -0.0098, 0.0375,  -0.1825, -0.2246, -0.1207, -0.0698, 0.5109,  0.2665,  -0.2108, -0.2158, 0.2502,
    -0.2055, -0.0322, 0.1109,  0.1567,  -0.0729, 0.0899,  -0.2799, -0.1230, -0.0313, -0.1649, 0.0117,  0.0723,
    -0.2839, -0.2083, -0.0520, 0.3748,  0.0152,  0.1957,  0.1433,  -0.2944, 0.3573,  -0.0548, -0.1681, -0.0667};
const std::vector<double> kStd48{0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344,
                                 0.5894, 1.0901, 0.6885, 0.6165, 0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804,
                                 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917, 0.4069, 0.4999,
                                 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887,
                                 0.3971, 1.0600, 0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744};

/// Shortcuts average or repeat whole groups of channels, so each stage's widths must divide.
void checkShortcuts(const VaeConfig& config, ConfigFile& file) {
  for (std::size_t i = 0; i < config.stages(); ++i) {
    const bool last = i + 1 == config.stages();
    const std::int64_t down = last ? 1 : config.temporalDownsample[i] ? 8 : 4;
    if (config.encoderIn(i) * down % config.encoderOut(i) != 0) {
      file.refuse("dim_mult", "widths whose shortcut groups divide (last two entries equal)", ErrorCode::Corrupt);
    }
    if (last) continue;
    const std::int64_t up = config.temporalUpsample(i) ? 8 : 4;
    if (config.decoderOut(i) * up % config.decoderIn(i) != 0) {
      file.refuse("dim_mult", "widths whose shortcut groups divide", ErrorCode::Corrupt);
    }
  }
}

/// A flat decoder halves the channels where it doubles the size, and the next stage takes half of its own width.
void checkHalves(const VaeConfig& config, ConfigFile& file) {
  for (std::size_t i = 0; i + 1 < config.stages(); ++i) {
    if (config.decoderOut(i) % 2 != 0) file.refuse("base_dim", "even decoder widths", ErrorCode::Corrupt);
  }
}

void readLatentScale(ConfigFile& file, VaeConfig& config) {
  const auto channels = static_cast<std::size_t>(config.latentChannels);
  const bool given = file.has("latents_mean") || file.has("latents_std");
  if (!given && (channels == kMean16.size() || channels == kMean48.size())) {
    config.latentMean = channels == kMean16.size() ? kMean16 : kMean48;
    config.latentStd = channels == kMean16.size() ? kStd16 : kStd48;
    return;
  }
  config.latentMean = file.numbers("latents_mean", channels);
  config.latentStd = file.numbers("latents_std", channels);
  if (!std::all_of(config.latentStd.begin(), config.latentStd.end(), [](double v) { return v >= 1e-6; })) {
    file.refuse("latents_std", "numbers from 1e-6", ErrorCode::Corrupt);
  }
}

void readPixels(ConfigFile& file, VaeConfig& config) {
  config.patch = file.optionalInteger("patch_size", 1, 16).value_or(1);
  config.pixelChannels = 3 * config.patch * config.patch;
  for (const char* key : {"in_channels", "out_channels"}) {
    if (file.optionalInteger(key).value_or(3) != config.pixelChannels) {
      file.refuse(key, std::to_string(config.pixelChannels) + " (3 colours of a patch)");
    }
  }
  if (file.optionalInteger("scale_factor_spatial").value_or(8) != config.spatialStride()) {
    file.refuse("scale_factor_spatial", std::to_string(config.spatialStride()) + ", as the stages give",
                ErrorCode::Corrupt);
  }
  if (file.optionalInteger("scale_factor_temporal").value_or(4) != config.temporalStride()) {
    file.refuse("scale_factor_temporal", std::to_string(config.temporalStride()) + ", as temperal_downsample gives",
                ErrorCode::Corrupt);
  }
}

}  // namespace

std::int64_t VaeConfig::temporalStride() const {
  return std::int64_t{1} << std::count(temporalDownsample.begin(), temporalDownsample.end(), true);
}

std::int64_t VaeConfig::decoderIn(std::size_t stage) const {
  if (stage == 0) return decoderBaseDim * dimMult.back();
  return upsampledOut(stage - 1);
}

Result<VaeConfig> readVaeConfig(const std::string& path) {
  auto opened = ConfigFile::open(path);
  if (!opened) return opened.error();
  ConfigFile& file = *opened;
  file.requireText("_class_name", "AutoencoderKLWan");
  VaeConfig config;
  config.baseDim = file.integer("base_dim", 1, kMaxBase);
  config.decoderBaseDim = file.optionalInteger("decoder_base_dim", 1, kMaxBase).value_or(config.baseDim);
  config.latentChannels = file.integer("z_dim", 1, kMaxBase);
  config.dimMult = file.integers("dim_mult", file.listSize("dim_mult", 2, 6), 1, kMaxMult);
  config.resBlocks = file.integer("num_res_blocks", 1, 16);
  config.temporalDownsample = file.flags("temperal_downsample", config.stages() - 1);
  config.residual = file.flagOr("is_residual", false);
  if (file.has("attn_scales") && file.listSize("attn_scales", 0, 64) > 0) file.refuse("attn_scales", "an empty list");
  if (auto status = file.status(); !status) return status.error();  // the rest counts with these
  readPixels(file, config);
  readLatentScale(file, config);
  if (config.residual) {
    checkShortcuts(config, file);
  } else {
    checkHalves(config, file);
  }
  if (auto status = file.status(); !status) return status.error();
  return config;
}

VaeConfig officialVae21Config() {
  VaeConfig config;
  config.baseDim = config.decoderBaseDim = 96;
  config.latentChannels = 16;
  config.dimMult = {1, 2, 4, 4};
  config.resBlocks = 2;
  config.temporalDownsample = {false, true, true};
  config.latentMean = kMean16;
  config.latentStd = kStd16;
  return config;
}

VaeConfig officialVae22Config() {
  VaeConfig config = officialVae21Config();
  config.baseDim = 160;
  config.decoderBaseDim = 256;
  config.latentChannels = 48;
  config.residual = true;
  config.patch = 2;
  config.pixelChannels = 12;
  config.latentMean = kMean48;
  config.latentStd = kStd48;
  return config;
}

}  // namespace kinora::wan
