// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>

#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"
#include "tests/engine/pipeline/engine_fixture.h"

namespace {

using namespace kinora;
namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;

constexpr const char* kTransformer = "/transformer/diffusion_pytorch_model.safetensors";

std::string tinyModel(const std::string& name) {
  return KINORA_SOURCE_DIR "/tests/data/goldens/models/" + name;
}

/// A copy of a tiny model that a test may damage.
class DamagedModel {
 public:
  explicit DamagedModel(const std::string& model = test::kTiny) {
    fs::copy(model, path(), fs::copy_options::recursive);
  }
  std::string path() const { return m_folder.path() + "/tiny"; }

  void change(const std::string& weights, const std::function<void(Tensors&)>& change) {
    Tensors tensors;
    {
      auto file = tensor::WeightFile::open(path() + weights);
      REQUIRE(file.ok());
      for (const tensor::TensorInfo& info : (*file)->tensors())
        tensors[info.name] = tensor::storedTensor(*file, info).clone();
    }
    change(tensors);
    REQUIRE(tensor::writeSafetensors(path() + weights, tensors).ok());
  }
  void changeTransformer(const std::function<void(Tensors&)>& how) { change(kTransformer, how); }
  void write(const std::string& file, const std::string& text) { std::ofstream(path() + file) << text; }
  /// Takes a part from another model instead.
  void takePart(const std::string& part, const std::string& model) {
    fs::remove_all(path() + "/" + part);
    fs::copy(model + "/" + part, path() + "/" + part, fs::copy_options::recursive);
  }

  core::Error generateError() const {
    test::Frames sink;
    const auto engine = test::makeEngine();
    const auto report = engine->generate(test::inputsFor(path(), {96, 64}, 5, 1), sink, {}, {});
    REQUIRE(!report.ok());
    CHECK(sink.frames.empty());
    CHECK(engine->resident().id.empty());
    return report.error();
  }
  /// The error of a run that is stopped while it works, with steps steps.
  core::Error runError(int steps) const {
    test::Frames sink;
    const auto report = test::makeEngine()->generate(test::inputsFor(path(), {96, 64}, 5, steps), sink, {}, {});
    REQUIRE(!report.ok());
    CHECK(sink.frames.empty());
    return report.error();
  }
  std::vector<pipeline::TensorFault> faults(bool readValues) const {
    auto result = test::makeEngine()->checkModel(test::modelAt(path()), readValues);
    REQUIRE_MESSAGE(result.ok(), result.error().text());
    return *result;
  }

 private:
  test::TemporaryFolder m_folder;
};

bool names(const core::Error& error, const std::string& part) {
  return error.text().find(part) != std::string::npos;
}

/// Some block's weight: the first name that ends so.
std::string nameEnding(const Tensors& tensors, const std::string& end) {
  for (const auto& [name, tensor] : tensors) {
    if (name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) return name;
  }
  FAIL("no tensor ends in " << end);
  return {};
}

}  // namespace

TEST_CASE("the models that ship and those of the goldens are sound") {
  const auto engine = test::makeEngine();
  for (const std::string& model :
       {test::kMini, test::kTiny, tinyModel("tiny-wan21"), tinyModel("tiny-wan21-i2v"), tinyModel("tiny-wan21-flf2v"),
        tinyModel("tiny-wan21-vace"), tinyModel("tiny-wan22-t2v-a14b"), tinyModel("tiny-wan22-i2v-a14b")}) {
    CAPTURE(model);
    const auto faults = engine->checkModel(test::modelAt(model), true);
    REQUIRE_MESSAGE(faults.ok(), faults.error().text());
    CHECK(faults->empty());
  }
}

TEST_CASE("a model that is not there is not found") {
  test::Frames sink;
  const auto engine = test::makeEngine();
  const auto report = engine->generate(test::inputsFor("/nowhere", {96, 64}, 5, 1), sink, {}, {});
  REQUIRE(!report.ok());
  CHECK(report.error().code == core::ErrorCode::NotFound);
  CHECK(!engine->checkModel(test::modelAt("/nowhere"), false).ok());
}

TEST_CASE("names the truncated file") {
  const DamagedModel model;
  fs::resize_file(model.path() + kTransformer, fs::file_size(model.path() + kTransformer) - 100);
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::Corrupt);
  CHECK(names(error, "transformer/diffusion_pytorch_model.safetensors"));
}

