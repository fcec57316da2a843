// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>

#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"
#include "tests/engine/pipeline/engine_fixture.h"

namespace {

using namespace kinora;
namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;

constexpr const char* kTransformer = "/transformer/diffusion_pytorch_model.safetensors";

/// A copy of the tiny model that a test may damage.
class DamagedModel {
 public:
  DamagedModel() { fs::copy(test::kTiny, path(), fs::copy_options::recursive); }
  std::string path() const { return m_folder.path() + "/tiny"; }

  void changeTransformer(const std::function<void(Tensors&)>& change) {
    Tensors tensors;
    {
      auto file = tensor::SafetensorsFile::open(path() + kTransformer);
      REQUIRE(file.ok());
      for (const tensor::TensorInfo& info : (*file)->tensors()) tensors[info.name] = (*file)->tensor(info).clone();
    }
    change(tensors);
    REQUIRE(tensor::writeSafetensors(path() + kTransformer, tensors).ok());
  }
  void write(const std::string& file, const std::string& text) { std::ofstream(path() + file) << text; }

  core::Error generateError() const {
    test::Frames sink;
    const auto engine = test::makeEngine();
    const auto report = engine->generate(test::inputsFor(path(), {96, 64}, 5, 1), sink, {}, {});
    REQUIRE(!report.ok());
    CHECK(sink.frames.empty());
    CHECK(engine->residentModel().empty());
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
       {test::kMini, test::kTiny, std::string(KINORA_SOURCE_DIR "/tests/data/goldens/models/tiny-wan21")}) {
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
                           "/transformer/config.json", "/text_encoder/model.safetensors", "/model_index.json"}) {
    CAPTURE(file);
    const DamagedModel model;
    REQUIRE(fs::remove(model.path() + file));
    const core::Error error = model.generateError();
    CHECK(error.code == core::ErrorCode::NotFound);
    // Weights may lie in shards: their folder is named.
    CHECK(names(error, fs::path(file).parent_path().string()));
  }
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

  test::Frames sink;
  const auto report = test::makeEngine()->generate(test::inputsFor(model.path(), {96, 64}, 5, 1), sink, {}, {});
  REQUIRE(!report.ok());
  CHECK(report.error().code == core::ErrorCode::Corrupt);
  CHECK(sink.frames.empty());
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
