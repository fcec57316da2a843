// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/models/prompt_text.h"
#include "engine/models/vocabulary.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::Vocabulary;
using nlohmann::json;
using Texts = std::vector<std::string>;

namespace {

Vocabulary sample() {
  auto vocabulary = Vocabulary::read(KINORA_SOURCE_DIR "/tests/data/vocabulary");
  REQUIRE_MESSAGE(vocabulary.ok(), (vocabulary.ok() ? std::string() : vocabulary.error().text()));
  return *vocabulary;
}

Texts suggested(const std::string& before, std::size_t most = 5) {
  Texts texts;
  for (const auto& suggestion : sample().suggestions(before, most)) texts.push_back(suggestion.text);
  return texts;
}

/// before with its first suggestion taken.
std::string taken(const std::string& before) {
  const auto suggestions = sample().suggestions(before, 1);
  if (suggestions.empty()) return before;
  const auto all = models::characters(before);
  const std::size_t keep = all.size() - suggestions[0].replaces;
  return before.substr(0, keep < all.size() ? all[keep].begin : before.size()) + suggestions[0].insert;
}

core::Result<Vocabulary> loaded(const std::string& text) {
  const TemporaryFolder folder;
  folder.write(models::kVocabularyFileName, text);
  return Vocabulary::read(folder.path());
}

std::string failure(const json& root) {
  const auto result = loaded(root.dump());
  return result.ok() ? std::string("accepted") : std::string(core::codeName(result.error().code));
}

}  // namespace

TEST_CASE("a begun phrase is suggested, the longest beginning first") {
  CHECK(suggested("re") == Texts{"red ball"});
  CHECK(suggested("a RE") == Texts{"red ball"});
  CHECK(suggested("a red ") == Texts{"red ball"});
  CHECK(suggested("the cat mo") == Texts{"moves left", "moves right"});
  CHECK(suggested("a cat on the") == Texts{"on the beach"});
  CHECK(suggested("a cat, the") ==
        Texts{"the camera pans left", "the camera zooms in", "the beach", "the forest", "the fog"});
  CHECK(suggested("the cat mo", 1) == Texts{"moves left"});
}

TEST_CASE("one letter, the middle of a word and an unknown word begin nothing") {
  for (const char* before : {"", " ", "r", "adre", "dragon", "red ball, xy", "。", "12"}) {
    CAPTURE(before);
    CHECK(suggested(before).empty());
  }
}

TEST_CASE("a later word of a phrase goes on from there") {
  CHECK(suggested("a small ball bou") == Texts{"bounces"});
  CHECK(suggested("camera zoo") == Texts{"camera zooms in"});
  CHECK(suggested("slow zoo") == Texts{"zooms in"});
  CHECK(suggested("a blue bal") == Texts{"balloon", "ball"});
}

TEST_CASE("Chinese goes on from the longest beginning of a phrase") {
  CHECK(suggested("红") == Texts{"红色的球"});
  CHECK(suggested("一个红色的") == Texts{"红色的球"});
  CHECK(suggested("小狗在") == Texts{"在海滩上", "在森林里", "在草地上"});
  CHECK(suggested("小狗在海") == Texts{"在海滩上"});
  CHECK(suggested("狗，镜头") == Texts{"镜头向左平移", "镜头推近"});
  CHECK(suggested("吉他").empty());
}

TEST_CASE("after a whole phrase comes the first group that the prompt has nothing of") {
  CHECK(suggested("a red ball", 2) == Texts{"moves left", "moves right"});
  CHECK(suggested("a red ball ", 2) == Texts{"moves left", "moves right"});
  CHECK(suggested("a red ball moves left ", 1) == Texts{"on the beach"});
  CHECK(suggested("a red ball moves left on the beach", 1) == Texts{"the camera pans left"});
  CHECK(suggested("the camera zooms in, a dog rises in a meadow ", 1) == Texts{"it is snowing"});
  CHECK(suggested("on the beach", 1) == Texts{"red ball"});
  CHECK(suggested("红色的球", 1) == Texts{"向左移动"});
  CHECK(suggested("在海滩上，狗弹跳", 1) == Texts{"镜头向左平移"});
}

TEST_CASE("what is taken reads as a sentence") {
  CHECK(taken("A Re") == "A Red ball");
  CHECK(taken("a dog") == "a dog moves left");
  CHECK(taken("a dog  ") == "a dog moves left");
  CHECK(taken("a dog,") == "a dog, moves left");
  CHECK(taken("a dog rises") == "a dog rises on the beach");
  CHECK(taken("a dog rises on the beach ") == "a dog rises on the beach, the camera pans left");
  CHECK(taken("狗") == "狗向左移动");
  CHECK(taken("狗弹跳") == "狗弹跳，在海滩上");
  CHECK(taken("狗弹跳，") == "狗弹跳，在海滩上");
}

