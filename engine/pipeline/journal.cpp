// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/journal.h"

#include <charconv>
#include <filesystem>

#include "engine/pipeline/run_context.h"
#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"
#include "engine/tensor/weight_source.h"

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

core::Result<at::Tensor> Journal::restore(diffusion::Sampler& sampler, const at::Tensor& noise) const {
  std::error_code ignored;
  if (!enabled() || !std::filesystem::exists(path(), ignored)) return noise;
  const auto file = tensor::WeightFile::open(path());
  if (!file) return file.error();
  const auto corrupt = [this](const std::string& what) {
    return core::Error{core::ErrorCode::Corrupt, "the kept steps cannot be used: " + what, path()};
  };
  if (entry((*file)->metadata(), "run") != m_run) {
    return core::Error{core::ErrorCode::ModelMismatch, "the kept steps are of other settings, pictures or model files",
                       path()};
  }
  const std::string steps = entry((*file)->metadata(), "steps_done");
  int done = -1;
  const auto parsed = std::from_chars(steps.data(), steps.data() + steps.size(), done);
  if (parsed.ec != std::errc() || parsed.ptr != steps.data() + steps.size()) return corrupt("no number of steps");
  std::map<std::string, at::Tensor> tensors;
  for (const tensor::TensorInfo& info : (*file)->tensors()) {
    if (info.dtype != "F32" || info.shape != noise.sizes().vec()) {
      return corrupt(info.name + "; expected F32 " + tensor::shapeText(noise.sizes().vec()) + ", got " + info.dtype +
                     " " + tensor::shapeText(info.shape));
    }
    at::Tensor value = tensor::storedTensor(*file, info).clone();
    if (!allFinite(value)) return corrupt(info.name + " has values that are no numbers");
    tensors.emplace(info.name, value.to(noise.device()));
  }
  const auto latents = tensors.extract(kLatents);
  if (latents.empty()) return corrupt("no latents");
  std::map<std::string, at::Tensor> state;
  for (const auto& [name, value] : tensors) {
    if (!name.starts_with(kSamplerPrefix)) return corrupt("a tensor \"" + name + "\", which no sampler has");
    state.emplace(name.substr(kSamplerPrefix.size()), value);
  }
  if (auto restored = sampler.restore(done, state); !restored) return corrupt(restored.error().message);
  return latents.mapped();
}

}  // namespace kinora::pipeline
