// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tokenizer.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "engine/wan/prompt_cleaner.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/wan/golden.h"
#include "tests/engine/wan/vocabulary_gguf.h"

using kinora::core::ErrorCode;
using kinora::test::rawSafetensors;
using kinora::test::readAll;
using kinora::test::TemporaryFolder;
using kinora::wan::cleanPrompt;
using kinora::wan::kTextTokens;
using kinora::wan::Tokenizer;

namespace {

const std::string kModel = KINORA_SOURCE_DIR "/tests/data/goldens/models/tokenizer/spiece.model";

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

TEST_CASE("the vocabulary inside a text encoder's file is that of spiece.model") {
  const TemporaryFolder folder;
  const std::string vocabulary = readAll(kModel);
  const std::string header = R"({"spiece_model":{"dtype":"U8","shape":[)" + std::to_string(vocabulary.size()) +
                             R"(],"data_offsets":[0,)" + std::to_string(vocabulary.size()) + "]}}";
  const std::string comfy = folder.write("umt5.safetensors", rawSafetensors(header, 0) + vocabulary);
  const std::string gguf = folder.write("umt5.gguf", kinora::test::vocabularyGguf(vocabulary).build());
  folder.write("spiece.model", vocabulary);
  auto wanted = Tokenizer::open(kModel);
  REQUIRE(wanted.ok());
  const auto prompts = kinora::test::readJson(kinora::test::kGoldens + "tokens/expected.json").at("prompts");
  for (const std::string& path : {comfy, gguf, folder.path()}) {
    CAPTURE(path);
    auto tokenizer = Tokenizer::open(path);
    REQUIRE_MESSAGE(tokenizer.ok(), (tokenizer ? "" : tokenizer.error().text()));
    CHECK((*tokenizer)->pieces() == (*wanted)->pieces());
    for (const auto& row : prompts) {
      CHECK((*tokenizer)->encode(cleanPrompt(row.at("prompt").get<std::string>())) ==
            row.at("ids").get<std::vector<std::int64_t>>());
    }
  }
}

TEST_CASE("weights without a vocabulary and vocabularies that cannot be are refused") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& bytes) {
    const auto tokenizer = Tokenizer::open(folder.write("a.bin", bytes));
    REQUIRE_FALSE(tokenizer.ok());
    return tokenizer.error();
  };
  CHECK(error(rawSafetensors("{}", 0)).code == ErrorCode::ModelMismatch);
  CHECK(error(rawSafetensors(R"({"spiece_model":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2)).code ==
        ErrorCode::Corrupt);
  kinora::test::GgufBuilder other;
  other.text("tokenizer.ggml.model", "llama");
  other.texts("tokenizer.ggml.tokens", {"a"});
  CHECK(error(other.build()).code == ErrorCode::Unsupported);
  kinora::test::GgufBuilder uneven;
  uneven.text("tokenizer.ggml.model", "t5");
  uneven.texts("tokenizer.ggml.tokens", {"a", "b"});
  CHECK(error(uneven.build()).code == ErrorCode::Corrupt);
  uneven.pair("tokenizer.ggml.scores", 9, kinora::test::le<std::uint32_t>(6) + kinora::test::le<std::uint64_t>(0));
  uneven.integers("tokenizer.ggml.token_type", {1, 1});
  CHECK(error(uneven.build()).message.find("as many") != std::string::npos);
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
  CHECK(Tokenizer::open("/dev/null").error().code == ErrorCode::Unreadable);
  const TemporaryFolder none;
  CHECK(Tokenizer::open(none.path()).error().code == ErrorCode::NotFound);
  CHECK(Tokenizer::open(temporaryFile("empty", "")).error().code == ErrorCode::Corrupt);
  CHECK(Tokenizer::open(temporaryFile("text", "not a protobuf at all, only words")).error().code == ErrorCode::Corrupt);
  std::ifstream stream(kModel, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  REQUIRE(bytes.size() > 1000);
  const auto cut = Tokenizer::open(temporaryFile("cut", bytes.substr(0, bytes.size() / 2)));
  CHECK(!cut.ok());
}
