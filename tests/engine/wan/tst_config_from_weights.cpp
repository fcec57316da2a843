// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/config_from_weights.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "engine/wan/clip_vision.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/vae_tensors.h"
#include "tests/engine/weights/sparse_file.h"

using namespace kinora::wan;
using namespace kinora::test;
using kinora::core::ErrorCode;
using kinora::tensor::TensorSpec;
using kinora::tensor::WeightSource;

namespace {

const std::string kModels = KINORA_SOURCE_DIR "/tests/data/goldens/models/";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// A tiny transformer of width 40 under original names.
Shapes tinyShapes() {
  const auto config = readTransformerConfig(kModels + "tiny-wan21/transformer/config.json");
  REQUIRE(config.ok());
  Shapes shapes;
  for (const TensorSpec& spec : transformerTable(*config)) shapes[spec.aliases.front()] = spec.shape;
  return shapes;
}

struct Tiny {
  TemporaryFolder folder;
  std::string path = writeSparse(folder, "model.safetensors", tinyShapes());

  kinora::core::Result<TransformerConfig> config(const std::string& json = {}) const {
    if (!json.empty()) folder.write("config.json", json);
    const auto weights = WeightSource::open(path);
    REQUIRE(weights.ok());
    return transformerConfigOf(*weights);
  }
};

}  // namespace

TEST_CASE("a width that is no multiple of 128 needs a config.json") {
  const auto config = Tiny().config();
  REQUIRE_FALSE(config.ok());
  CHECK((config.error().code == ErrorCode::ModelMismatch));
  CHECK(contains(config.error().message, "num_heads"));
}

TEST_CASE("a config.json of the original layout gives the heads and must agree with the shapes") {
  const Tiny tiny;
  const auto config = tiny.config(R"({"_class_name":"WanModel","dim":40,"num_heads":2,"num_layers":2,"eps":1e-5})");
  REQUIRE_MESSAGE(config.ok(), (config ? "" : config.error().text()));
  CHECK(config->heads == 2);
  CHECK(config->headDim == 20);
  CHECK(config->eps == 1e-5);
  CHECK(config->layers == 2);
  const auto other = tiny.config(R"({"_class_name":"WanModel","dim":1536,"num_heads":12})");
  REQUIRE_FALSE(other.ok());
  CHECK((other.error().code == ErrorCode::ModelMismatch));
  CHECK(contains(other.error().message, "dim; expected 40, as the tensors have, got 1536"));
  CHECK(contains(tiny.config(R"({"_class_name":"WanModel","num_heads":3})").error().message, "divisor of 40"));
  CHECK(contains(tiny.config(R"({"_class_name":"WanModel"})").error().message, "num_heads"));
}

TEST_CASE("a config.json of diffusers decides; one of something else does not count") {
  const Tiny tiny;
  const auto config = tiny.config(readAll(kModels + "tiny-wan21/transformer/config.json"));
  REQUIRE_MESSAGE(config.ok(), (config ? "" : config.error().text()));
  CHECK(config->ropePositions == 64);
  CHECK_FALSE(tiny.config(R"({"_class_name":"FluxTransformer2DModel","num_heads":2})").ok());
  CHECK((tiny.config("not JSON").error().code == ErrorCode::Corrupt));
}

TEST_CASE("what is not such a network is refused") {
  const TemporaryFolder folder;
  const auto stranger = WeightSource::open(writeSparse(folder, "a.safetensors", {{"conv.weight", {3, 3}}}));
  REQUIRE(stranger.ok());
  CHECK(contains(transformerConfigOf(*stranger).error().message, "not a Wan transformer"));
  CHECK(contains(vaeConfigOf(*stranger).error().message, "not a Wan VAE"));
  CHECK(contains(textEncoderConfigOf(*stranger).error().message, "not a UMT5"));
  CHECK(contains(clipVisionConfigOf(*stranger).error().message, "not a CLIP"));
  Shapes half = tinyShapes();
  half.erase("blocks.0.ffn.0.weight");
  const auto cut = WeightSource::open(writeSparse(folder, "b.safetensors", half));
  REQUIRE(cut.ok());
  CHECK(contains(transformerConfigOf(*cut).error().message, "not whole"));
}

TEST_CASE("a CLIP tower in every naming; without a config.json its heads are 80 wide") {
  ClipVisionConfig wanted;
  wanted.dim = 160;
  wanted.ffnDim = 320;
  wanted.layers = 3;
  wanted.heads = 2;
  wanted.patch = 14;
  wanted.imageSize = 56;
  enum Naming { Published, Transformers5, Original };
  const auto shapes = [&](Naming naming) {
    ClipVisionConfig whole = wanted;
    ++whole.layers;  // the table leaves the last layer out
    Shapes out;
    for (const TensorSpec& spec : clipVisionTable(whole, naming == Original))
      out[naming == Published ? spec.name : spec.aliases[naming == Original]] = spec.shape;
    return out;
  };
  const TemporaryFolder folder;
  for (const auto& [name, tensors] : std::map<std::string, Shapes>{{"original", shapes(Original)},
                                                                   {"published", shapes(Published)},
                                                                   {"transformers 5", shapes(Transformers5)}}) {
    CAPTURE(name);
    const auto weights = WeightSource::open(writeSparse(folder, name, tensors));
    REQUIRE(weights.ok());
    const auto config = clipVisionConfigOf(*weights);
    REQUIRE_MESSAGE(config.ok(), (config ? "" : config.error().text()));
    CHECK(config->dim == wanted.dim);
    CHECK(config->ffnDim == wanted.ffnDim);
    CHECK(config->layers == wanted.layers);
    CHECK(config->heads == wanted.heads);
    CHECK(config->patch == wanted.patch);
    CHECK(config->imageSize == wanted.imageSize);
  }
  wanted.dim = 24;
  wanted.heads = 2;
  const auto odd = WeightSource::open(writeSparse(folder, "odd", shapes(Transformers5)));
  CHECK(contains(clipVisionConfigOf(*odd).error().message, "multiple of 80"));
  Shapes cut = shapes(Transformers5);
  cut["embeddings.position_embedding.weight"] = {16, 24};  // no square and one
  const auto part = WeightSource::open(writeSparse(folder, "cut", cut));
  CHECK(contains(clipVisionConfigOf(*part).error().message, "not whole"));
}

TEST_CASE("an autoencoder of other latent channels needs a config.json") {
  const auto config = readVaeConfig(kModels + "tiny-wan22/vae/config.json");
  REQUIRE(config.ok());
  Shapes shapes;
  for (const TensorSpec& spec : vaeTensorTable(*config)) shapes[spec.aliases.front()] = spec.shape;
  const TemporaryFolder folder;
  const auto weights = WeightSource::open(writeSparse(folder, "a.safetensors", shapes));
  REQUIRE(weights.ok());
  CHECK(contains(vaeConfigOf(*weights).error().message, "latents_mean"));
  folder.write("config.json", readAll(kModels + "tiny-wan22/vae/config.json"));
  const auto with = vaeConfigOf(*weights);
  REQUIRE_MESSAGE(with.ok(), (with ? "" : with.error().text()));
  CHECK(with->latentMean == config->latentMean);
}