TEST_CASE("names the missing file") {
  for (const char* file : {"/vae/diffusion_pytorch_model.safetensors", "/tokenizer/spiece.model",
                           "/text_encoder/model.safetensors", "/model_index.json"}) {
    CAPTURE(file);
    const DamagedModel model;
    REQUIRE(fs::remove(model.path() + file));
    const core::Error error = model.generateError();
    CHECK(error.code == core::ErrorCode::NotFound);
    // Weights may lie in shards: their folder is named.
    CHECK(names(error, fs::path(file).parent_path().string()));
  }
}

TEST_CASE("without its config.json a part is known by its shapes; what they do not say is asked for") {
  const DamagedModel model;
  REQUIRE(fs::remove(model.path() + "/transformer/config.json"));
  const core::Error error = model.generateError();  // heads are not 128 wide
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, "/transformer"));
  CHECK(names(error, "number of heads"));
  CHECK(names(error, "config.json"));
}

TEST_CASE("a tokenizer with more pieces than the text encoder has rows is refused") {
  DamagedModel model;
  const auto cut = [](Tensors& tensors) {
    tensors["shared.weight"] = tensors["shared.weight"].narrow(0, 0, 99).clone();
  };
  model.change("/text_encoder/model.safetensors", cut);
  REQUIRE(fs::remove(model.path() + "/text_encoder/config.json"));
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, "tokenizer and text encoder do not belong together"));
  CHECK(names(error, "at most 99"));
}

TEST_CASE("names a tensor that has another name, and its file") {
  DamagedModel model;
  std::string name;
  model.changeTransformer([&](Tensors& tensors) {
    name = nameEnding(tensors, "attn1.to_q.weight");
    tensors[name + "x"] = tensors[name];
    tensors.erase(name);
  });
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, name));
  CHECK(names(error, "transformer"));

  const auto faults = model.faults(false);
  REQUIRE(faults.size() == 2);
  for (const pipeline::TensorFault& fault : faults) {
    CHECK(fault.file.find("transformer") != std::string::npos);
    CHECK((fault.tensor == name || fault.tensor == name + "x"));
    CHECK(fault.what == (fault.tensor == name ? "missing" : "surplus"));
  }
}

TEST_CASE("names a tensor of another shape") {
  DamagedModel model;
  std::string name;
  model.changeTransformer([&](Tensors& tensors) {
    name = nameEnding(tensors, "attn1.to_q.weight");
    tensors[name] = at::zeros({3, 5});
  });
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, name));
  CHECK(names(error, "[3,5]"));
  const auto faults = model.faults(false);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].tensor == name);
  CHECK(faults[0].what.find("[3,5]") != std::string::npos);
}

TEST_CASE("finds values that are no numbers, before and during a run") {
  DamagedModel model;
  std::string name;
  model.changeTransformer([&](Tensors& tensors) {
    name = nameEnding(tensors, "ffn.net.2.weight");
    tensors[name][0][0] = std::numeric_limits<float>::quiet_NaN();
  });
  CHECK(model.faults(false).empty());
  const auto faults = model.faults(true);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].tensor == name);

  const core::Error error = model.runError(3);
  CHECK(error.code == core::ErrorCode::Corrupt);
  const std::string block = name.substr(name.find('.') + 1);
  CHECK(names(error, "block " + block.substr(0, block.find('.'))));
  CHECK(names(error, "step 1"));
}

TEST_CASE("says which expert makes values that are no numbers, at its first step") {
  DamagedModel model(tinyModel("tiny-wan22-t2v-a14b"));
  model.change("/transformer_2/diffusion_pytorch_model.safetensors",
               [](Tensors& tensors) { tensors["proj_out.bias"][3] = std::numeric_limits<float>::infinity(); });
  const core::Error error = model.runError(4);  // shift 3: 999, 900, 750, 500; the boundary is at 875
  CHECK(error.code == core::ErrorCode::Corrupt);
  CHECK(names(error, "the last projection of the expert for low noise"));
  CHECK(names(error, "step 3"));
}

