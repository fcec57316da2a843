// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/credits/editions.h"

#include <doctest/doctest.h>

#include "tests/engine/tensor/files.h"

using namespace kinora;
using core::ErrorCode;
using credits::EditionCatalogue;

namespace {

EditionCatalogue shipped() {
  auto catalogue = EditionCatalogue::load(KINORA_SOURCE_DIR "/resources/catalogue/editions.json");
  REQUIRE(catalogue.ok());
  return std::move(catalogue).value();
}

struct Row {
  const char* name;
  const char* quality;
  core::Size output;
  bool text, image, end;
  int fiveSeconds, tenSeconds;
};

}  // namespace

TEST_CASE("the shipped list has the editions, rules and prices that are promised") {
  const EditionCatalogue catalogue = shipped();
  CHECK(catalogue.editions().size() == 4);
  CHECK(catalogue.welcomeGrant() == 1000);
  const Row rows[] = {{"standard@2.1", "720p", {1280, 720}, false, true, false, 20, 40},
                      {"standard@2.1", "1080p", {1920, 1080}, false, true, true, 35, 70},
                      {"master@2.1", "1080p", {1920, 1080}, true, true, false, 100, 200},
                      {"master@2.0", "720p", {1280, 720}, true, true, false, 100, 200}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CAPTURE(row.quality);
    const core::Edition* edition = catalogue.find(row.name, row.quality);
    REQUIRE(edition);
    CHECK(edition->shortSide == row.output.height);
    CHECK(edition->fps == core::Rational(24));
    CHECK(edition->textToVideo == row.text);
    CHECK(edition->imageToVideo == row.image);
    CHECK(edition->endFrame == row.end);
    CHECK(edition->promptLimit == 2500);
    CHECK(credits::price(*edition, 5).value() == row.fiveSeconds);
    CHECK(credits::price(*edition, core::Rational(20, 2)).value() == row.tenSeconds);
  }
}

TEST_CASE("find: the newest version without a version, the first quality without a quality") {
  const EditionCatalogue catalogue = shipped();
  REQUIRE(catalogue.find("standard", ""));
  CHECK(catalogue.find("standard", "")->id == "standard-720p-2.1");
  CHECK(catalogue.find("standard", "1080p")->id == "standard-1080p-2.1");
  CHECK(catalogue.find("master", "")->id == "master-1080p-2.1");
  CHECK(catalogue.find("master@2.0", "")->id == "master-720p-2.0");
}

TEST_CASE("find: what is not offered is not found, and an older version is never taken by chance") {
  const EditionCatalogue catalogue = shipped();
  CHECK(catalogue.find("", "") == nullptr);
  CHECK(catalogue.find("draft", "") == nullptr);
  CHECK(catalogue.find("master@", "") == nullptr);
  CHECK(catalogue.find("master@9.9", "") == nullptr);
  CHECK(catalogue.find("standard@2.0", "") == nullptr);
  CHECK(catalogue.find("standard", "4k") == nullptr);
  CHECK(catalogue.find("master", "720p") == nullptr);  // only 2.0 has it
}

TEST_CASE("newest version first within a name, by number and not by letter") {
  const test::TemporaryFolder folder;
  const auto edition = [](const char* id, const char* version) {
    return std::string(R"({"id":")") + id + R"(","name":"x","version":")" + version +
           R"(","quality":"720p","short_side":720,"fps":"24/1","text_to_video":true,"image_to_video":true,"end_frame":true,)" +
           R"("prices":[{"seconds":5,"credits":1}]})";
  };
  const auto catalogue = EditionCatalogue::load(folder.write(
      "e.json", R"({"format":"kinora-editions","version":1,"welcome_grant":0,"prompt_limit":10,"editions":[)" +
                    edition("a", "2.9") + "," + edition("b", "2.10") + "," + edition("c", "2") + "]}"));
  REQUIRE(catalogue.ok());
  CHECK(catalogue->editions()[0].id == "b");
  CHECK(catalogue->editions()[1].id == "a");
  CHECK(catalogue->editions()[2].id == "c");
  CHECK(catalogue->find("x", "")->id == "b");
}

TEST_CASE("lengths that are not offered have no price") {
  const EditionCatalogue catalogue = shipped();
  for (const core::Rational seconds :
       {core::Rational(0), core::Rational(-5), core::Rational(7), core::Rational(5, 2)}) {
    const auto price = credits::price(*catalogue.find("master", ""), seconds);
    REQUIRE_FALSE(price.ok());
    CHECK(price.error().code == ErrorCode::InvalidInput);
    CHECK(price.error().message.find("5 or 10 s") != std::string::npos);
  }
}

TEST_CASE("ten credits are one yuan") {
  CHECK(credits::inYuan(20) == "2.00");
  CHECK(credits::inYuan(35) == "3.50");
  CHECK(credits::inYuan(0) == "0.00");
  CHECK(credits::inYuan(-7) == "-0.70");
  CHECK(credits::inYuan(INT64_MIN) == "-922337203685477580.80");
}

TEST_CASE("a list that is missing, damaged, wrong or newer is refused with its file") {
  const test::TemporaryFolder folder;
  const auto loaded = [&](const std::string& text) {
    const auto catalogue = EditionCatalogue::load(folder.write("e.json", text));
    REQUIRE_FALSE(catalogue.ok());
    CHECK(catalogue.error().context == folder.file("e.json"));
    return catalogue.error().code;
  };
  CHECK(EditionCatalogue::load(folder.file("none")).error().code == ErrorCode::NotFound);
  CHECK(loaded("") == ErrorCode::Corrupt);
  CHECK(loaded("{\"format\":\"kinora-editions\"") == ErrorCode::Corrupt);
  CHECK(loaded("[]") == ErrorCode::Corrupt);
  CHECK(loaded(R"({"format":"else"})") == ErrorCode::Corrupt);
  CHECK(loaded(R"({"format":"kinora-editions","version":2})") == ErrorCode::NewerVersion);
  CHECK(loaded(R"({"format":"kinora-editions","version":1,"welcome_grant":-1,"prompt_limit":1,"editions":[]})") ==
        ErrorCode::Corrupt);
  CHECK(loaded(R"({"format":"kinora-editions","version":1,"welcome_grant":1e3,"prompt_limit":1,"editions":[]})") ==
        ErrorCode::Corrupt);
  CHECK(loaded(
            R"({"format":"kinora-editions","version":1,"welcome_grant":1,"prompt_limit":1,"editions":[{"id":"a"}]})") ==
        ErrorCode::Corrupt);
}
