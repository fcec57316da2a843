// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tokenizer.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "engine/wan/prompt_cleaner.h"
#include "tests/engine/wan/golden.h"

using kinora::core::ErrorCode;
using kinora::wan::cleanPrompt;
using kinora::wan::kTextTokens;
using kinora::wan::Tokenizer;

namespace {

const std::string kModel = KINORA_SOURCE_DIR "/resources/models/mini/tokenizer/spiece.model";

std::string temporaryFile(const std::string& name, const std::string& content) {
  const auto path = std::filesystem::temp_directory_path() / ("kinora-tokenizer-" + name);
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

}  // namespace

TEST_CASE("cleans and tokenises every golden prompt as diffusers does") {
  auto tokenizer = Tokenizer::open(kModel);
  REQUIRE(tokenizer.ok());
  const auto expected = kinora::test::readJson(kinora::test::kGoldens + "tokens/expected.json");
  REQUIRE(expected.at("prompts").size() > 20);
  for (const auto& row : expected.at("prompts")) {
    const auto prompt = row.at("prompt").get<std::string>();
    CAPTURE(prompt);
    CHECK(cleanPrompt(prompt) == row.at("cleaned").get<std::string>());
    CHECK((*tokenizer)->encode(cleanPrompt(prompt)) == row.at("ids").get<std::vector<std::int64_t>>());
  }
}

TEST_CASE("keeps the end token of a text that is too long") {
  auto tokenizer = Tokenizer::open(kModel);
  REQUIRE(tokenizer.ok());
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "ball ";
  const auto ids = (*tokenizer)->encode(text);
  CHECK(ids.size() == static_cast<std::size_t>(kTextTokens));
  CHECK(ids.back() == Tokenizer::kEnd);
}

TEST_CASE("pads with zeros to 512") {
  const auto padded = Tokenizer::padded({6, 7, 1});
  CHECK(padded.size() == static_cast<std::size_t>(kTextTokens));
  CHECK(padded[2] == 1);
  CHECK(padded[3] == Tokenizer::kPad);
  CHECK(padded.back() == Tokenizer::kPad);
}

TEST_CASE("refuses files that are no tokenizer") {
  CHECK(Tokenizer::open("/nonexistent/spiece.model").error().code == ErrorCode::NotFound);
  CHECK(Tokenizer::open(std::filesystem::temp_directory_path().string()).error().code == ErrorCode::Unreadable);
  CHECK(Tokenizer::open(temporaryFile("empty", "")).error().code == ErrorCode::Corrupt);
  CHECK(Tokenizer::open(temporaryFile("text", "not a protobuf at all, only words")).error().code == ErrorCode::Corrupt);
  std::ifstream stream(kModel, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  REQUIRE(bytes.size() > 1000);
  const auto cut = Tokenizer::open(temporaryFile("cut", bytes.substr(0, bytes.size() / 2)));
  CHECK(!cut.ok());
}