TEST_CASE("says when the VAE makes values that are no numbers, in encoding and in decoding") {
  DamagedModel decoder;
  decoder.change("/vae/diffusion_pytorch_model.safetensors", [](Tensors& tensors) {
    tensors["decoder.conv_out.bias"][0] = std::numeric_limits<float>::quiet_NaN();
  });
  CHECK(names(decoder.runError(1), "decoding made values that are no numbers"));

  DamagedModel encoder;
  encoder.change("/vae/diffusion_pytorch_model.safetensors", [](Tensors& tensors) {
    tensors["encoder.conv_out.bias"].fill_(std::numeric_limits<float>::quiet_NaN());
  });
  auto inputs = test::inputsFor(encoder.path(), {96, 64}, 5, 1);
  inputs.startImage = core::Frame(1, 1, std::shared_ptr<std::uint8_t[]>(new std::uint8_t[3]{}));
  test::Frames sink;
  const auto report = test::makeEngine()->generate(inputs, sink, {}, {});
  REQUIRE(!report.ok());
  CHECK(names(report.error(), "encoding the picture made values that are no numbers"));
}

TEST_CASE("says when the text encoder makes values that are no numbers, and keeps none of them") {
  DamagedModel model;
  model.change("/text_encoder/model.safetensors", [](Tensors& tensors) {
    tensors[nameEnding(tensors, "final_layer_norm.weight")].fill_(std::numeric_limits<float>::quiet_NaN());
  });
  const test::TemporaryFolder cache;
  auto inputs = test::inputsFor(model.path(), {96, 64}, 5, 1);
  inputs.cacheDirectory = cache.path();
  test::Frames sink;
  const auto report = test::makeEngine()->generate(inputs, sink, {}, {});
  REQUIRE(!report.ok());
  CHECK(report.error().code == core::ErrorCode::Corrupt);
  CHECK(names(report.error(), "the text encoder made values that are no numbers"));
  CHECK(fs::is_empty(cache.path()));
}

TEST_CASE("two experts of different shape are no halves of one model") {
  DamagedModel model(tinyModel("tiny-wan22-i2v-a14b"));
  model.takePart("transformer_2", tinyModel("tiny-wan22-t2v-a14b"));
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, "not halves of one model"));
  CHECK(names(error, "36 channels"));
  CHECK(names(error, "16 channels"));
}

TEST_CASE("the same expert twice is no model, whatever its files are called") {
  DamagedModel model(tinyModel("tiny-wan22-t2v-a14b"));
  model.change("/transformer_2/diffusion_pytorch_model.safetensors", [&](Tensors& tensors) {
    auto first = tensor::WeightFile::open(model.path() + kTransformer);
    REQUIRE(first.ok());
    for (auto& [name, tensor] : tensors) {
      const at::Tensor other = tensor::storedTensor(*first, *(*first)->find(name));
      tensor = other.to(at::kBFloat16);  // in another precision
    }
  });
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, "same half"));
  CHECK(names(error, "transformer_2"));
}

TEST_CASE("a second expert whose tensors do not fit is refused before the first step") {
  DamagedModel model(tinyModel("tiny-wan22-t2v-a14b"));
  model.change("/transformer_2/diffusion_pytorch_model.safetensors",
               [](Tensors& tensors) { tensors.erase("proj_out.bias"); });
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, "proj_out.bias"));
  CHECK(names(error, "transformer_2"));
}

TEST_CASE("a VAE of the other family is refused") {
  DamagedModel model;
  model.takePart("vae", tinyModel("tiny-wan21"));
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, "transformer and VAE do not belong together"));
}

TEST_CASE("a text encoder of another width is refused") {
  DamagedModel model;
  model.takePart("text_encoder", test::kMini);
  model.takePart("tokenizer", test::kMini);
  const core::Error error = model.generateError();
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(names(error, "transformer and text encoder do not belong together"));
  CHECK(names(error, "expected 32, got 128"));
}

TEST_CASE("an image encoder of another width is refused") {
  DamagedModel model(tinyModel("tiny-wan21-i2v"));
  const std::string config = model.path() + "/image_encoder/config.json";
  std::ifstream in(config);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto at = text.find("\"hidden_size\": 24");
  REQUIRE(at != std::string::npos);
  text.replace(at, 17, "\"hidden_size\": 26");
  model.write("/image_encoder/config.json", text);
  CHECK(names(model.generateError(), "transformer and image encoder do not belong together"));
}

TEST_CASE("refuses broken and unfitting config files") {
  for (const char* file : {"/model_index.json", "/scheduler/scheduler_config.json", "/transformer/config.json",
                           "/text_encoder/config.json", "/vae/config.json"}) {
    CAPTURE(file);
    DamagedModel model;
    model.write(file, "{\"broken\": ");
    const core::Error error = model.generateError();
    CHECK(error.code == core::ErrorCode::Corrupt);
    CHECK(names(error, file));
  }
}
