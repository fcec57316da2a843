// SPDX-License-Identifier: GPL-3.0-or-later
// LoRAs on the experts of a model: equal to diffusers, changed without reloading the rest, taken away without a trace.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "engine/pipeline/experts.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/wan/golden.h"

using namespace kinora;
using core::ErrorCode;
using core::LoraUse;
using pipeline::Experts;
using test::Golden;
using test::kGoldens;

namespace {

/// Of one forward in f32 (see tests/data/goldens/README.md).
constexpr double kTolerance = 2e-5;
const std::string kLinear = kGoldens + "lora-linear/comfy.safetensors";
const std::string kExtract = kGoldens + "lora-extract/comfy.safetensors";
const std::string kFull = kGoldens + "lora-full/comfy.safetensors";

/// tiny-wan22 once or, as two experts, twice.
std::unique_ptr<Experts> tiny(std::size_t count = 1, at::ScalarType dtype = at::kFloat) {
  const std::string folder = kGoldens + "models/tiny-wan22/transformer";
  auto config = wan::readTransformerConfig(folder + "/config.json");
  auto weights = tensor::WeightSource::open(folder, "diffusion_pytorch_model");
  REQUIRE((config.ok() && weights.ok()));
  wan::TransformerOptions options;
  options.dtype = dtype;
  auto experts = Experts::make({count, Experts::Part{*config, *weights}}, 500, options, Experts::Idle::Keep);
  REQUIRE(experts.ok());
  return std::move(experts).value();
}

/// The forward that the LoRA goldens hold.
at::Tensor output(Experts& experts, std::size_t expert = 0) {
  const Golden given("transformer-tiny22");
  const auto transformer = experts.get(expert, {});
  REQUIRE_MESSAGE(transformer.ok(), (transformer.ok() ? "" : transformer.error().text()));
  const auto context = (*transformer)->prepareContext({given["text_rows"]});
  return (*transformer)->forward(given["latents"], given.inputs["t"].get<double>(), context);
}

std::vector<std::string> set(Experts& experts, const std::vector<LoraUse>& loras) {
  auto change = experts.setLoras(loras, {});
  REQUIRE_MESSAGE(change.ok(), (change.ok() ? "" : change.error().text()));
  return change->reloaded;
}

/// Names of the tensors a golden's LoRA changes.
std::set<std::string> changedBy(const std::string& golden) {
  auto file = tensor::WeightFile::open(kGoldens + golden + "/expected.safetensors");
  REQUIRE(file.ok());
  std::set<std::string> names;
  for (const auto& info : (*file)->tensors()) names.insert(info.name);
  names.erase("output");
  return names;
}

std::set<std::string> asSet(const std::vector<std::string>& names) {
  std::set<std::string> out(names.begin(), names.end());
  CHECK(out.size() == names.size());  // nothing twice
  return out;
}

}  // namespace

TEST_CASE("a forward with LoRAs is that of diffusers or of the plain sum") {
  for (const char* name : {"linear", "extract", "full"}) {
    CAPTURE(name);
    const auto experts = tiny();
    const auto base = output(*experts);
    const std::string golden = std::string("lora-") + name;
    set(*experts, {{kGoldens + golden + "/comfy.safetensors"}});
    const at::Tensor expected = Golden(golden)["output"];
    CHECK(test::relativeError(output(*experts), expected) <= kTolerance);
    CHECK(test::relativeError(base, expected) > 1e-2);  // else the line above shows nothing
  }
  const Golden two("lora-two");
  const auto experts = tiny();
  set(*experts,
      {{kLinear, two.inputs["weights"][0].get<double>()}, {kExtract, two.inputs["weights"][1].get<double>()}});
  CHECK(test::relativeError(output(*experts), two["output"]) <= kTolerance);
}

TEST_CASE("a change reads only what the old and the new LoRAs touch, and leaves no trace when they go") {
  const auto experts = tiny();
  const at::Tensor base = output(*experts);
  CHECK(asSet(set(*experts, {{kLinear}})) == changedBy("lora-linear"));
  const at::Tensor linear = output(*experts);
  CHECK(set(*experts, {{kLinear}}).empty());
  CHECK(at::equal(output(*experts), linear));

  // Two as one, another weight, one of them gone.
  auto both = changedBy("lora-linear");
  both.merge(changedBy("lora-full"));
  CHECK(asSet(set(*experts, {{kLinear, 0.5}, {kFull}})) == both);
  CHECK(asSet(set(*experts, {{kLinear}})) == both);
  CHECK(at::equal(output(*experts), linear));

  CHECK(asSet(set(*experts, {})) == changedBy("lora-linear"));
  CHECK(at::equal(output(*experts), base));
  // A weight of 0 is no LoRA.
  CHECK(set(*experts, {{kFull, 0.0}}).empty());
  CHECK(at::equal(output(*experts), base));
}

