// SPDX-License-Identifier: GPL-3.0-or-later
// Every name and shape of the public models (wan.md 1.1, 4 and 5), in both namings: as files whose data is a hole, they
// are recognised, give their config back and fit the tensor tables; the counts are those that wan.md derives.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "engine/wan/config_from_weights.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/vae_tensors.h"
#include "engine/weights/recognise.h"
#include "tests/engine/weights/sparse_file.h"

using namespace kinora::wan;
using namespace kinora::test;
using kinora::tensor::TensorSpec;
using kinora::tensor::WeightSource;

namespace {

struct Published {
  const char* title;
  std::int64_t heads, ffn, layers, in, out;
  bool image, positions;
  std::int64_t vaceBlocks;
  std::size_t tensors;
  std::uint64_t parameters;
};
constexpr Published kTransformers[] = {
    {"Wan 2.1 T2V 1.3B transformer", 12, 8960, 30, 16, 16, false, false, 0, 825, 1418996800},
    {"Wan 2.1 T2V 14B transformer", 40, 13824, 40, 16, 16, false, false, 0, 1095, 14288491584},
    {"Wan 2.1 I2V 14B transformer", 40, 13824, 40, 36, 16, true, false, 0, 1303, 16394878784},
    {"Wan 2.1 FLF2V 14B transformer", 40, 13824, 40, 36, 16, true, true, 0, 1304, 16395536704},
    {"Wan 2.1 VACE 1.3B transformer", 12, 8960, 30, 16, 16, false, false, 15, 1264, 2153972032},
    {"Wan 2.1 VACE 14B transformer", 40, 13824, 40, 16, 16, false, false, 8, 1331, 17337592896},
    {"Wan 2.2 I2V A14B transformer", 40, 13824, 40, 36, 16, false, false, 0, 1095, 14288901184},
    {"Wan 2.2 TI2V 5B transformer", 24, 14336, 30, 48, 48, false, false, 0, 825, 4999787712},
};

TransformerConfig configOf(const Published& model) {
  TransformerConfig config;
  config.heads = model.heads;
  config.headDim = 128;
  config.inChannels = model.in;
  config.outChannels = model.out;
  config.layers = model.layers;
  config.ffnDim = model.ffn;
  config.freqDim = 256;
  config.textDim = 4096;
  config.ropePositions = 1024;
  if (model.image) {
    config.imageDim = 1280;
    config.addedKvDim = config.dim();
  }
  if (model.positions) config.imagePositions = 514;
  if (model.vaceBlocks > 0) config.vaceChannels = 96;
  for (std::int64_t i = 0; i < model.vaceBlocks; ++i) config.vaceLayers.push_back(i * model.layers / model.vaceBlocks);
  return config;
}

/// A file of a table's shapes under the names (alias < 0) or one of the aliases.
class Sparse {
 public:
  Sparse(const std::vector<TensorSpec>& table, int alias, const char* dtype = "F32") {
    Shapes shapes;
    for (const TensorSpec& spec : table) {
      shapes[alias < 0 ? spec.name : spec.aliases.at(static_cast<std::size_t>(alias))] = spec.shape;
    }
    auto opened = WeightSource::open(writeSparse(m_folder, "x.safetensors", shapes, dtype));
    REQUIRE_MESSAGE(opened.ok(), (opened ? "" : opened.error().text()));
    m_source.emplace(std::move(*opened));
  }
  const WeightSource& operator*() const { return *m_source; }

 private:
  TemporaryFolder m_folder;
  std::optional<WeightSource> m_source;
};

bool sameTables(const std::vector<TensorSpec>& a, const std::vector<TensorSpec>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TensorSpec& x, const TensorSpec& y) {
    return x.name == y.name && x.shape == y.shape && x.aliases == y.aliases;
  });
}

}  // namespace

TEST_CASE("transformers") {
  for (const Published& model : kTransformers) {
    const TransformerConfig config = configOf(model);
    const std::vector<TensorSpec> table = transformerTable(config);
    for (const int alias : {-1, 0}) {
      CAPTURE(std::string(model.title));
      const Sparse file(table, alias, "BF16");
      const auto found = kinora::weights::recognise(*file);
      CHECK(found.title() == model.title);
      CHECK(found.tensors == model.tensors);
      CHECK(found.parameters == model.parameters);
      CHECK(found.naming == (alias < 0 ? "diffusers" : "original"));
      const auto derived = transformerConfigOf(*file);
      REQUIRE_MESSAGE(derived.ok(), (derived ? "" : derived.error().text()));
      CHECK(*derived == config);
      CHECK(kinora::tensor::checkTable(*file, table).empty());
    }
  }
}

TEST_CASE("autoencoders") {
  const std::pair<VaeConfig, const char*> models[] = {{officialVae21Config(), "Wan 2.1 VAE"},
                                                      {officialVae22Config(), "Wan 2.2 VAE"}};
  for (const auto& [config, title] : models) {
    const std::vector<TensorSpec> table = vaeTensorTable(config);
    for (const int alias : {-1, 0}) {
      const Sparse file(table, alias);
      const auto found = kinora::weights::recognise(*file);
      CHECK(found.title() == title);
      CHECK(found.tensors == (config.residual ? 196 : 194));
      CHECK(found.parameters == (config.residual ? 704688668 : 126892531));
      const auto derived = vaeConfigOf(*file);
      REQUIRE_MESSAGE(derived.ok(), (derived ? "" : derived.error().text()));
      CHECK(sameTables(vaeTensorTable(*derived), table));
      CHECK(derived->latentMean == config.latentMean);
      CHECK(derived->latentStd == config.latentStd);
      CHECK(derived->spatialStride() == config.spatialStride());
      CHECK(derived->temporalStride() == 4);
    }
  }
}

TEST_CASE("the text encoder, in three namings") {
  TextEncoderConfig config;
  config.vocab = 256384;
  config.dim = 4096;
  config.layers = 24;
  config.heads = config.headDim = 64;
  config.ffnDim = 10240;
  config.buckets = 32;
  config.maxDistance = 128;
  const std::vector<TensorSpec> table = textEncoderTable(config);
  const char* namings[] = {"transformers", "original", "llama.cpp"};
  for (const int alias : {-1, 0, 1}) {
    const Sparse file(table, alias, "BF16");
    const auto found = kinora::weights::recognise(*file);
    CHECK(found.title() == "UMT5 XXL text encoder");
    CHECK(found.naming == namings[alias + 1]);
    CHECK(found.parameters == 5680910336);
    const auto derived = textEncoderConfigOf(*file);
    REQUIRE_MESSAGE(derived.ok(), (derived ? "" : derived.error().text()));
    CHECK(sameTables(textEncoderTable(*derived), table));
    CHECK(derived->heads == 64);
    CHECK(derived->maxDistance == 128);
  }
}
