// SPDX-License-Identifier: GPL-3.0-or-later
// Vocabulary: its file, and what of a prompt is known. What to go on with is in vocabulary_suggestions.cpp.
#include "engine/models/vocabulary.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "engine/models/config_reader.h"
#include "engine/models/prompt_text.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::uintmax_t kMaxBytes = 1u << 20;
constexpr std::size_t kMaxGroups = 64;
constexpr std::size_t kMaxPhrases = 4096;  ///< of a group and language
constexpr std::size_t kMaxWords = 65536;   ///< of a language
constexpr std::size_t kMaxLength = 200;    ///< bytes of a phrase
constexpr double kWordWeight = 2;          ///< characters that a word counts as

/// The list of texts at key of object; empty where it is not there.
std::vector<std::string> textsOf(const ConfigReader& config, const char* section, const json& object, const char* key,
                                 std::size_t most) {
  std::vector<std::string> texts;
  const auto list = object.find(key);
  if (list == object.end()) return texts;
  const std::string expected = "lists of at most " + std::to_string(most) + " texts of 1…200 bytes";
  if (!list->is_array() || list->size() > most) config.fail(section, expected);
  for (const json& text : *list) {
    if (!text.is_string()) config.fail(section, expected);
    texts.push_back(text.get<std::string>());
    if (texts.back().empty() || texts.back().size() > kMaxLength) config.fail(section, expected);
  }
  return texts;
}

/// Within a character of UTF-8.
bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
}

bool isNumber(const std::string& word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

/// Fills a vocabulary from its file; throws ConfigError.
struct Vocabulary::Reader {
  const ConfigReader& config;
  Vocabulary& out;

  void addEnglish(const std::string& text) const {
    for (const Piece& piece : pieces(folded(text))) {
      if (piece.isHan) continue;
      for (std::string& form : wordForms(piece.text)) out.m_english.insert(std::move(form));
    }
  }

  void addChinese(const std::string& text) const {
    addEnglish(text);  // "UFO" among characters
    out.m_longestChinese = std::max(out.m_longestChinese, text.size());
    out.m_chinese.insert(text);
  }

  void readGroup(const json& object) const {
    if (!object.is_object() || !object.contains("name") || !object.at("name").is_string())
      config.fail("groups", "objects with name, en and zh");
    Group group;
    group.name = object.at("name").get<std::string>();
    for (const std::string& text : textsOf(config, "groups", object, "en", kMaxPhrases)) {
      group.english.push_back({text, folded(text)});
      addEnglish(text);
    }
    for (const std::string& text : textsOf(config, "groups", object, "zh", kMaxPhrases)) {
      group.chinese.push_back({text, folded(text)});
      addChinese(text);
    }
    out.m_groups.push_back(std::move(group));
  }

  void readAll() const {
    config.requireFormat("kinora-vocabulary", kVersion, "the vocabulary was");
    if (config.has("groups")) {
      const json& groups = config.root().at("groups");
      if (!groups.is_array() || groups.size() > kMaxGroups) config.fail("groups", "a list of at most 64 groups");
      for (const json& group : groups) readGroup(group);
    }
    if (config.has("words")) {
      const json& words = config.root().at("words");
      if (!words.is_object()) config.fail("words", "an object with en and zh");
      for (const std::string& text : textsOf(config, "words", words, "en", kMaxWords)) addEnglish(text);
      for (const std::string& text : textsOf(config, "words", words, "zh", kMaxWords)) addChinese(text);
    }
  }
};

core::Result<Vocabulary> Vocabulary::read(const std::string& folder) {
  const std::string path = (fs::path(folder) / kVocabularyFileName).string();
  try {
    const ConfigReader config(path, kMaxBytes);
    Vocabulary vocabulary;
    Reader{config, vocabulary}.readAll();
    return vocabulary;
  } catch (const ConfigError& e) {
    return e.error;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the vocabulary cannot be read: ") + e.what(), path};
  }
}

bool Vocabulary::isKnown(const std::string& word) const {
  const std::vector<std::string> forms = wordForms(word);
  if (std::any_of(forms.begin(), forms.end(), [this](const std::string& form) { return m_english.count(form) > 0; }))
    return true;
  // "neon-lit" is known where both its words are.
  const std::size_t hyphen = word.find('-');
  return hyphen != std::string::npos && isKnown(word.substr(0, hyphen)) && isKnown(word.substr(hyphen + 1));
}

/// Bytes of the longest known phrase at the beginning of han.
std::size_t Vocabulary::longestKnown(std::string_view han) const {
  for (std::size_t bytes = std::min(han.size(), m_longestChinese); bytes > 0; --bytes) {
    if (bytes < han.size() && isContinuation(han[bytes])) continue;
    if (m_chinese.count(std::string(han.substr(0, bytes))) > 0) return bytes;
  }
  return 0;
}

Reading Vocabulary::reading(std::string_view prompt) const {
  Reading result;
  if (m_english.empty() && m_chinese.empty()) return result;
  double known = 0;
  double unknown = 0;
  std::unordered_set<std::string> said;
  const auto say = [&](const std::string& text) {
    if (!text.empty() && said.insert(folded(text)).second) result.unknown.push_back(text);
  };
  const auto readHan = [&](std::string_view han) {
    std::string run;
    while (!han.empty()) {
      const std::size_t first = characters(han.substr(0, 4)).front().bytes;
      const std::size_t match = longestKnown(han);
      const std::string character(han.substr(0, first));
      if (match <= first && isFunctionWord(character)) {
        say(std::exchange(run, {}));
      } else if (match > 0) {
        say(std::exchange(run, {}));
        known += static_cast<double>(characters(han.substr(0, match)).size());
      } else {
        run += character;
        unknown += 1;
      }
      han.remove_prefix(std::max(first, match));
    }
    say(run);
  };
  for (const Piece& piece : pieces(prompt)) {
    const std::string word = folded(piece.text);
    if (piece.isHan) {
      readHan(piece.text);
    } else if (!isFunctionWord(word) && !isNumber(word)) {
      const bool isRead = isKnown(word);
      (isRead ? known : unknown) += kWordWeight;
      if (!isRead) say(piece.text);
    }
  }
  if (known + unknown > 0) result.knownShare = known / (known + unknown);
  return result;
}

}  // namespace kinora::models
