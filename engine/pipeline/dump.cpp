// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/dump.h"

#include <cstdio>
#include <filesystem>

#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"

namespace kinora::pipeline {
namespace {

core::Result<void> write(const std::string& folder, const std::string& name,
                         const std::map<std::string, at::Tensor>& tensors) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return core::Error{core::ErrorCode::NotWritable, "the dump folder cannot be made: " + error.message(), folder};
  std::map<std::string, at::Tensor> plain;
  for (const auto& [key, tensor] : tensors) plain[key] = tensor.is_floating_point() ? tensor.to(at::kFloat) : tensor;
  return tensor::writeSafetensors(folder + "/" + name + ".safetensors", plain);
}

}  // namespace

core::Result<void> Dump::prompt(const at::Tensor& ids, const at::Tensor& embeds, const at::Tensor& negative) const {
  if (!enabled()) return {};
  std::map<std::string, at::Tensor> tensors{{"token_ids", ids}, {"prompt_embeds", embeds}};
  if (negative.defined()) tensors["negative_prompt_embeds"] = negative;
  return write(m_folder, "prompt", tensors);
}

core::Result<void> Dump::step(const std::string& prefix, int index, const at::Tensor& latents) const {
  if (!enabled()) return {};
  char name[16];
  std::snprintf(name, sizeof name, "step_%03d", index);
  return write(m_folder, prefix + name, {{"latents", latents}});
}

core::Result<void> Dump::latents(const std::string& prefix, const at::Tensor& latents) const {
  if (!enabled()) return {};
  return write(m_folder, prefix + "latents", {{"latents", latents}});
}

core::Result<void> Dump::video(const at::Tensor& video) const {
  if (!enabled()) return {};
  return write(m_folder, "video", {{"video", video}});
}

}  // namespace kinora::pipeline
