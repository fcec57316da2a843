// SPDX-License-Identifier: GPL-3.0-or-later
// One tiny model in every form that models come in makes the same video: exactly where the form loses nothing, within
// the tolerance of its number format where it does.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>

#include "engine/tensor/safetensors.h"
#include "engine/wan/vae_tensors.h"
#include "tests/engine/pipeline/engine_fixture.h"
#include "tests/engine/wan/golden.h"
#include "tests/engine/wan/vocabulary_gguf.h"
#include "tests/engine/wan/weight_forms.h"

namespace {

using namespace kinora;
using namespace kinora::test;
namespace fs = std::filesystem;
using nlohmann::json;

const std::string kBase = kGoldens + "models/tiny-wan21/";

// Relative L2 of the final video against f32.
constexpr double kRounding = 2e-6;
constexpr double kHalf = 2e-2;  // of a block 1e-2; here the other networks are narrow too
constexpr double kInt8 = 2e-2;
constexpr double kFp8 = 5e-2;
constexpr double kQ4 = 1e-1;  // of a block 5e-2; two steps of two blocks

wan::TextEncoderConfig textConfig() {
  wan::TextEncoderConfig config;
  config.vocab = 3000;
  config.dim = tinyConfig().textDim;
  config.layers = config.heads = 2;
  config.headDim = config.buckets = 32;
  config.ffnDim = 96;
  config.maxDistance = 128;
  return config;
}

/// The published statistics of the latent, in a tiny network.
wan::VaeConfig vaeConfig() {
  wan::VaeConfig config = wan::officialVae21Config();
  config.baseDim = config.decoderBaseDim = 4;
  return config;
}

Tensors seeded(const std::vector<tensor::TensorSpec>& table, std::uint64_t seed) {
  at::manual_seed(seed);
  Tensors tensors;
  for (const tensor::TensorSpec& spec : table) {
    const bool gain = spec.name.ends_with("gamma") || spec.name.find("norm") != spec.name.npos;
    const bool loose = spec.name == "shared.weight" || spec.name.find("relative_attention") != spec.name.npos;
    const at::Tensor value = at::randn(spec.shape);
    const double width = loose || spec.shape.size() == 1 ? 1 : std::pow(static_cast<double>(value[0].numel()), -0.5);
    tensors[spec.name] = gain ? value * 0.1 + 1 : value * (spec.name.ends_with("bias") ? 0.1 : width);
  }
  return tensors;
}

/// The three networks by table name.
struct Networks {
  Tensors transformer = tinyWeights();
  Tensors text = seeded(wan::textEncoderTable(textConfig()), 3);
  Tensors vae = seeded(wan::vaeTensorTable(vaeConfig()), 4);

  Networks as(at::ScalarType type) const {
    const auto narrow = [&](const std::string&, const at::Tensor& value) { return value.to(type); };
    Networks out = *this;
    for (Tensors* part : {&out.transformer, &out.text, &out.vae}) *part = mapped(*part, narrow);
    return out;
  }
};
const Networks& networks() {
  static const Networks made;
  return made;
}

Names transformerNames(const std::string& prefix = {}) {
  return namesOf(wan::transformerTable(tinyConfig()), kOriginal, prefix);
}
Names vaeNames() {
  return namesOf(wan::vaeTensorTable(vaeConfig()), kOriginal);
}

/// A folder of model files and what becomes of them.
class Model {
 public:
  Model() { m_info = modelAt(m_folder.path()); }

