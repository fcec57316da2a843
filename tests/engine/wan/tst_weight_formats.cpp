// SPDX-License-Identifier: GPL-3.0-or-later
// One tiny transformer in every form weights come in gives the same result: exactly where the form loses nothing,
// within the tolerance of its number format where it does.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_store.h"
#include "engine/wan/config_from_weights.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/transformer.h"
#include "engine/weights/recognise.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/wan/golden.h"
#include "tests/engine/wan/weight_forms.h"

using namespace kinora::wan;
using namespace kinora::test;
using kinora::tensor::TensorSpec;
using kinora::tensor::WeightSource;
using kinora::tensor::writeSafetensors;

namespace {

// Relative L2 of a block's output against f32, per number format.
constexpr double kBf16 = 1e-2;
constexpr double kInt8 = 2e-2;
constexpr double kFp8 = 5e-2;
constexpr double kQ4 = 5e-2;
constexpr double kRounding = 2e-6;

/// Every weight, bit for bit.
void checkWeights(const WeightSource& source, const Tensors& wanted) {
  const auto store = kinora::tensor::WeightStore::load(source, transformerTable(tinyConfig()), {});
  REQUIRE_MESSAGE(store.ok(), (store ? "" : store.error().text()));
  for (const auto& [name, value] : wanted) CHECK(at::equal((*store)[name], value));
}

/// The blocks' outputs and the velocity. exact: what the weights must be.
std::vector<at::Tensor> run(const std::string& path, const Tensors* exact = nullptr) {
  const c10::InferenceMode inference;
  const auto weights = WeightSource::open(path);
  REQUIRE_MESSAGE(weights.ok(), (weights ? "" : weights.error().text()));
  const auto config = transformerConfigOf(*weights);
  REQUIRE_MESSAGE(config.ok(), (config ? "" : config.error().text()));
  if (exact) checkWeights(*weights, *exact);
  const auto transformer = Transformer::load(*config, *weights);
  REQUIRE_MESSAGE(transformer.ok(), (transformer ? "" : transformer.error().text()));
  at::manual_seed(9);
  const at::Tensor text = at::randn({5, 64});
  const at::Tensor latent = at::randn({1, 16, 2, 4, 4});
  std::vector<at::Tensor> out;
  const auto observe = [&](int block, const at::Tensor& tokens) {
    if (block >= 0) out.push_back(tokens.clone());
  };
  PassOptions pass;
  pass.observer = observe;
  const TextContext context = (*transformer)->prepareContext({text});
  out.push_back((*transformer)->forward(latent, 637, context, {}, pass));
  REQUIRE(out.size() == 3);
  return out;
}

/// What every form is measured against, made once.
struct Reference {
  TemporaryFolder folder;
  Tensors weights = tinyWeights();
  std::vector<at::Tensor> result;

  Reference() {
    REQUIRE(writeSafetensors(folder.file("diffusers.safetensors"), weights).ok());
    result = run(folder.file("diffusers.safetensors"));
  }
};
const Reference& reference() {
  static const Reference made;
  return made;
}

/// The same weights: mapped at another alignment they may go through another kernel, which rounds otherwise.
void checkEqual(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(relativeError(got[i], wanted[i]) <= kRounding);
}

void checkWithin(const std::string& what, const std::vector<at::Tensor>& got, double tolerance) {
  CAPTURE(what);
  // The first block: to the second one comes what the first has made.
  const double error = relativeError(got[0], reference().result[0]);
  MESSAGE(what << ": " << error);
  CHECK(error > 0);
  CHECK(error <= tolerance);
}

std::vector<at::Tensor> runFile(const Tensors& tensors, const Tensors* exact = nullptr) {
  const TemporaryFolder folder;
  REQUIRE(writeSafetensors(folder.file("a.safetensors"), tensors).ok());
  return run(folder.file("a.safetensors"), exact);
}

std::string ggufFile(const Quantiser& quantiser) {
  GgufBuilder gguf;
  gguf.text("general.architecture", "wan");
  addTensors(gguf, reference().weights, namesOf(transformerTable(tinyConfig()), kOriginal),
             [&](const std::string& name) { return isBlockLinear(name) ? quantiser.name : "F16"; });
  return gguf.build();
}

Tensors originalNames(const Tensors& tensors, const std::string& prefix = {}) {
  return renamed(tensors, namesOf(transformerTable(tinyConfig()), kOriginal, prefix));
}
Tensors scaledFile(const Scaled& form) {
  return scaled(reference().weights, namesOf(transformerTable(tinyConfig()), kOriginal), form, isBlockLinear);
}

}  // namespace

