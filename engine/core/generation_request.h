// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/rational.h"
#include "engine/core/result.h"

namespace kinora::core {

struct LoraUse {
  std::string file;  ///< absolute path
  double weight = 1.0;
  std::string expert =
      {};  ///< of a model with two: "high" or "low" (noise); empty: what the file's names say, else both
  bool operator==(const LoraUse&) const = default;
};

/// Normalized attention guidance: the negative prompt works inside cross-attention, also where guidance is off.
struct NagUse {
  double scale = 11;
  double tau = 2.5;     ///< most that a token's attention output may grow
  double alpha = 0.25;  ///< share of the guided output
  bool operator==(const NagUse&) const = default;
};

/// Skip-layer guidance: in some steps a further pass without these blocks shows what to steer away from.
struct SkipLayers {
  std::vector<int> blocks;  ///< from 0; empty: off
  double scale = 1;
  double from = 0.01;  ///< of all steps
  double to = 0.2;
  bool operator==(const SkipLayers&) const = default;
};

/// Everything that determines a generation. Zero, empty or unset means "the model's or edition's default";
/// core::plan fills these in. Text is UTF-8.
struct GenerationRequest {
  std::string prompt;
  std::string negativePrompt;
  std::string startImage;               ///< absolute path, empty: text-to-video
  std::string endImage;                 ///< absolute path
  std::string controlVideo;             ///< absolute path; what the clip shall follow or keep (VACE)
  std::string controlMask;              ///< video or picture, absolute path; white: to be made, black: to be kept
  std::vector<std::string> references;  ///< pictures of what shall appear, absolute paths
  std::optional<double> controlScale;   ///< how strongly the clip follows its control, 1 in training

  std::string edition;  ///< "" draft, "standard", "master"; an older version as "master@2.0"
  std::string quality;  ///< "720p" or "1080p", for standard
  std::string aspect;   ///< "16:9", "9:16", "1:1"; empty: the start image's own, else 16:9
  std::string model;    ///< id or folder

  Size size;         ///< pixels the model works at
  int frames = 0;    ///< frames the model makes (4k+1)
  Rational seconds;  ///< length; frames wins where both are given
  Rational fps;      ///< rate of the written clip
  int steps = 0;
  std::optional<double> guidance;
  std::optional<double> guidance2;
  std::optional<double> shift;
  std::string sampler;       ///< a word of core::samplers()
  std::string guidanceKind;  ///< a word of core::guidanceKinds(); empty: "cfg"
  std::optional<NagUse> nag;
  SkipLayers skipLayers;
  std::string cache;                     ///< "off" or a word of core::cacheKinds(); empty: off
  std::optional<double> cacheThreshold;  ///< higher: more steps reuse what an earlier one computed
  std::vector<LoraUse> loras;
  std::optional<std::uint64_t> seed;
  std::string noiseFile;  ///< safetensors with "noise", in place of the seeded start noise

  /// Where the clip is enlarged: empty, then frames get the start picture's detail (engine/detail), or "off".
  std::string detail;

  std::string device;  ///< "", "auto", "cpu", "cuda", "cuda:0"; several that share the work: "cuda:0,cuda:1"
  std::string dtype;   ///< "", "auto", "f32", "bf16", "f16"; "int8", "fp8": auto, with weights kept in a byte each
  int threads = 0;
  double memoryGiB = 0;

  bool operator==(const GenerationRequest&) const = default;
};

/// The recipe: JSON that is stored with the job, in the clip's metadata and in the project. Unset fields are left out.
std::string toJson(const GenerationRequest& request);
/// Unknown keys are ignored; a wrong type or broken JSON is Corrupt.
Result<GenerationRequest> requestFromJson(std::string_view json);

}  // namespace kinora::core
