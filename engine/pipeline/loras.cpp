// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/loras.h"

#include <filesystem>

#include "engine/tensor/pch.h"
#include "engine/wan/lora_file.h"
#include "engine/wan/lora_overlay.h"

namespace kinora::pipeline {
namespace {

/// By wan::Expert, as a request calls them.
constexpr const char* kExperts[] = {"high", "low"};

core::Error nothingFor(const core::LoraUse& lora, std::size_t experts) {
  if (experts == 1) {
    return {core::ErrorCode::ModelMismatch, "this LoRA is for the second of two experts; this model has one",
            lora.file};
  }
  return {core::ErrorCode::ModelMismatch, "this LoRA has nothing for the expert for " + lora.expert + " noise",
          lora.file};
}

}  // namespace

std::vector<LoraState> loraStates(const std::vector<core::LoraUse>& loras) {
  std::vector<LoraState> states;
  for (const core::LoraUse& lora : loras) {
    std::error_code ignored;
    const auto changed = std::filesystem::last_write_time(lora.file, ignored).time_since_epoch().count();
    states.push_back({lora, std::filesystem::file_size(lora.file, ignored), changed});
  }
  return states;
}

core::Result<OpenedLoras> openLoras(const std::vector<core::LoraUse>& loras, const wan::TransformerConfig& config,
                                    std::size_t experts, const tensor::StopCheck& stop) {
  OpenedLoras out;
  std::vector<std::vector<wan::WeightedLora>> files(experts);
  for (const core::LoraUse& lora : loras) {
    const auto file = wan::LoraFile::open(lora.file, config, stop);
    if (!file) return file.error();
    bool used = false;
    for (std::size_t i = 0; i < experts; ++i) {
      const bool meant = lora.expert.empty() || lora.expert == kExperts[i];
      if (!meant || file->of(static_cast<wan::Expert>(i)).empty()) continue;
      files[i].push_back({*file, lora.weight});
      used = true;
    }
    if (!used) return nothingFor(lora, experts);
    const std::string name = std::filesystem::path(lora.file).filename().string();
    for (const std::string& note : file->notes) out.notes.push_back(name + ": " + note);
  }
  for (std::size_t i = 0; i < experts; ++i) {
    out.overlays.push_back(wan::loraOverlay(files[i], static_cast<wan::Expert>(i)));
  }
  return out;
}

}  // namespace kinora::pipeline
