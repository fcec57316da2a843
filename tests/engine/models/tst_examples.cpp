// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/models/examples.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::Example;
using nlohmann::json;

namespace {

json entry() {
  return {{"prompt", "a red ball moves left"}, {"seed", 7},    {"language", "en"},
          {"strip", "examples/1.jpg"},         {"frames", 12}, {"fps", 4}};
}

json file(const json& examples) {
  return {{"format", "kinora-examples"}, {"version", 1}, {"examples", examples}};
}

/// A model folder with two pictures.
struct Folder {
  Folder() {
    std::filesystem::create_directories(folder.file("examples"));
    folder.write("examples/1.jpg", "strip");
    folder.write("examples/1-start.jpg", "picture");
  }
  core::Result<std::vector<Example>> read(const json& root) const { return readText(root.dump()); }
  core::Result<std::vector<Example>> readText(const std::string& text) const {
    folder.write(models::kExamplesFileName, text);
    return models::readExamples(folder.path());
  }
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("an example is a recipe with a strip") {
  const Folder folder;
  json second = entry();
  second.update({{"prompt", "红色的球"},
                 {"language", "zh"},
                 {"picture", "examples/1-start.jpg"},
                 {"frameCount", 33},
                 {"steps", 6},
                 {"aspect", "9:16"},
                 {"negativePrompt", "rain"},
                 {"fps", 2.5}});
  const auto examples = folder.read(file({entry(), second}));
  REQUIRE_MESSAGE(examples.ok(), (examples.ok() ? std::string() : examples.error().text()));
  REQUIRE(examples->size() == 2);
  core::GenerationRequest first;
  first.prompt = "a red ball moves left";
  first.seed = 7;
  CHECK(examples->at(0).request == first);
  CHECK(examples->at(0).strip == folder.folder.file("examples/1.jpg"));
  CHECK(examples->at(0).frames == 12);
  CHECK(examples->at(0).fps == 4);
  const core::GenerationRequest& request = examples->at(1).request;
  CHECK(examples->at(1).language == "zh");
  CHECK(request.startImage == folder.folder.file("examples/1-start.jpg"));
  CHECK(request.frames == 33);
  CHECK(request.steps == 6);
  CHECK(request.aspect == "9:16");
  CHECK(request.negativePrompt == "rain");
  CHECK(examples->at(1).fps == 2.5);
}

TEST_CASE("an example whose files are not there is left out") {
  const Folder folder;
  json noStrip = entry();
  noStrip["strip"] = "examples/2.jpg";
  json noPicture = entry();
  noPicture["picture"] = "examples";
  const auto examples = folder.read(file({noStrip, noPicture, entry()}));
  REQUIRE(examples.ok());
  CHECK(examples->size() == 1);
}

TEST_CASE("hostile examples are refused") {
  const Folder folder;
  const TemporaryFolder nothing;
  CHECK(models::readExamples(nothing.path()).error().code == ErrorCode::NotFound);
  for (const char* text : {"", "[]", "{", "{\"format\":\"kinora-examples\",\"version\":1}"}) {
    CAPTURE(text);
    CHECK(folder.readText(text).error().code == ErrorCode::Corrupt);
  }
  json newer = file({entry()});
  newer["version"] = 2;
  CHECK(folder.read(newer).error().code == ErrorCode::NewerVersion);
  CHECK(folder.read(file("x")).error().code == ErrorCode::Corrupt);
  CHECK(folder.read(file(json(101, entry()))).error().code == ErrorCode::Corrupt);
  CHECK(folder.read(file({1})).error().code == ErrorCode::Corrupt);
  const std::pair<const char*, json> wrong[] = {{"prompt", 1},
                                                {"prompt", ""},
                                                {"prompt", std::string(5000, 'x')},
                                                {"seed", -1},
                                                {"seed", 1.5},
                                                {"seed", std::uint64_t{1} << 63},
                                                {"strip", ""},
                                                {"strip", "/etc/passwd"},
                                                {"strip", "../1.jpg"},
                                                {"strip", "a/../../1"},
                                                {"strip", "./1.jpg"},
                                                {"strip", std::string("a\0b", 3)},
                                                {"picture", "../x"},
                                                {"picture", "/x"},
                                                {"picture", 7},
                                                {"frames", 0},
                                                {"frames", 1e9},
                                                {"frames", 2.5},
                                                {"frames", "12"},
                                                {"fps", 0},
                                                {"fps", 1e9},
                                                {"frameCount", -4},
                                                {"steps", 0},
                                                {"language", std::string(17, 'e')}};
  for (const auto& [key, value] : wrong) {
    CAPTURE(key);
    CAPTURE(value.dump().substr(0, 40));
    json bad = entry();
    bad[key] = value;
    const auto result = folder.read(file({entry(), bad}));
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::Corrupt);
    CHECK(result.error().message.find("example 2") != std::string::npos);
  }
}