TEST_CASE("a long or broken text before the cursor is no trouble") {
  CHECK(suggested(std::string(100000, 'x') + " re") == Texts{"red ball"});
  CHECK(suggested("\xff\xfe\xe7\xba re") == Texts{"red ball"});
  CHECK(suggested(std::string(5000, '\x80')).empty());
}

TEST_CASE("words count in any simple inflection, punctuation and case aside") {
  const Vocabulary vocabulary = sample();
  for (const char* prompt : {"The BALL's moving!", "butterflies, flying dogs", "he runs and is running",
                             "a neon-lit ball", "big balls; (dog) \"move\"", "3 dogs", "moved", "", "   ", "的 了"}) {
    CAPTURE(prompt);
    const Texts unknown = vocabulary.reading(prompt).unknown;
    CHECK(unknown == (std::string(prompt) == "a neon-lit ball" ? Texts{"neon-lit"} : Texts{}));
  }
}

TEST_CASE("unknown words are named as written, once, and weighed") {
  const models::Reading reading = sample().reading("A Dragon plays a guitar, the dragon and the ball");
  CHECK(reading.unknown == Texts{"Dragon", "plays", "guitar"});
  CHECK(reading.knownShare == doctest::Approx(1.0 / 5));
  CHECK(sample().reading("").knownShare == 1);
  CHECK(sample().reading("дракон").unknown == Texts{"дракон"});
}

TEST_CASE("Chinese is read by the longest known phrases, particles aside") {
  const Vocabulary vocabulary = sample();
  CHECK(vocabulary.reading("红色的球在海滩上，下着雪").unknown.empty());
  CHECK(vocabulary.reading("一个大球").knownShare == 1);
  const models::Reading reading = vocabulary.reading("一条龙在海滩上弹吉他");
  CHECK(reading.unknown == Texts{"龙", "弹吉他"});
  CHECK(reading.knownShare == doctest::Approx(4.0 / 8));
}

TEST_CASE("a vocabulary without words calls nothing unknown") {
  const auto empty = loaded(R"({"format":"kinora-vocabulary","version":1})");
  REQUIRE(empty.ok());
  CHECK(empty->isEmpty());
  CHECK(empty->reading("a dragon").unknown.empty());
  CHECK(empty->suggestions("a dr", 5).empty());
}

TEST_CASE("hostile vocabularies are refused") {
  const TemporaryFolder nothing;
  CHECK(Vocabulary::read(nothing.path()).error().code == ErrorCode::NotFound);
  for (const char* text : {"", "[]", "{", "\xff", "{\"format\":\"kinora-model\",\"version\":1}"}) {
    CAPTURE(text);
    CHECK(loaded(text).error().code == ErrorCode::Corrupt);
  }
  const json good{{"format", "kinora-vocabulary"}, {"version", 1}};
  const auto with = [&good](const char* key, const json& value) {
    json root = good;
    root[key] = value;
    return failure(root);
  };
  CHECK(with("version", 2) == "newer_version");
  for (const json& groups :
       {json("x"), json::array({1}), json::array({json::object()}), json::array({{{"name", 1}}}),
        json::array({{{"name", "n"}, {"en", "x"}}}), json::array({{{"name", "n"}, {"en", {1}}}}),
        json::array({{{"name", "n"}, {"zh", {""}}}}), json::array({{{"name", "n"}, {"en", {std::string(201, 'x')}}}}),
        json::array({{{"name", "n"}, {"en", json(5000, "x")}}}), json(65, {{"name", "n"}})}) {
    CAPTURE(groups.dump().substr(0, 80));
    CHECK(with("groups", groups) == "corrupt");
  }
  CHECK(with("words", "x") == "corrupt");
  CHECK(with("words", {{"en", 1}}) == "corrupt");
  CHECK(with("words", {{"zh", {std::string(2 << 20, 'x')}}}) == "corrupt");
  CHECK(with("words", {{"en", {"ok"}}}) == "accepted");
}

TEST_CASE("forms of a word begin with itself and keep short words whole") {
  CHECK(models::wordForms("flies") == Texts{"flies", "fly", "flie", "fli"});
  CHECK(models::wordForms("running") == Texts{"running", "runn", "runne", "run"});
  CHECK(models::wordForms("is") == Texts{"is"});
  CHECK(models::wordForms("glass") == Texts{"glass"});
}
