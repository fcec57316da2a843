// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/result.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/config.h"

namespace kinora::pipeline {

/// A use of a file, and what tells whether the file is still the same.
struct LoraState {
  core::LoraUse use;
  std::uintmax_t bytes = 0;
  std::int64_t changed = 0;  ///< the file system's clock
  bool operator==(const LoraState&) const = default;
};
std::vector<LoraState> loraStates(const std::vector<core::LoraUse>& loras);

struct OpenedLoras {
  std::vector<tensor::Overlay> overlays;  ///< one for each expert
  std::vector<std::string> notes;         ///< "style.safetensors: 3 tensors … left out"
};

/// Reads a request's LoRA files against the model's transformer. experts: 1 or 2.
/// Errors: those of wan::LoraFile::open; ModelMismatch for a file that has nothing for the expert it is meant for.
/// Throws tensor::Stopped.
core::Result<OpenedLoras> openLoras(const std::vector<core::LoraUse>& loras, const wan::TransformerConfig& config,
                                    std::size_t experts, const tensor::StopCheck& stop);

}  // namespace kinora::pipeline
