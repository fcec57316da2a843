// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

// Prompts as words. Text is UTF-8; broken bytes count as separators.
namespace kinora::models {

enum class Script {
  None,   ///< spaces, punctuation, symbols
  Latin,  ///< letters and digits of scripts that put spaces between words
  Han,    ///< characters of scripts that do not: Chinese, kana, hangul
};

/// One character of a text.
struct Character {
  std::size_t begin = 0;  ///< byte offset
  std::size_t bytes = 0;
  Script script = Script::None;
};
std::vector<Character> characters(std::string_view text);

/// A word, or a run of Han characters. An apostrophe or hyphen between letters is part of the word.
struct Piece {
  std::string text;
  bool isHan = false;
};
std::vector<Piece> pieces(std::string_view text);

/// ASCII letters in lower case; the length in bytes stays.
std::string folded(std::string_view text);

/// What an English word in lower case may be an inflection of, itself first: "flies" -> flies, fly, flie, fli. Loose:
/// to tell words apart that are not each other's inflections is no aim of it.
std::vector<std::string> wordForms(const std::string& word);

/// Words that say nothing of what is seen: articles, pronouns, auxiliaries, particles.
bool isFunctionWord(const std::string& lowerCase);

}  // namespace kinora::models