  std::string write(const std::string& name, const std::string& bytes) {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string write(const std::string& name, const Tensors& tensors) {
    fs::create_directories(fs::path(path(name)).parent_path());
    REQUIRE(tensor::writeSafetensors(path(name), tensors).ok());
    return path(name);
  }
  /// A config of the golden model with other values; null: without the key.
  void config(const std::string& name, const json& changes = json::object()) {
    json config = readJson(kBase + name);
    config.merge_patch(changes);
    write(name, config.dump());
  }
  void useParts(const std::string& transformer, const std::string& vae, const std::string& textEncoder,
                const std::string& tokenizer) {
    m_info.architecture = "wan2.1-t2v";
    m_info.parts = {transformer, {}, vae, textEncoder, tokenizer, {}};
  }
  std::string path(const std::string& name = {}) const { return m_folder.path() + "/" + name; }

  /// The video of a short run: [1,3,F,H,W].
  at::Tensor video() const {
    const TemporaryFolder dump;
    pipeline::GenerationInputs inputs = inputsFor(path(), {48, 32}, 5, 2);
    inputs.model = m_info;
    inputs.dumpDirectory = dump.path();
    Frames sink;
    const auto report = makeEngine()->generate(inputs, sink, {}, {});
    REQUIRE_MESSAGE(report.ok(), report.error().text());
    const auto faults = makeEngine()->checkModel(m_info, true);
    REQUIRE_MESSAGE(faults.ok(), faults.error().text());
    CHECK(faults->empty());
    const auto file = tensor::WeightFile::open(dump.path() + "/video.safetensors");
    REQUIRE(file.ok());
    return tensor::storedTensor(*file, *(*file)->find("video")).clone();
  }

 private:
  TemporaryFolder m_folder;
  core::ModelInfo m_info;
};

at::Tensor diffusersVideo(const Networks& from) {
  Model model;
  const wan::TransformerConfig t = tinyConfig();
  const wan::TextEncoderConfig e = textConfig();
  model.config("model_index.json");
  model.config("scheduler/scheduler_config.json");
  model.config("transformer/config.json", {{"num_attention_heads", t.heads},
                                           {"attention_head_dim", t.headDim},
                                           {"ffn_dim", t.ffnDim},
                                           {"freq_dim", t.freqDim},
                                           {"num_layers", t.layers},
                                           {"text_dim", t.textDim},
                                           {"rope_max_seq_len", t.ropePositions}});
  model.config("text_encoder/config.json", {{"d_model", e.dim},
                                            {"d_kv", e.headDim},
                                            {"d_ff", e.ffnDim},
                                            {"num_heads", e.heads},
                                            {"num_layers", e.layers},
                                            {"vocab_size", e.vocab}});
  model.config("vae/config.json", {{"latents_mean", nullptr}, {"latents_std", nullptr}});
  model.write("transformer/diffusion_pytorch_model.safetensors", from.transformer);
  model.write("text_encoder/model.safetensors", from.text);
  model.write("vae/diffusion_pytorch_model.safetensors", from.vae);
  model.write("tokenizer/spiece.model", readAll(kBase + "tokenizer/spiece.model"));
  return model.video();
}

/// What every form is measured against, made once.
const at::Tensor& reference() {
  static const at::Tensor video = diffusersVideo(networks());
  return video;
}

void checkWithin(const std::string& what, const at::Tensor& video, double tolerance) {
  CAPTURE(what);
  const double error = relativeError(video, reference());
  MESSAGE(what << ": " << error);
  CHECK(error > 0);
  CHECK(error <= tolerance);
}

/// HF names with the vocabulary inside, as ComfyUI's text encoders are.
Tensors comfyText(Tensors text) {
  const std::string vocabulary = readAll(kBase + "tokenizer/spiece.model");
  text["spiece_model"] = at::empty({static_cast<std::int64_t>(vocabulary.size())}, at::kByte);
  std::copy(vocabulary.begin(), vocabulary.end(), static_cast<char*>(text["spiece_model"].data_ptr()));
  return text;
}

at::Tensor comfyVideo(const Tensors& transformer, const Tensors& text, const Tensors& vae) {
  Model model;
  const std::string textEncoder = model.write("text_encoders/umt5_xxl.safetensors", comfyText(text));
  model.useParts(model.write("diffusion_models/wan2.1_t2v.safetensors", transformer),
                 model.write("vae/wan_2.1_vae.safetensors", vae), textEncoder, textEncoder);
  return model.video();
}

Names sameNames(const Tensors& tensors) {
  Names names;
  for (const auto& [name, tensor] : tensors) names[name] = name;
  return names;
}

bool isTextLinear(const std::string& name) {
  return name.ends_with(".weight") && (name.find("SelfAttention.") != name.npos || name.find("Dense") != name.npos) &&
         name.find("bias") == name.npos;
}

}  // namespace

TEST_CASE("the original folder: config.json, .pth, the tokenizer's own folder") {
  Model model;
  model.write("config.json", json{{"_class_name", "WanModel"},
                                  {"model_type", "t2v"},
                                  {"dim", 256},
                                  {"num_heads", 2},
                                  {"num_layers", 2},
                                  {"ffn_dim", 512},
                                  {"in_dim", 16},
                                  {"out_dim", 16}}
                                 .dump());
  model.write("google/umt5-xxl/spiece.model", readAll(kBase + "tokenizer/spiece.model"));
  const auto text = renamed(networks().text, namesOf(wan::textEncoderTable(textConfig()), kOriginal));
  model.useParts(
      model.write("diffusion_pytorch_model.safetensors", renamed(networks().transformer, transformerNames())),
      model.write("Wan2.1_VAE.pth", torchFile(renamed(networks().vae, vaeNames()))),
      model.write("models_t5_umt5-xxl-enc-bf16.pth", torchFile(text)), model.path("google/umt5-xxl"));
  CHECK(relativeError(model.video(), reference()) <= kRounding);
}

TEST_CASE("ComfyUI's files of half precision are the diffusers folder of that precision") {
  for (const auto type : {at::kHalf, at::kBFloat16}) {
    const Networks narrow = networks().as(type);
    const at::Tensor video = comfyVideo(renamed(narrow.transformer, transformerNames("model.diffusion_model.")),
                                        narrow.text, renamed(narrow.vae, vaeNames()));
    CHECK(relativeError(video, diffusersVideo(narrow)) <= kRounding);
    checkWithin(c10::toString(type), video, kHalf);
  }
}

TEST_CASE("ComfyUI's files in fp8, plain and scaled, with a scaled text encoder") {
  const Tensors vae = renamed(networks().vae, vaeNames());
  const auto plain = mapped(networks().transformer, [](const std::string& name, const at::Tensor& value) {
    return isBlockLinear(name) ? value.to(at::kFloat8_e4m3fn) : value;
  });
  checkWithin("fp8", comfyVideo(renamed(plain, transformerNames()), networks().text, vae), kFp8);
  const Scaled form{at::kFloat8_e4m3fn, 448, false, "scale_weight"};
  Tensors transformer = scaled(networks().transformer, transformerNames(), form, isBlockLinear);
  Tensors text = scaled(networks().text, sameNames(networks().text), form, isTextLinear);
  transformer["scaled_fp8"] = text["scaled_fp8"] = at::empty({0}).to(at::kFloat8_e4m3fn);
  checkWithin("fp8 scaled", comfyVideo(transformer, text, vae), kFp8);
}

TEST_CASE("GGUF transformers of every kind with a GGUF text encoder") {
  const std::map<std::string, double> tolerances{{"F16", kHalf}, {"Q8_0", kInt8}, {"Q6_K", kFp8},
                                                 {"Q5_K", kFp8}, {"Q4_K", kQ4},   {"Q4_0", kQ4}};
  GgufBuilder text = vocabularyGguf(readAll(kBase + "tokenizer/spiece.model"));
  addTensors(text, networks().text, namesOf(wan::textEncoderTable(textConfig()), kLlama), [](const std::string& name) {
    return name.find("bias") == name.npos ? "Q8_0" : "F16";  // tables of positions have short rows
  });
  const Tensors vae = renamed(networks().vae, vaeNames());
  for (const Quantiser& quantiser : kQuantisers) {
    GgufBuilder transformer;
    transformer.text("general.architecture", "wan");
    addTensors(transformer, networks().transformer, transformerNames(),
               [&](const std::string& name) { return isBlockLinear(name) ? quantiser.name : "F16"; });
    Model model;
    const std::string textEncoder = model.write("umt5.gguf", text.build());
    model.useParts(model.write("wan.gguf", transformer.build()), model.write("vae.safetensors", vae), textEncoder,
                   textEncoder);
    checkWithin(std::string("GGUF ") + quantiser.name, model.video(), tolerances.at(quantiser.name));
  }
}
