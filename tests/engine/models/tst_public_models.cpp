// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>

#include <nlohmann/json.hpp>

#include "engine/models/names.h"
#include "engine/models/public_models.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::PublicModel;
using models::PublicModels;
using nlohmann::json;

namespace {

json sample() {
  return {{"format", "kinora-public-models"},
          {"version", 1},
          {"servers", {"https://hub.example/{repository}/resolve/{revision}/{path}"}},
          {"layouts", {{"diffusers", {{{"path", "model_index.json"}}}}}},
          {"models",
           {{{"id", "m-1"},
             {"name", "M"},
             {"licence", "MIT"},
             {"page", "https://hub.example/o/m"},
             {"repository", "o/m"},
             {"revision", "main"},
             {"architecture", "wan2.1-t2v"},
             {"abilities", {"text"}},
             {"size", {832, 480}},
             {"memory_gib", 12},
             {"layout", "diffusers"},
             {"files",
              {{{"weights", "transformer/w"}, {"about_bytes", 1000}},
               {{"path", "t/spiece.model"}, {"bytes", 7}, {"sha256", std::string(64, 'a')}}}}}}}};
}

core::Result<PublicModels> loaded(const json& root) {
  const TemporaryFolder folder;
  return PublicModels::load(folder.write("models.json", root.dump()));
}

}  // namespace

TEST_CASE("the list of public models is sound") {
  const auto all = PublicModels::load(KINORA_SOURCE_DIR "/resources/catalogue/models.json");
  REQUIRE_MESSAGE(all.ok(), (all.ok() ? std::string() : all.error().text()));
  CHECK(all->models().size() >= 11);
  std::set<std::string> repositories;
  std::set<std::string> architectures;
  for (const PublicModel& model : all->models()) {
    CAPTURE(model.id);
    CHECK(repositories.insert(model.repository).second);
    architectures.insert(model.architecture);
    CHECK(model.licence == "Apache-2.0");
    CHECK(model.page.find(model.repository) != std::string::npos);
    CHECK(model.aboutBytes() > 10'000'000'000);
    CHECK((model.textToVideo || model.imageToVideo));
    CHECK(model.memoryGiB >= 8);
    CHECK(model.weights.size() >= 3);
    for (const models::RemoteFile& file : model.files) {
      REQUIRE(file.urls.size() == 1);
      CHECK(file.urls.front() == "https://huggingface.co/" + model.repository + "/resolve/main/" + file.path);
      CHECK(file.sha256.empty());  // none is known: none may be made up
    }
  }
  CHECK(architectures.size() == 7);
  CHECK(all->find("wan2.2-ti2v-5b") != nullptr);
  CHECK(all->find("no") == nullptr);
}

TEST_CASE("sizes are summed as far as they are known; servers are asked in order") {
  auto all = loaded(sample());
  REQUIRE_MESSAGE(all.ok(), (all.ok() ? std::string() : all.error().text()));
  const PublicModel& model = *all->find("m-1");
  CHECK(model.aboutBytes() == 1007);
  CHECK(model.isWhole());
  CHECK(model.textToVideo);
  CHECK_FALSE(model.imageToVideo);
  CHECK(model.urlsOf("a/b") == std::vector<std::string>{"https://hub.example/o/m/resolve/main/a/b"});
  REQUIRE(all->addServer("https://mirror.example/").ok());
  REQUIRE(all->addServer("http://10.0.0.1/get?f={path}").ok());
  const std::vector<std::string> expected{"http://10.0.0.1/get?f=model_index.json",
                                          "https://mirror.example/o/m/resolve/main/model_index.json",
                                          "https://hub.example/o/m/resolve/main/model_index.json"};
  CHECK(model.files.front().urls == expected);
  CHECK(all->addServer("ftp://x").error().code == ErrorCode::InvalidInput);
  json partly = sample();
  partly["models"][0]["files"][0].erase("about_bytes");
  CHECK_FALSE(loaded(partly)->find("m-1")->isWhole());
}

TEST_CASE("a list with faults is refused with the place") {
  const auto broken = [](const char* pointer, const json& value) {
    CAPTURE(pointer);
    CAPTURE(value.dump());
    json root = sample();
    root[json::json_pointer(pointer)] = value;
    const auto all = loaded(root);
    REQUIRE_FALSE(all.ok());
    return all.error().code;
  };
  CHECK(broken("/format", "else") == ErrorCode::Corrupt);
  CHECK(broken("/version", 2) == ErrorCode::NewerVersion);
  CHECK(broken("/servers", 7) == ErrorCode::Corrupt);
  CHECK(broken("/layouts", json::object()) == ErrorCode::Corrupt);
  CHECK(broken("/models", {1}) == ErrorCode::Corrupt);
  for (const char* bad : {"../x", "", "A", ".x", "a/b"}) CHECK(broken("/models/0/id", bad) == ErrorCode::Corrupt);
  for (const char* key : {"name", "licence", "page", "repository", "revision", "architecture", "layout"})
    CHECK(broken((std::string("/models/0/") + key).c_str(), 7) == ErrorCode::Corrupt);
  CHECK(broken("/models/0/abilities", {"fly"}) == ErrorCode::Corrupt);
  CHECK(broken("/models/0/size", {0, 0}) == ErrorCode::Corrupt);
  CHECK(broken("/models/0/memory_gib", -1) == ErrorCode::Corrupt);
  for (const char* bad : {"/etc/passwd", "../x", "a/../../x", ""}) {
    CHECK(broken("/models/0/files/1/path", bad) == ErrorCode::Corrupt);
    CHECK(broken("/models/0/files/0/weights", bad) == ErrorCode::Corrupt);
  }
  CHECK(broken("/models/0/files/1/bytes", -1) == ErrorCode::Corrupt);
  CHECK(broken("/models/0/files/1/bytes", "7") == ErrorCode::Corrupt);
  CHECK(broken("/models/0/files/1/sha256", "abc") == ErrorCode::Corrupt);
  json twice = sample();
  twice["models"].push_back(twice["models"][0]);
  CHECK(loaded(twice).error().code == ErrorCode::Corrupt);
  const TemporaryFolder folder;
  CHECK(PublicModels::load(folder.file("none")).error().code == ErrorCode::NotFound);
  CHECK(PublicModels::load(folder.write("m", "[")).error().code == ErrorCode::Corrupt);
}
