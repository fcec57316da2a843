// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "engine/models/model_catalogue.h"
#include "tests/engine/models/model_folder.h"

using namespace kinora;
using namespace kinora::test;
using models::ModelCatalogue;

namespace {

std::string ids(const ModelCatalogue& catalogue) {
  std::string text;
  for (const core::ModelInfo& model : catalogue.models()) text.append(text.empty() ? "" : " ").append(model.id);
  return text;
}

}  // namespace

TEST_CASE("every model below the roots, in the roots' order, then by name") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("one/zebra"));
  ModelFiles().write(folder.file("one/ape"));
  ModelFiles::ti2v().write(folder.file("two/owner/deep/model"));
  folder.write("one/stray.txt", "x");
  const auto catalogue = ModelCatalogue::scan({folder.file("two"), folder.file("none"), folder.file("one")});
  CHECK(ids(catalogue) == "model ape zebra");
}

TEST_CASE("a root may be a model itself, with or without a slash") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("solo"));
  CHECK(ids(ModelCatalogue::scan({folder.file("solo")})) == "solo");
  CHECK(ids(ModelCatalogue::scan({folder.file("solo/")})) == "solo");
}

TEST_CASE("ids are unique, and a model that two roots lead to is there once") {
  const TemporaryFolder folder;
  for (const char* root : {"a/wan", "b/wan", "c/wan"}) ModelFiles().write(folder.file(root));
  std::filesystem::create_directory_symlink(folder.file("a/wan"), folder.file("b/again"));
  const auto catalogue = ModelCatalogue::scan({folder.file("a"), folder.file("b"), folder.file("c"), folder.file("a")});
  CHECK(ids(catalogue) == "wan wan-2 wan-3");
  CHECK(catalogue.find("wan-2")->directory == folder.file("b/wan"));
}

TEST_CASE("links that go in circles end") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("models/wan"));
  std::filesystem::create_directory_symlink(folder.file("models"), folder.file("models/loop"));
  CHECK(ids(ModelCatalogue::scan({folder.file("models")})) == "wan");
}

TEST_CASE("broken models are listed with what is wrong") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m/good"));
  folder.write("x", "");
  std::filesystem::create_directories(folder.file("m/bad"));
  folder.write("m/bad/model_index.json", "{");
  const auto catalogue = ModelCatalogue::scan({folder.file("m")});
  REQUIRE(ids(catalogue) == "bad good");
  CHECK(catalogue.models()[0].problem.find("model_index.json") != std::string::npos);
  CHECK(catalogue.models()[0].directory == folder.file("m/bad"));
  CHECK(catalogue.models()[1].problem.empty());
}

TEST_CASE("find by id and by folder") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m/wan"));
  const auto catalogue = ModelCatalogue::scan({folder.file("m")});
  const core::ModelInfo* wan = catalogue.find("wan");
  REQUIRE(wan);
  CHECK(catalogue.find(folder.file("m/wan")) == wan);
  CHECK(catalogue.find(folder.file("m/wan/")) == wan);
  CHECK(catalogue.find(folder.file("m/./wan/../wan")) == wan);
  CHECK(catalogue.find("") == nullptr);
  CHECK(catalogue.find("other") == nullptr);
  CHECK(catalogue.find(folder.file("m")) == nullptr);
}

TEST_CASE("a model that lies in no root is in the list while the catalogue lives") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m/wan"));
  auto catalogue = ModelCatalogue::scan({folder.file("m")});
  const core::ModelInfo* wan = catalogue.find("wan");
  core::ModelInfo other;
  other.id = "other";
  other.directory = folder.file("elsewhere/other.gguf");
  catalogue.include(other);
  REQUIRE(catalogue.models().size() == 2);
  CHECK(catalogue.find(folder.file("elsewhere/other.gguf"))->id == "other");
  CHECK(wan->id == "wan");  // what was handed out stays valid
  CHECK_FALSE(catalogue.rescan());
  ModelFiles().write(folder.file("m/two"));
  CHECK(catalogue.rescan());
  CHECK(ids(catalogue) == "two wan other");
}

TEST_CASE("a model that lies in no root does not hide behind an installed one of its name") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m/wan"));
  ModelFiles().write(folder.file("elsewhere/wan"));
  auto catalogue = ModelCatalogue::scan({folder.file("m")});
  catalogue.include(ModelCatalogue::scan({folder.file("elsewhere/wan")}).models().front());
  const core::ModelInfo* other = catalogue.find(folder.file("elsewhere/wan"));
  REQUIRE(other);
  CHECK(other->id == folder.file("elsewhere/wan"));
  CHECK(catalogue.find(other->id) == other);
  CHECK(catalogue.find("wan")->directory == folder.file("m/wan"));
}

TEST_CASE("the first usable model that can do it") {
  const TemporaryFolder folder;
  ModelFiles broken = ModelFiles::ti2v();
  broken.index["_class_name"] = "WanAnimatePipeline";
  broken.write(folder.file("m/a-broken"));
  ModelFiles().write(folder.file("m/b-text"));
  ModelFiles::ti2v().write(folder.file("m/c-both"));
  const auto catalogue = ModelCatalogue::scan({folder.file("m")});
  core::GenerationRequest request;
  REQUIRE(catalogue.firstFor(request));
  CHECK(catalogue.firstFor(request)->id == "b-text");
  CHECK(ModelCatalogue::scan({}).firstFor(request) == nullptr);
  request.startImage = "start.png";
  CHECK(catalogue.firstFor(request)->id == "c-both");
  request.endImage = "end.png";
  CHECK(catalogue.firstFor(request) == nullptr);
}
