// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

#include <doctest/doctest.h>
#include <string>

#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"
#include "engine/tensor/weight_source.h"
#include "engine/wan/vae.h"

namespace kinora::test {

inline const std::string kGoldens = KINORA_SOURCE_DIR "/tests/data/goldens/";

/// Folder of a model's VAE: "tiny-wan22", "tiny-wan21" or "mini".
inline std::string vaeFolder(const std::string& model) {
  if (model == "mini") return KINORA_SOURCE_DIR "/resources/models/mini/vae";
  return kGoldens + "models/" + model + "/vae";
}

inline wan::VaeConfig vaeConfig(const std::string& model) {
  auto config = wan::readVaeConfig(vaeFolder(model) + "/config.json");
  REQUIRE_MESSAGE(config.ok(), (config ? "" : config.error().text()));
  return *config;
}

inline tensor::WeightSource vaeWeights(const std::string& model) {
  auto source = tensor::WeightSource::open(vaeFolder(model), "diffusion_pytorch_model");
  REQUIRE_MESSAGE(source.ok(), (source ? "" : source.error().text()));
  return *source;
}

inline wan::Vae loadVae(const std::string& model, const wan::VaeLoadOptions& options = {}) {
  auto vae = wan::Vae::load(vaeConfig(model), vaeWeights(model), options);
  REQUIRE_MESSAGE(vae.ok(), (vae ? "" : vae.error().text()));
  return std::move(*vae);
}

inline double relativeL2(const at::Tensor& got, const at::Tensor& wanted) {
  REQUIRE(got.sizes() == wanted.sizes());
  const at::Tensor difference = got.to(at::kDouble).sub(wanted.to(at::kDouble));
  return difference.norm().item<double>() / wanted.to(at::kDouble).norm().item<double>();
}

/// All chunks of a decode as one video.
inline at::Tensor decodeAll(const wan::Vae& vae, const at::Tensor& latent, const wan::VaePieces& pieces,
                            const tensor::StopCheck& stop = {}) {
  std::vector<at::Tensor> parts;
  vae.decodeChunks(
      latent, pieces, [&](at::Tensor part) { parts.push_back(std::move(part)); }, stop);
  return at::cat(parts, 2);
}
inline at::Tensor decodeAll(const wan::Vae& vae, const at::Tensor& latent, std::int64_t chunk,
                            const tensor::StopCheck& stop = {}) {
  return decodeAll(vae, latent, wan::VaePieces{chunk, {}}, stop);
}

/// Standard normal values of a seed.
inline at::Tensor seeded(at::IntArrayRef shape, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat));
}

}  // namespace kinora::test
