// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "engine/models/assemble.h"
#include "engine/models/model_file.h"
#include "engine/models/removal.h"
#include "tests/engine/models/model_folder.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::AddRequest;
using models::ModelCatalogue;

namespace {

/// A drive with a model, and a data folder for what is added and downloaded.
struct Disk {
  Disk() { ModelFiles().write(whole()); }
  std::string whole() const { return folder.file("drive/Wan 2.1 (T2V)"); }
  std::string root() const { return folder.file("data/models"); }
  ModelCatalogue installed() const { return ModelCatalogue::scan({root()}); }
  core::Result<models::Assembly> add(const AddRequest& request) const {
    return models::addModel(request, installed(), root());
  }

  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("a whole folder is used where it lies") {
  const Disk disk;
  const auto added = disk.add({{disk.whole() + "/"}, "", ""});
  REQUIRE_MESSAGE(added.ok(), (added.ok() ? std::string() : added.error().text()));
  CHECK(added->info.id == "wan-2.1-t2v");
  CHECK(added->info.directory == disk.whole());
  CHECK(added->info.registered == disk.root() + "/wan-2.1-t2v");
  CHECK(added->info.parts.vae == disk.whole() + "/vae");
  CHECK(disk.installed().find("wan-2.1-t2v"));
  CHECK(disk.add({{disk.whole()}, "", ""}).error().code == ErrorCode::InvalidInput);  // an id is given once
  CHECK(disk.add({{disk.whole()}, "two", "Two"})->info.name == "Two");
}

TEST_CASE("what is no whole model is refused, and nothing is written") {
  const Disk disk;
  const auto code = [&](const AddRequest& request) {
    const auto added = disk.add(request);
    REQUIRE_FALSE(added.ok());
    CHECK(disk.installed().models().empty());
    return added.error().code;
  };
  CHECK(code({{}, "", ""}) == ErrorCode::InvalidInput);
  CHECK(code({{disk.folder.file("none")}, "", ""}) == ErrorCode::NotFound);
  CHECK(code({{disk.folder.file("drive")}, "", ""}) == ErrorCode::NotFound);
  CHECK(code({{disk.whole()}, "../x", ""}) == ErrorCode::InvalidInput);
  std::filesystem::remove(disk.whole() + "/vae/diffusion_pytorch_model.safetensors");
  const auto partly = disk.add({{disk.whole()}, "", ""});
  CHECK(partly.error().code == ErrorCode::ModelMismatch);
  CHECK(partly.error().message.find("vae/") != std::string::npos);
}

TEST_CASE("a file is refused with what it is") {
  const Disk disk;
  const auto lora = disk.add({{KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors"}, "", ""});
  REQUIRE_FALSE(lora.ok());
  CHECK(lora.error().code == ErrorCode::ModelMismatch);
  CHECK(lora.error().message.find("LoRA") != std::string::npos);
  const std::string mini = KINORA_SOURCE_DIR "/resources/models/mini/";
  const auto part = disk.add({{mini + "vae/diffusion_pytorch_model.safetensors"}, "", ""});
  REQUIRE_FALSE(part.ok());
  CHECK(part.error().code == ErrorCode::ModelMismatch);
  CHECK(part.error().message.find("transformer is missing") != std::string::npos);
  CHECK(disk.installed().models().empty());
  // A transformer names its neighbours.
  const auto added = disk.add({{mini + "transformer/diffusion_pytorch_model.safetensors"}, "mini-2", ""});
  REQUIRE_MESSAGE(added.ok(), added.error().text());
  CHECK(added->info.parts.vae == mini + "vae/diffusion_pytorch_model.safetensors");
  CHECK(added->info.parts.tokenizer == mini + "tokenizer/spiece.model");
  CHECK(added->info.architecture == "wan2.2-ti2v");
}

TEST_CASE("a drive that is not there: the model stays in the list and says so") {
  const Disk disk;
  REQUIRE(disk.add({{disk.whole()}, "a", ""}).ok());
  auto catalogue = disk.installed();
  const core::ModelInfo* before = catalogue.find("a");
  std::filesystem::rename(disk.folder.file("drive"), disk.folder.file("gone"));
  CHECK(catalogue.rescan());
  REQUIRE(catalogue.find("a"));
  CHECK_FALSE(catalogue.find("a")->problem.empty());
  CHECK(before->problem.empty());  // what was handed out stays valid
  REQUIRE(models::planRemoval(*catalogue.find("a"), catalogue, disk.root()).ok());
  std::filesystem::rename(disk.folder.file("gone"), disk.folder.file("drive"));
  CHECK(catalogue.rescan());
  CHECK_FALSE(catalogue.rescan());
  CHECK(catalogue.find("a")->problem.empty());
}

TEST_CASE("removing a model used in place deletes its description only, and says what stays") {
  const Disk disk;
  REQUIRE(disk.add({{disk.whole()}, "a", ""}).ok());
  auto catalogue = disk.installed();
  const auto removal = models::planRemoval(*catalogue.find("a"), catalogue, disk.root());
  REQUIRE(removal.ok());
  CHECK(removal->freedBytes == 0);
  CHECK(removal->files.empty());
  CHECK(removal->kept.size() == 9);
  REQUIRE(models::removeModel(*removal).ok());
  CHECK(catalogue.rescan());
  CHECK(catalogue.models().empty());
  CHECK_FALSE(std::filesystem::exists(disk.root() + "/a"));
  CHECK(models::describeModel(disk.whole())->problem.empty());
}

TEST_CASE("removing a downloaded model deletes what came, unless another model uses it") {
  const Disk disk;
  const std::string home = "data/models/downloaded/";
  ModelFiles().write(disk.folder.file(home));
  disk.folder.write(home + "notes.txt", "mine");
  models::ModelFile file;
  file.name = "Downloaded";
  for (const char* path : {"vae/diffusion_pytorch_model.safetensors", "model_index.json", "transformer/config.json"})
    file.files.push_back({path, 1, std::string(64, 'a'), false});
  REQUIRE(models::writeModelFile(disk.folder.file(home), file).ok());
  REQUIRE(disk.add({{disk.folder.file(home)}, "user", ""}).ok());
  auto catalogue = disk.installed();
  auto removal = models::planRemoval(*catalogue.find("downloaded"), catalogue, disk.root());
  REQUIRE(removal.ok());
  CHECK(removal->files.size() == 3);
  CHECK(removal->freedBytes > 20);
  CHECK(removal->usedBy == std::vector<std::string>{"user"});
  CHECK(models::removeModel(*removal).error().code == ErrorCode::InvalidInput);
  const std::string vae = disk.folder.file(home + "vae/diffusion_pytorch_model.safetensors");
  CHECK(std::filesystem::exists(vae));

  REQUIRE(models::removeModel(*models::planRemoval(*catalogue.find("user"), catalogue, disk.root())).ok());
  catalogue.rescan();
  removal = models::planRemoval(*catalogue.find("downloaded"), catalogue, disk.root());
  REQUIRE(removal.ok());
  REQUIRE(models::removeModel(*removal).ok());
  catalogue.rescan();
  CHECK(catalogue.models().empty());
  CHECK_FALSE(std::filesystem::exists(vae));
  CHECK(std::filesystem::exists(disk.folder.file(home + "notes.txt")));  // not ours
}

TEST_CASE("models that Kinora did not put there are not its to delete") {
  const Disk disk;
  ModelFiles().write(disk.folder.file("data/models/by-hand"));
  ModelFiles().write(disk.folder.file("elsewhere/other"));
  const auto catalogue = ModelCatalogue::scan({disk.root(), disk.folder.file("elsewhere")});
  for (const char* id : {"by-hand", "other"})
    CHECK(models::planRemoval(*catalogue.find(id), catalogue, disk.root()).error().code == ErrorCode::InvalidInput);
}

TEST_CASE("a kinora.json with foreign paths or of the wrong kind is refused") {
  const Disk disk;
  const auto problem = [&](const std::string& rest) {
    std::filesystem::create_directories(disk.root() + "/m");
    std::ofstream(disk.root() + "/m/kinora.json")
        << R"({"format":"kinora-model","version":2,"name":"M",)" << rest << "}";
    const auto catalogue = disk.installed();
    REQUIRE(catalogue.models().size() == 1);
    return catalogue.models().front().problem;
  };
  CHECK(problem(R"("parts":{"transformer":"relative.safetensors"})").find("absolute") != std::string::npos);
  CHECK(problem(R"("parts":{"soul":"/x"})").find("parts") != std::string::npos);
  CHECK(problem(R"("parts":7)").find("parts") != std::string::npos);
  CHECK(problem(R"("parts":{"transformer":"/none.safetensors"})") != "");
  CHECK(problem(R"("folder":"there")").find("absolute") != std::string::npos);
  CHECK(problem(R"("folder":"/none")") != "");
  CHECK(problem(R"("files":[{"path":"../../x","bytes":1,"sha256":"","published":true}])").find("files") !=
        std::string::npos);
  CHECK(problem(R"("files":[{"path":7}])") != "");
}
