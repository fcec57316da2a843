// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/journal.h"

#include <charconv>
#include <filesystem>

#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"

namespace kinora::pipeline {
namespace {

constexpr const char* kLatents = "latents";
constexpr std::string_view kSamplerPrefix = "sampler.";

std::string entry(const std::map<std::string, std::string>& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::string() : found->second;
}

}  // namespace

core::Result<void> Journal::keep(const diffusion::Sampler& sampler, const at::Tensor& latents) const {
  if (!enabled()) return {};
  std::error_code failure;
  std::filesystem::create_directories(m_folder, failure);
  if (failure) {
    return core::Error{core::ErrorCode::NotWritable, "the job's folder cannot be made: " + failure.message(), m_folder};
  }
  std::map<std::string, at::Tensor> tensors{{kLatents, latents}};
  for (const auto& [name, value] : sampler.state()) tensors.emplace(std::string(kSamplerPrefix) + name, value);
  return tensor::writeSafetensors(path(), tensors,
                                  {{"run", m_run}, {"steps_done", std::to_string(sampler.position())}});
}

core::Result<at::Tensor> Journal::restore(diffusion::Sampler& sampler, const tensor::ComputeDevice& device) const {
  std::error_code ignored;
  if (!enabled() || !std::filesystem::exists(path(), ignored)) return at::Tensor();
  const auto file = tensor::WeightFile::open(path());
  if (!file) return file.error();
  const auto corrupt = [this](const std::string& what) {
    return core::Error{core::ErrorCode::Corrupt, what + "; generate again instead of resuming", path()};
  };
  if (entry((*file)->metadata(), "run") != m_run) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "the job was begun with other settings or model files; generate again instead of resuming",
                       path()};
  }
  const std::string steps = entry((*file)->metadata(), "steps_done");
  int done = -1;
  const auto parsed = std::from_chars(steps.data(), steps.data() + steps.size(), done);
  if (parsed.ec != std::errc() || parsed.ptr != steps.data() + steps.size()) return corrupt("no number of steps");
  at::Tensor latents;
  std::map<std::string, at::Tensor> state;
  for (const tensor::TensorInfo& info : (*file)->tensors()) {
    if (info.dtype != "F32") return corrupt(info.name + " is no latent");
    at::Tensor value = tensor::storedTensor(*file, info).clone().to(tensor::atDevice(device));
    if (!at::isfinite(value).all().item<bool>()) return corrupt(info.name + " has values that are no numbers");
    if (info.name == kLatents) {
      latents = std::move(value);
    } else {
      const std::size_t prefix = info.name.rfind(kSamplerPrefix, 0) == 0 ? kSamplerPrefix.size() : 0;
      state.emplace(info.name.substr(prefix), std::move(value));
    }
  }
  if (!latents.defined()) return corrupt("no latents");
  for (const auto& [name, value] : state) {
    if (value.sizes() != latents.sizes()) return corrupt(name + " and the latents differ in shape");
  }
  if (auto restored = sampler.restore(done, state); !restored) return corrupt(restored.error().message);
  return latents;
}

}  // namespace kinora::pipeline
