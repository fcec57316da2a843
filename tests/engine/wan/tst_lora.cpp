// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <limits>

#include "engine/tensor/weight_source.h"
#include "engine/wan/lora_file.h"
#include "engine/wan/lora_names.h"
#include "engine/wan/lora_overlay.h"
#include "engine/wan/tensor_tables.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/wan/golden.h"

using namespace kinora;
using namespace kinora::wan;
using core::ErrorCode;
using test::Golden;
using test::kGoldens;

namespace {

const std::string kTiny = kGoldens + "models/tiny-wan22/transformer";
/// Of an f64 sum rounded to f32 against one made in f32.
constexpr double kTolerance = 1e-6;

TransformerConfig tinyConfig() {
  auto config = readTransformerConfig(kTiny + "/config.json");
  REQUIRE(config.ok());
  return *config;
}

tensor::WeightSource tinyWeights() {
  auto source = tensor::WeightSource::open(kTiny, "diffusion_pytorch_model");
  REQUIRE(source.ok());
  return *source;
}

at::Tensor baseTensor(const std::string& name) {
  const auto source = tinyWeights();
  const auto* entry = source.find(name);
  REQUIRE_MESSAGE(entry, name);
  return tensor::storedTensor(entry->file, *entry->info);
}

LoraFile opened(const std::string& path, const TransformerConfig& config = tinyConfig()) {
  auto file = LoraFile::open(path, config);
  REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().text()));
  return *file;
}

/// The error of a file with these tensors.
core::Error refusal(const std::map<std::string, at::Tensor>& tensors, const TransformerConfig& config = tinyConfig()) {
  const test::TemporaryFolder folder;
  REQUIRE(tensor::writeSafetensors(folder.file("l.safetensors"), tensors).ok());
  const auto file = LoraFile::open(folder.file("l.safetensors"), config);
  REQUIRE_FALSE(file.ok());
  return file.error();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// Down and up of a module of tiny-wan22 (width 40), rank 2.
std::map<std::string, at::Tensor> product(const std::string& module) {
  return {{module + ".lora_down.weight", at::full({2, 40}, 0.5f)}, {module + ".lora_up.weight", at::ones({40, 2})}};
}

at::Tensor applied(const tensor::Overlay& overlay, const std::string& name) {
  return overlay.apply(name, baseTensor(name), {});
}

}  // namespace

TEST_CASE("names come apart into expert, module and role") {
  struct Row {
    const char* name;
    const char* module;
    LoraRole role;
    bool low = false;
  };
  const Row rows[] = {
      {"transformer.blocks.0.attn1.to_q.lora_A.weight", "blocks_0_attn1_to_q", LoraRole::Down},
      {"transformer_2.blocks.0.attn1.to_q.lora_B.bias", "blocks_0_attn1_to_q", LoraRole::UpBias, true},
      {"base_model.model.transformer_2.blocks.7.ffn.net.2.lora_B.default.weight", "blocks_7_ffn_net_2", LoraRole::Up,
       true},
      {"diffusion_model.blocks.0.diff_m", "blocks_0_modulation", LoraRole::Diff},
      {"diffusion_model.blocks.0.modulation.diff", "blocks_0_modulation", LoraRole::Diff},
      {"model.diffusion_model.head.head.diff_b", "head_head", LoraRole::BiasDiff},
      {"lora_unet_blocks_10_cross_attn_k_img.lora_up.weight", "blocks_10_cross_attn_k_img", LoraRole::Up},
      {"lora_unet__blocks_1_ffn_0.alpha", "blocks_1_ffn_0", LoraRole::Alpha},
      {"blocks.3.self_attn.q_lora.down.weight", "blocks_3_self_attn_q", LoraRole::Down},
      {"blocks.3.attn1.processor.to_out_lora.up.weight", "blocks_3_attn1_to_out", LoraRole::Up},
      {"vace_blocks.0.before_proj.lora.up.weight", "vace_blocks_0_before_proj", LoraRole::Up},
      {"lora_unet_blocks_0_self_attn_q.dora_scale", "blocks_0_self_attn_q", LoraRole::Dora},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto key = parseLoraKey(row.name);
    REQUIRE(key.has_value());
    CHECK(key->module == row.module);
    CHECK((key->role == row.role));
    CHECK(key->lowExpert == row.low);
  }
  for (const char* other : {"", ".", "blocks.0.attn1.to_q.weight", "lora_unet_blocks_0_self_attn_q.hada_w1_a",
                            "blocks.0.lora_A", "alpha"}) {
    CAPTURE(other);
    CHECK_FALSE(parseLoraKey(other).has_value());
  }
  // Only a suffix: no module, and no crash.
  CHECK(parseLoraKey(".alpha")->module.empty());
  CHECK(parseLoraKey("lora_unet___.alpha")->module.empty());
}

