// SPDX-License-Identifier: GPL-3.0-or-later
// The vision tower and its picture processor against transformers.
#include "engine/pipeline/clip_picture.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <ATen/ATen.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "engine/wan/clip_vision.h"
#include "tests/engine/wan/golden.h"

using namespace kinora;
using test::Golden;
using test::relativeError;

namespace {

core::Frame frameOf(const at::Tensor& pixels) {
  const at::Tensor bytes = pixels.contiguous();
  const auto size = static_cast<std::size_t>(bytes.numel());
  std::shared_ptr<std::uint8_t[]> data(new std::uint8_t[size]);
  std::memcpy(data.get(), bytes.data_ptr(), size);
  return {static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), std::move(data)};
}

std::unique_ptr<wan::ClipVision> load(const std::string& model, const wan::ComputeOptions& options = {}) {
  const auto config = wan::readClipVisionConfig(model + "/image_encoder/config.json");
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().text()));
  const auto weights = tensor::WeightSource::open(model + "/image_encoder", "model");
  REQUIRE(weights.ok());
  auto clip = wan::ClipVision::load(*config, *weights, options);
  REQUIRE_MESSAGE(clip.ok(), (clip.ok() ? "" : clip.error().text()));
  return std::move(*clip);
}

}  // namespace

TEST_CASE("pixels and states of wide, tall and small pictures are those of transformers") {
  const c10::InferenceMode inference;
  const Golden golden("clip-vision");
  const auto clip = load(golden.model());
  for (const std::string name : {"wide", "tall", "small"}) {
    CAPTURE(name);
    const at::Tensor pixels = pipeline::clipPixels(frameOf(golden[name + "_picture"]), clip->config().imageSize);
    CHECK((pixels - golden[name + "_pixels"]).abs().max().item<double>() <= 1e-6);
    const at::Tensor states = clip->states(pixels);
    CHECK(relativeError(states, golden[name + "_states"][0]) <= 2e-5);
  }
}

TEST_CASE("a file with the original names, attention in one piece and a text tower gives the same states") {
  const c10::InferenceMode inference;
  const Golden golden("clip-vision");
  const auto source = tensor::WeightSource::open(golden.model() + "/image_encoder", "model");
  const auto config = wan::readClipVisionConfig(golden.model() + "/image_encoder/config.json");
  REQUIRE(source.ok());
  REQUIRE(config.ok());
  std::map<std::string, at::Tensor> tensors;
  for (const tensor::TensorSpec& line : wan::clipVisionTable(*config, true)) {
    const auto* entry = source->find(line.name);
    at::Tensor value;
    if (entry) {
      value = tensor::storedTensor(entry->file, *entry->info);
    } else {
      std::vector<at::Tensor> parts;
      for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
        std::string name = line.name;
        name.replace(name.find("qkv_proj"), 8, part);
        REQUIRE(source->find(name));
        parts.push_back(tensor::storedTensor(source->find(name)->file, *source->find(name)->info));
      }
      value = at::cat(parts);
    }
    tensors["visual." + line.aliases.back()] = value.view(line.shape).clone();
  }
  tensors["textual.token_embedding.weight"] = at::zeros({4, 3});
  tensors["visual.head"] = at::zeros({2, 2});
  tensors["log_scale"] = at::zeros({1});
  const std::string file = (std::filesystem::temp_directory_path() / "kinora-original-clip.safetensors").string();
  REQUIRE(tensor::writeSafetensors(file, tensors).ok());
  const auto opened = tensor::WeightSource::open(file);
  REQUIRE(opened.ok());
  const auto clip = wan::ClipVision::load(*config, *opened);
  REQUIRE_MESSAGE(clip.ok(), (clip.ok() ? "" : clip.error().text()));
  CHECK(at::equal((*clip)->states(golden["wide_pixels"]), load(golden.model())->states(golden["wide_pixels"])));
  std::filesystem::remove(file);
}

TEST_CASE("bf16 stays near f32") {
  const c10::InferenceMode inference;
  const Golden golden("clip-vision");
  wan::ComputeOptions options;
  options.dtype = at::kBFloat16;
  const at::Tensor states = load(golden.model(), options)->states(golden["wide_pixels"]);
  CHECK((states.scalar_type() == at::kFloat));
  CHECK(relativeError(states, golden["wide_states"][0]) <= 3e-2);
}

TEST_CASE("refuses pictures of another size and stops when asked") {
  const c10::InferenceMode inference;
  const Golden golden("clip-vision");
  const auto clip = load(golden.model());
  CHECK_THROWS_AS(clip->states(at::zeros({1, 3, 14, 28})), std::invalid_argument);
  CHECK_THROWS_AS(clip->states(at::zeros({2, 3, 28, 28})), std::invalid_argument);
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(clip->states(golden["wide_pixels"], tensor::StopCheck(source.get_token())), tensor::Stopped);
}

TEST_CASE("names tensors that do not fit the config") {
  const std::string model = Golden("clip-vision").model();
  auto config = wan::readClipVisionConfig(model + "/image_encoder/config.json");
  const auto weights = tensor::WeightSource::open(model + "/image_encoder", "model");
  REQUIRE(config.ok());
  REQUIRE(weights.ok());
  config->ffnDim += 1;
  const auto loaded = wan::ClipVision::load(*config, *weights);
  REQUIRE(!loaded.ok());
  CHECK(loaded.error().code == core::ErrorCode::ModelMismatch);
  CHECK(loaded.error().message.find("mlp.fc1.weight") != std::string::npos);
}