TEST_CASE("shards, original names and prefixes change nothing") {
  const Reference& base = reference();
  checkEqual(runFile(originalNames(base.weights), &base.weights), base.result);
  for (const char* prefix : {"model.diffusion_model.", "diffusion_model.", "model.", "transformer."}) {
    checkEqual(runFile(originalNames(base.weights, prefix), &base.weights), base.result);
  }
  const TemporaryFolder folder;
  Tensors parts[2];
  std::string map;
  for (const auto& [name, tensor] : base.weights) {
    const std::size_t part = parts[0].size() > parts[1].size();
    parts[part][name] = tensor;
    map += (map.empty() ? "\"" : ",\"") + name + "\":\"part-" + std::to_string(part) + ".safetensors\"";
  }
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(writeSafetensors(folder.file("part-" + std::to_string(i) + ".safetensors"), parts[i]).ok());
  }
  checkEqual(run(folder.write("model.safetensors.index.json", "{\"weight_map\":{" + map + "}}"), &base.weights),
             base.result);
  checkEqual(run(folder.path(), &base.weights), base.result);
}

TEST_CASE("a .pth of torch.save is the diffusers file it was made from") {
  const auto pth = WeightSource::open(kGoldens + "weight-files/tiny-wan22.pth");
  const auto diffusers = WeightSource::open(kGoldens + "models/tiny-wan22/transformer");
  REQUIRE_MESSAGE(pth.ok(), (pth ? "" : pth.error().text()));
  REQUIRE(diffusers.ok());
  const auto config = readTransformerConfig(kGoldens + "models/tiny-wan22/transformer/config.json");
  REQUIRE(config.ok());
  const auto table = transformerTable(*config);
  const auto a = kinora::tensor::WeightStore::load(*pth, table, {});
  const auto b = kinora::tensor::WeightStore::load(*diffusers, table, {});
  REQUIRE_MESSAGE(a.ok(), (a ? "" : a.error().text()));
  REQUIRE(b.ok());
  for (const TensorSpec& spec : table) CHECK(at::equal((*a)[spec.name], (*b)[spec.name]));
}

TEST_CASE("half precision is exactly its own values, and near those of f32") {
  for (const auto type : {at::kHalf, at::kBFloat16}) {
    const Tensors narrow =
        mapped(reference().weights, [&](const std::string&, const at::Tensor& value) { return value.to(type); });
    const Tensors wide = mapped(narrow, [](const std::string&, const at::Tensor& v) { return v.to(at::kFloat); });
    const auto got = runFile(originalNames(narrow, "model.diffusion_model."), &wide);
    checkWithin(c10::toString(type), got, kBf16);
  }
}

TEST_CASE("fp8 and int8 with and without scales") {
  for (const auto type : {at::kFloat8_e4m3fn, at::kFloat8_e5m2}) {
    const auto plain =
        runFile(originalNames(mapped(reference().weights, [&](const std::string& name, const at::Tensor& v) {
          return isBlockLinear(name) ? v.to(type) : v;
        })));
    checkWithin(std::string("plain ") + c10::toString(type), plain, kFp8);
  }
  const Scaled older{at::kFloat8_e4m3fn, 448, false, "scale_weight"};
  Tensors comfy = scaledFile(older);
  comfy["scaled_fp8"] = at::empty({0}).to(at::kFloat8_e4m3fn);
  const auto scaled = runFile(comfy);
  checkWithin("scaled fp8", scaled, kFp8);
  const Scaled newer{at::kFloat8_e4m3fn, 448, false, "weight_scale"};
  checkEqual(runFile(scaledFile(newer)), scaled);
  checkWithin("fp8 per row", runFile(scaledFile({at::kFloat8_e4m3fn, 448, true, "weight_scale"})), kFp8);
  checkWithin("int8 per row", runFile(scaledFile({at::kChar, 127, true, "weight_scale"})), kInt8);
}

TEST_CASE("GGUF of every kind") {
  const std::map<std::string, double> tolerances{{"F16", kBf16}, {"Q8_0", kInt8}, {"Q6_K", kFp8},
                                                 {"Q5_K", kFp8}, {"Q4_K", kQ4},   {"Q4_0", kQ4}};
  for (const Quantiser& quantiser : kQuantisers) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.gguf", ggufFile(quantiser));
    checkWithin(std::string("GGUF ") + quantiser.name, run(path), tolerances.at(quantiser.name));
    const auto found = kinora::weights::recognise(path);
    REQUIRE(found.ok());
    CHECK(found->architecture == "wan2.1-t2v");
    CHECK(found->quantisation == (std::string(quantiser.name) == "F16" ? "" : quantiser.name));
  }
}