TEST_CASE("every linear, norm and modulation of the table is found by both names") {
  TransformerConfig config = tinyConfig();
  const LoraModules modules(config);
  for (const auto& spec : transformerTable(config)) {
    for (std::string name : {spec.name, spec.aliases.front()}) {
      CAPTURE(name);
      const bool bias = name.ends_with(".bias");
      for (const char* end : {".weight", ".bias"}) {
        if (name.ends_with(end)) name.resize(name.size() - std::string(end).size());
      }
      std::replace(name.begin(), name.end(), '.', '_');
      const auto* module = modules.find(name);
      REQUIRE(module);
      CHECK((bias ? module->bias : module->weight)->name == spec.name);
    }
  }
}

TEST_CASE("files of every naming change the weights as diffusers or the plain sum does") {
  for (const char* name : {"lora-linear", "lora-extract", "lora-full"}) {
    const Golden golden(name);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kGoldens + name)) {
      if (entry.path().filename() == "expected.safetensors" || entry.path().extension() != ".safetensors") continue;
      CAPTURE(entry.path().string());
      ++files;
      const bool low = entry.path().stem() == "low-expert";
      const auto overlay = loraOverlay({{opened(entry.path()), 1.0}}, low ? Expert::Low : Expert::High);
      CHECK_FALSE(overlay.names.empty());
      std::size_t checked = 0;
      for (const auto& spec : transformerTable(tinyConfig())) {
        CAPTURE(spec.name);
        CHECK(overlay.names.contains(spec.name) == golden.has(spec.name));
        if (!golden.has(spec.name)) continue;
        CHECK(test::relativeError(applied(overlay, spec.name), golden[spec.name]) < kTolerance);
        ++checked;
      }
      CHECK(checked == overlay.names.size());
    }
    CHECK(files >= 2);
  }
}

TEST_CASE("two files with weights add up as diffusers fuses them") {
  const Golden golden("lora-two");
  std::vector<WeightedLora> loras;
  for (std::size_t i = 0; i < 2; ++i) {
    loras.push_back(
        {opened(kGoldens + golden.inputs["files"][i].get<std::string>()), golden.inputs["weights"][i].get<double>()});
  }
  const auto overlay = loraOverlay(loras, Expert::High);
  for (const char* name : {"blocks.0.attn1.to_q.weight", "blocks.1.ffn.net.2.bias", "proj_out.weight"}) {
    CAPTURE(name);
    CHECK(test::relativeError(applied(overlay, name), golden[name]) < kTolerance);
  }
}

TEST_CASE("a weight of 0 changes nothing") {
  const auto overlay = loraOverlay({{opened(kGoldens + "lora-linear/comfy.safetensors"), 0.0}}, Expert::High);
  CHECK(overlay.names.empty());
}

TEST_CASE("a file says the same to both experts unless its names speak of the second") {
  const LoraFile both = opened(kGoldens + "lora-linear/peft.safetensors");
  CHECK(both.of(Expert::High).size() == 20);
  CHECK(both.of(Expert::Low).size() == 20);
  const LoraFile low = opened(kGoldens + "lora-linear/low-expert.safetensors");
  CHECK(low.of(Expert::High).empty());
  CHECK(low.of(Expert::Low).size() == 20);

  const test::TemporaryFolder folder;
  auto tensors = product("transformer.blocks.0.attn1.to_q");
  tensors.merge(product("transformer_2.blocks.1.attn1.to_q"));
  REQUIRE(tensor::writeSafetensors(folder.file("l.safetensors"), tensors).ok());
  const LoraFile each = opened(folder.file("l.safetensors"));
  CHECK(each.of(Expert::High).contains("blocks.0.attn1.to_q.weight"));
  CHECK(each.of(Expert::High).size() == 1);
  CHECK(each.of(Expert::Low).contains("blocks.1.attn1.to_q.weight"));
  CHECK(each.of(Expert::Low).size() == 1);
}

