// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/prompt_text.h"

#include <algorithm>
#include <unordered_set>

namespace kinora::models {
namespace {

constexpr std::size_t kLeastStem = 2;  ///< letters that an ending leaves

struct Range {
  char32_t first;
  char32_t last;
};
constexpr Range kHan[] = {{0x3005, 0x3007}, {0x3040, 0x30FF}, {0x3400, 0x4DBF},  {0x4E00, 0x9FFF},
                          {0xAC00, 0xD7AF}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF}};
constexpr Range kLatin[] = {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x1FFF}};

Script scriptOf(char32_t point) {
  const auto holds = [point](const Range& range) { return point >= range.first && point <= range.last; };
  if (std::any_of(std::begin(kLatin), std::end(kLatin), holds)) return Script::Latin;
  return std::any_of(std::begin(kHan), std::end(kHan), holds) ? Script::Han : Script::None;
}

/// Bytes of the sequence that lead begins; 0: none can begin with it.
std::size_t sequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

Character characterAt(std::string_view text, std::size_t begin) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[begin + i]); };
  const std::size_t bytes = sequenceLength(byte(0));
  if (bytes == 0 || begin + bytes > text.size()) return {begin, 1, Script::None};
  char32_t point = bytes == 1 ? byte(0) : byte(0) & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {begin, 1, Script::None};
    point = point << 6 | (byte(i) & 0x3Fu);
  }
  return {begin, bytes, scriptOf(point)};
}

bool endsWith(const std::string& word, std::string_view ending) {
  return word.size() >= ending.size() + kLeastStem &&
         word.compare(word.size() - ending.size(), ending.size(), ending) == 0;
}

/// "it's" -> it
std::string withoutApostrophe(const std::string& word) {
  return word.substr(0, word.find('\''));
}

}  // namespace

std::vector<Character> characters(std::string_view text) {
  std::vector<Character> all;
  all.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); at += all.back().bytes) all.push_back(characterAt(text, at));
  return all;
}

std::vector<Piece> pieces(std::string_view text) {
  const std::vector<Character> all = characters(text);
  const auto isLatin = [&](std::size_t i) { return i < all.size() && all[i].script == Script::Latin; };
  std::vector<Piece> found;
  Script before = Script::None;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Script script = all[i].script;
    const char sign = text[all[i].begin];
    if ((sign == '\'' || sign == '-') && before == Script::Latin && isLatin(i + 1)) script = Script::Latin;
    if (script != Script::None) {
      if (script != before) found.push_back({{}, script == Script::Han});
      found.back().text += text.substr(all[i].begin, all[i].bytes);
    }
    before = script;
  }
  return found;
}

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::vector<std::string> wordForms(const std::string& word) {
  std::vector<std::string> forms{word};
  const std::string plain = withoutApostrophe(word);
  if (plain != word && !plain.empty()) forms.push_back(plain);
  const auto add = [&](std::size_t cut, const char* ending) {
    forms.push_back(plain.substr(0, plain.size() - cut) + ending);
  };
  if (endsWith(plain, "ies")) add(3, "y");
  if (endsWith(plain, "s") && !endsWith(plain, "ss")) add(1, "");
  if (endsWith(plain, "es")) add(2, "");
  for (const std::string_view ending : {"ing", "ed"}) {
    if (!endsWith(plain, ending)) continue;
    const std::size_t cut = ending.size();
    add(cut, "");
    add(cut, "e");
    const std::size_t end = plain.size() - cut;  // "running": run
    if (end > kLeastStem && plain[end - 1] == plain[end - 2]) add(cut + 1, "");
  }
  return forms;
}

bool isFunctionWord(const std::string& lowerCase) {
  static const std::unordered_set<std::string> words{
      "a",   "an",    "the",  "and",  "or",    "but",   "of",    "to",   "in",  "on",    "at",    "by",
      "for", "with",  "from", "into", "onto",  "as",    "is",    "are",  "was", "were",  "be",    "been",
      "it",  "its",   "this", "that", "these", "those", "there", "then", "who", "which", "while", "his",
      "her", "their", "he",   "she",  "they",  "we",    "you",   "i",    "me",  "my",    "your",  "our",
      "has", "have",  "had",  "do",   "does",  "so",    "very",  "some", "any", "的",    "了",    "着",
      "地",  "得",    "在",   "和",   "与",    "是",    "有",    "一",   "个",  "只",    "条",    "辆",
      "这",  "那",    "里",   "也",   "就",    "把",    "被",    "很"};
  return words.count(lowerCase) > 0;
}

}  // namespace kinora::models
