// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"
#include "engine/pipeline/experts.h"
#include "engine/pipeline/inference_engine.h"
#include "engine/pipeline/model_configs.h"
#include "engine/tensor/device.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/wan/clip_vision.h"
#include "engine/wan/text_encoder.h"
#include "engine/wan/tiny_decoder.h"
#include "engine/wan/tokenizer.h"
#include "engine/wan/vae.h"

namespace kinora::pipeline {

/// Where and how precisely a model runs.
struct Placement {
  std::vector<tensor::ComputeDevice> devices;  ///< that share the transformer's work; the first has all the rest
  c10::ScalarType dtype;                       ///< to compute in
  std::optional<c10::ScalarType> packed;       ///< int8 or fp8: what the large weights are kept in

  /// "bf16", "int8".
  std::string dtypeWord() const { return tensor::dtypeWord(packed.value_or(dtype)); }
  /// Equal where results are: "cuda:0,cuda:1 bf16 int8".
  std::string key() const {
    return tensor::idsOf(devices) + " " + tensor::dtypeWord(dtype) + (packed ? " " + dtypeWord() : "");
  }
};

/// A model in memory, ready to run. Const after load but for the experts, which come and go during a run.
struct WanModel {
  core::ModelParts parts;
  WanConfigs configs;
  Placement placement;
  std::unique_ptr<wan::Tokenizer> tokenizer;
  std::unique_ptr<wan::TextEncoder> textEncoder;  ///< null until a prompt needs it
  std::unique_ptr<Experts> experts;
  wan::Vae vae;
  std::unique_ptr<wan::ClipVision> clip;  ///< null until a picture needs it, and in models without picture tokens
  std::unique_ptr<wan::TinyDecoder> tinyDecoder;  ///< for previews; null where the model has none
  std::vector<std::string> loads = {};            ///< parts read from their files, in order, since loadWanModel
};

/// Loads the tokenizer and the VAE; text and image encoder come when a prompt or picture needs them, and of the experts
/// the files are only looked over. Errors: NotFound, Corrupt, ModelMismatch (all faulty tensors at once; parts of
/// different models), Unsupported (an architecture that is not run). Throws tensor::Stopped.
core::Result<std::unique_ptr<WanModel>> loadWanModel(const core::ModelInfo& model, const Placement& placement,
                                                     const tensor::StopCheck& stop);

/// The parts that come when they are needed; loaded now where they are not in memory. streamed: the text encoder's
/// layers come from the file as they are used. Errors and exceptions as loadWanModel.
core::Result<const wan::Transformer*> needExpert(WanModel& model, std::size_t expert, const tensor::StopCheck& stop);
core::Result<const wan::TextEncoder*> needTextEncoder(WanModel& model, const tensor::StopCheck& stop,
                                                      bool streamed = false);
core::Result<const wan::ClipVision*> needClip(WanModel& model, const tensor::StopCheck& stop);
/// Another VAE of the model, for another device or dtype. Errors and exceptions as loadWanModel.
core::Result<wan::Vae> loadVae(const WanModel& model, const wan::ComputeOptions& compute);

/// The parts in memory and the bytes of their weights.
std::vector<core::ResidentPart> residentParts(const WanModel& model);

/// Walks the tensor tables of all components against their files; readValues also looks for NaN and infinity.
core::Result<std::vector<TensorFault>> checkWanModel(const core::ModelInfo& model, bool readValues);

}  // namespace kinora::pipeline