TEST_CASE("tensors of parts the model does not have are left out with a note, as are DoRA magnitudes") {
  const test::TemporaryFolder folder;
  auto tensors = product("diffusion_model.blocks.0.self_attn.q");
  tensors.merge(product("diffusion_model.blocks.0.cross_attn.k_img"));
  tensors["diffusion_model.img_emb.proj.1.diff_b"] = at::zeros({1280});
  tensors["diffusion_model.blocks.0.self_attn.q.dora_scale"] = at::ones({40, 1});
  REQUIRE(tensor::writeSafetensors(folder.file("l.safetensors"), tensors).ok());
  const LoraFile file = opened(folder.file("l.safetensors"));
  CHECK(file.of(Expert::High).size() == 1);
  REQUIRE(file.notes.size() == 2);
  CHECK(contains(file.notes[0], "3 tensors"));
  CHECK(contains(file.notes[1], "DoRA"));
}

TEST_CASE("the same tensors fit a model that has the CLIP branch") {
  TransformerConfig config = tinyConfig();
  config.imageDim = 24;
  config.addedKvDim = 40;
  const test::TemporaryFolder folder;
  auto tensors = product("diffusion_model.blocks.0.cross_attn.k_img");
  tensors["diffusion_model.img_emb.proj.1.diff_b"] = at::zeros({24});
  REQUIRE(tensor::writeSafetensors(folder.file("l.safetensors"), tensors).ok());
  const LoraFile file = opened(folder.file("l.safetensors"), config);
  CHECK(file.of(Expert::High).contains("blocks.0.attn2.add_k_proj.weight"));
  CHECK(file.of(Expert::High).contains("condition_embedder.image_embedder.ff.net.0.proj.bias"));
  CHECK(file.notes.empty());
}

TEST_CASE("a file for another model is refused with the first names and their number") {
  std::map<std::string, at::Tensor> tensors;
  for (int i = 0; i < 30; ++i) {
    const std::string module = "diffusion_model.blocks." + std::to_string(i) + ".self_attn.q";
    tensors[module + ".lora_down.weight"] = at::zeros({4, 5120});
    tensors[module + ".lora_up.weight"] = at::zeros({5120, 4});
  }
  const auto error = refusal(tensors);
  CHECK((error.code == ErrorCode::ModelMismatch));
  CHECK(contains(error.message, "of 60 tensors 60 do not fit"));
  CHECK(contains(error.message, "blocks.0.self_attn.q.lora_down.weight (shape [4,5120], expected [4,40])"));
  CHECK(contains(error.message, "(no such module)"));
  CHECK(contains(error.message, ", …"));
  CHECK(error.message.size() < 1500);
}

TEST_CASE("faults of single tensors are named") {
  const std::string q = "blocks.0.self_attn.q";
  const auto message = [&](const std::string& name, const at::Tensor& value) {
    auto tensors = product(q);
    tensors[name] = value;
    const auto error = refusal(tensors);
    CHECK((error.code == ErrorCode::ModelMismatch));
    return error.message;
  };
  CHECK(contains(message("blocks.0.self_attn.q.hada_w1_a", at::zeros({2})), "not a LoRA's name"));
  CHECK(contains(message(q + ".lora_up.weight", at::zeros({40, 3})), "shape [40,3], expected [40,2]"));
  CHECK(contains(message(q + ".lora_up.weight", at::zeros({2, 40})), "shape [2,40]"));
  CHECK(contains(message(q + ".lora_down.weight", at::zeros({0, 40})), "shape [0,40]"));
  CHECK(contains(message(q + ".lora_down.weight", at::zeros({2, 40}, at::kLong)), "dtype I64"));
  CHECK(contains(message(q + ".alpha", at::zeros({2})), "expected one number"));
  CHECK(contains(message(q + ".diff", at::zeros({40})), "expected [40,40]"));
  CHECK(contains(message(q + ".lora_A.weight", at::zeros({2, 40})), "given twice"));
  CHECK(contains(message("blocks.0.self_attn.k.lora_up.weight", at::zeros({40, 2})), "without its counterpart"));
  CHECK(contains(message("blocks.0.self_attn.k.alpha", at::ones({})), "without its counterpart"));
  CHECK(contains(message("blocks.0.self_attn.norm_q.diff_b", at::ones({40})), "has none"));
  auto norm = product("blocks.0.self_attn.norm_q");
  CHECK(contains(refusal(norm).message, "no product"));
}