TEST_CASE("loading with LoRAs and adding them later give the same bits in every dtype") {
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto before = tiny(1, dtype);
    CHECK(set(*before, {{kExtract, 0.7}, {kFull}}).empty());  // nothing is in memory yet
    const auto after = tiny(1, dtype);
    const at::Tensor base = output(*after);
    CHECK_FALSE(set(*after, {{kExtract, 0.7}, {kFull}}).empty());
    CHECK(at::equal(output(*before), output(*after)));
    set(*before, {});
    CHECK(at::equal(output(*before), base));
  }
}

TEST_CASE("each of two experts takes what is meant for it") {
  const auto experts = tiny(2);
  const at::Tensor base = output(*experts, 0);
  REQUIRE(at::equal(output(*experts, 1), base));
  const auto touched = [&] {
    return std::pair(!at::equal(output(*experts, 0), base), !at::equal(output(*experts, 1), base));
  };
  set(*experts, {{kLinear}});
  CHECK(touched() == std::pair(true, true));
  CHECK(at::equal(output(*experts, 0), output(*experts, 1)));
  CHECK(set(*experts, {{kLinear, 1, "low"}}).size() == 2 * changedBy("lora-linear").size());  // of both experts
  CHECK(touched() == std::pair(false, true));
  set(*experts, {{kLinear, 1, "high"}});
  CHECK(touched() == std::pair(true, false));
  // Says so itself.
  set(*experts, {{kGoldens + "lora-linear/low-expert.safetensors"}});
  CHECK(touched() == std::pair(false, true));
  set(*experts, {{kLinear, 1, "high"}, {kExtract, 0.5, "low"}});
  CHECK(test::relativeError(output(*experts, 0), Golden("lora-linear")["output"]) <= kTolerance);
  CHECK(touched() == std::pair(true, true));
}

TEST_CASE("a refused file leaves everything as it was") {
  const auto experts = tiny();
  set(*experts, {{kLinear}});
  const at::Tensor linear = output(*experts);
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::vector<LoraUse>& loras) {
    const auto change = experts->setLoras(loras, {});
    REQUIRE_FALSE(change.ok());
    CHECK(at::equal(output(*experts), linear));
    return change.error();
  };
  CHECK((refused({{folder.file("none.safetensors")}}).code == ErrorCode::NotFound));
  CHECK((refused({{kFull}, {folder.write("x.safetensors", "not one")}}).code == ErrorCode::Corrupt));
  const auto low = refused({{kGoldens + "lora-linear/low-expert.safetensors"}});
  CHECK((low.code == ErrorCode::ModelMismatch));
  CHECK(low.message.find("second of two experts") != std::string::npos);

  const auto two = tiny(2);
  const auto high = two->setLoras({{kGoldens + "lora-linear/low-expert.safetensors", 1, "high"}}, {});
  REQUIRE_FALSE(high.ok());
  CHECK(high.error().message.find("high noise") != std::string::npos);
}

TEST_CASE("a file that was written anew is read anew") {
  const test::TemporaryFolder folder;
  const std::string file = folder.file("lora.safetensors");
  std::filesystem::copy_file(kLinear, file);
  const auto experts = tiny();
  set(*experts, {{file}});
  const at::Tensor linear = output(*experts);
  std::filesystem::remove(file);  // what is mapped lives on
  std::filesystem::copy_file(kExtract, file);
  CHECK_FALSE(set(*experts, {{file}}).empty());
  CHECK(test::relativeError(output(*experts), Golden("lora-extract")["output"]) <= kTolerance);
}

TEST_CASE("a stop in the middle frees the half-changed expert; the next run loads it whole") {
  const auto experts = tiny();
  output(*experts);
  std::stop_source stop;
  stop.request_stop();
  // Files are read first: a stop there changes nothing.
  CHECK_THROWS_AS((void)experts->setLoras({{kLinear}}, tensor::StopCheck(stop.get_token())), tensor::Stopped);
  set(*experts, {{kLinear}});
  CHECK(test::relativeError(output(*experts), Golden("lora-linear")["output"]) <= kTolerance);
  // Without files the stop comes while weights are read.
  CHECK_THROWS_AS((void)experts->setLoras({}, tensor::StopCheck(stop.get_token())), tensor::Stopped);
  set(*experts, {{kLinear}});
  CHECK(test::relativeError(output(*experts), Golden("lora-linear")["output"]) <= kTolerance);
}

TEST_CASE("what a file holds beyond the model is noted") {
  const test::TemporaryFolder folder;
  const std::string file = folder.file("style.safetensors");
  REQUIRE(tensor::writeSafetensors(file, {{"blocks.0.self_attn.q.diff_b", at::zeros({40})},
                                          {"blocks.0.cross_attn.k_img.diff_b", at::zeros({40})}})
              .ok());
  const auto experts = tiny();
  for (int i = 0; i < 2; ++i) {
    const auto change = experts->setLoras({{file}}, {});
    REQUIRE(change.ok());
    REQUIRE(change->notes.size() == 1);
    CHECK(change->notes[0].starts_with("style.safetensors: 1 tensors"));
  }
}
