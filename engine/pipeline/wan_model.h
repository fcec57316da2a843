// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"
#include "engine/pipeline/inference_engine.h"
#include "engine/tensor/device.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/wan/config.h"
#include "engine/wan/text_encoder.h"
#include "engine/wan/tokenizer.h"
#include "engine/wan/transformer.h"
#include "engine/wan/vae.h"

namespace kinora::pipeline {

/// The config files of a model folder, read and checked.
struct WanConfigs {
  wan::ModelIndex index;
  wan::SchedulerConfig scheduler;
  wan::TransformerConfig transformer;
  wan::TextEncoderConfig textEncoder;
  wan::VaeConfig vae;
};
core::Result<WanConfigs> readWanConfigs(const std::string& directory);

/// A model in memory, ready to run. Const after load.
struct WanModel {
  WanConfigs configs;
  tensor::ComputeDevice device;
  c10::ScalarType dtype;
  std::unique_ptr<wan::Tokenizer> tokenizer;
  std::unique_ptr<wan::TextEncoder> textEncoder;
  std::unique_ptr<wan::Transformer> transformer;
  wan::Vae vae;
};

/// Loads every component. Errors: NotFound, Corrupt, ModelMismatch (all faulty tensors at once), Unsupported (an
/// architecture that is not run). Throws tensor::Stopped.
core::Result<std::unique_ptr<WanModel>> loadWanModel(const std::string& directory, const tensor::ComputeDevice& device,
                                                     c10::ScalarType dtype, const tensor::StopCheck& stop);

/// Walks the tensor tables of all components against their files; readValues also looks for NaN and infinity.
core::Result<std::vector<TensorFault>> checkWanModel(const std::string& directory, bool readValues);

}  // namespace kinora::pipeline