TEST_CASE("values that are no numbers, empty files and files of something else are refused") {
  auto tensors = product("blocks.0.self_attn.q");
  tensors["blocks.0.self_attn.q.lora_up.weight"][3][1] = std::numeric_limits<float>::quiet_NaN();
  CHECK((refusal(tensors).code == ErrorCode::Corrupt));
  CHECK(contains(refusal(tensors).message, "blocks.0.self_attn.q.lora_up.weight"));
  tensors = product("blocks.0.self_attn.q");
  tensors["blocks.0.self_attn.q.alpha"] = at::full({}, std::numeric_limits<float>::infinity());
  CHECK((refusal(tensors).code == ErrorCode::Corrupt));

  CHECK(contains(refusal({}).message, "changes nothing"));
  CHECK(contains(refusal(product("img_emb.proj.1")).message, "changes nothing"));
  const auto model = LoraFile::open(kTiny + "/diffusion_pytorch_model.safetensors", tinyConfig());
  REQUIRE_FALSE(model.ok());
  CHECK(contains(model.error().message, "not a LoRA's name"));
  CHECK((LoraFile::open("/nowhere.safetensors", tinyConfig()).error().code == ErrorCode::NotFound));

  const test::TemporaryFolder folder;
  CHECK((LoraFile::open(folder.write("l.safetensors", "PK\3\4"), tinyConfig()).error().code == ErrorCode::Corrupt));
}

TEST_CASE("alpha comes from the tensor, from PEFT's metadata or is the rank") {
  const test::TemporaryFolder folder;
  const auto factor = [&](std::map<std::string, at::Tensor> tensors, const std::string& metadata) {
    std::map<std::string, std::string> entries;
    if (!metadata.empty()) entries["lora_adapter_metadata"] = metadata;
    REQUIRE(tensor::writeSafetensors(folder.file("l.safetensors"), tensors, entries).ok());
    return opened(folder.file("l.safetensors")).of(Expert::High).at("blocks.0.attn1.to_q.weight").front().factor;
  };
  const auto plain = product("blocks.0.attn1.to_q");
  auto withAlpha = plain;
  withAlpha["blocks.0.attn1.to_q.alpha"] = at::full({1}, 3, at::kLong);
  CHECK(factor(plain, "") == 1);
  CHECK(factor(withAlpha, "") == 1.5);
  CHECK(factor(plain, R"({"transformer.lora_alpha": 8})") == 4);
  CHECK(factor(plain, R"({"lora_alpha": 8, "use_rslora": true})") == doctest::Approx(8 / std::sqrt(2.0)));
  CHECK(factor(plain, R"({"transformer.lora_alpha": 8, "transformer.alpha_pattern": {"attn1.to_q": 1}})") == 0.5);
  CHECK(factor(plain, R"({"transformer.lora_alpha": 8, "transformer.alpha_pattern": {"to_k": 1}})") == 4);
  CHECK(factor(withAlpha, R"({"transformer.lora_alpha": 8})") == 1.5);
  for (const char* odd : {"{", "[]", "7", R"({"lora_alpha": "8", "alpha_pattern": [1, "x"], "use_rslora": 1})"}) {
    CHECK(factor(plain, odd) == 1);
  }
}

TEST_CASE("stored tensors of any dtype are summed in f64 and rounded once, block by block") {
  const test::TemporaryFolder folder;
  at::manual_seed(1);
  const at::Tensor down = at::randn({2, 40}).to(at::kBFloat16);
  const at::Tensor up = at::randn({40, 2}).to(at::kHalf);
  REQUIRE(tensor::writeSafetensors(folder.file("l.safetensors"), {{"blocks.0.attn1.to_q.lora_A.weight", down},
                                                                  {"blocks.0.attn1.to_q.lora_B.weight", up}})
              .ok());
  const auto overlay = loraOverlay({{opened(folder.file("l.safetensors")), 0.3}}, Expert::High);
  const at::Tensor product = at::mm(up.to(at::kDouble), down.to(at::kDouble)) * 0.3;
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kHalf, at::kDouble}) {
    const at::Tensor stored = at::randn({40, 40}).to(dtype);
    const at::Tensor kept = stored.clone();
    const at::Tensor sum = overlay.apply("blocks.0.attn1.to_q.weight", stored, {});
    CHECK((sum.scalar_type() == at::kFloat));
    CHECK(test::relativeError(sum, stored.to(at::kDouble) + product) < 1e-7);
    CHECK(at::equal(stored, kept));
  }
}
