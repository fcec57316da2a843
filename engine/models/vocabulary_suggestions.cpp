// SPDX-License-Identifier: GPL-3.0-or-later
// Vocabulary: how a prompt that is being typed may go on.
#include <algorithm>

#include "engine/models/prompt_text.h"
#include "engine/models/vocabulary.h"

namespace kinora::models {
namespace {

constexpr std::size_t kWindow = 4096;    ///< bytes before the cursor that are looked at
constexpr std::size_t kMaxTyped = 96;    ///< bytes that a phrase may have been begun before
constexpr std::size_t kLeastTyped = 2;   ///< bytes; one letter begins too much, one character of Chinese has three
constexpr std::size_t kLeastOfTail = 3;  ///< bytes, where they begin a later word of a phrase

bool startsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// Byte offsets at which a phrase can begin: each Han character, and each word's first letter.
std::vector<std::size_t> phraseStarts(std::string_view text) {
  std::vector<std::size_t> starts;
  Script before = Script::None;
  for (const Character& c : characters(text)) {
    if (c.script == Script::Han || (c.script == Script::Latin && before != Script::Latin)) starts.push_back(c.begin);
    before = c.script;
  }
  return starts;
}

/// The last bytes of text, cut between characters.
std::string_view lastOf(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  text.remove_prefix(text.size() - bytes);
  while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0u) == 0x80u) text.remove_prefix(1);
  return text;
}

/// Where what is being typed may have begun, longest first: within the last clause.
std::vector<std::string_view> typedEnds(std::string_view text) {
  const std::string_view window = lastOf(text, kMaxTyped);
  std::string_view clause = window;
  for (const Character& c : characters(window)) {
    const std::string_view sign = window.substr(c.begin, c.bytes);
    if (c.script == Script::None && sign != " " && sign != "'" && sign != "-")
      clause = window.substr(c.begin + c.bytes);
  }
  std::vector<std::string_view> ends;
  for (const std::size_t start : phraseStarts(clause)) ends.push_back(clause.substr(start));
  return ends;
}

/// Whether phrase stands in text as words of its own.
bool holds(std::string_view text, std::string_view phrase) {
  const auto isWordByte = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  for (std::size_t at = text.find(phrase); at != std::string_view::npos; at = text.find(phrase, at + 1)) {
    const std::size_t end = at + phrase.size();
    const bool begins = at == 0 || !isWordByte(text[at - 1]) || !isWordByte(phrase.front());
    const bool ends = end == text.size() || !isWordByte(text[end]) || !isWordByte(phrase.back());
    if (begins && ends) return true;
  }
  return false;
}

/// text without the spaces and commas at its end; counts them, and notes whether a comma was among them.
std::string_view withoutSeparators(std::string_view text, std::size_t& count, bool& comma) {
  for (;;) {
    const auto separator = [&](std::string_view sign) {
      return text.size() >= sign.size() && text.substr(text.size() - sign.size()) == sign;
    };
    const std::string_view signs[] = {" ", ",", "，", "、"};
    const auto* sign = std::find_if(std::begin(signs), std::end(signs), separator);
    if (sign == std::end(signs)) return text;
    comma |= *sign != " ";
    text.remove_suffix(sign->size());
    ++count;
  }
}

/// What stands before a phrase of the group: what moves, its motion and its place are one clause in English; Chinese
/// names the place apart.
const char* joint(const std::string& group, bool chinese, bool comma) {
  const bool motion = group == "motions";
  if (chinese) return comma || !motion ? "，" : "";
  return comma || (!motion && group != "places") ? ", " : " ";
}

}  // namespace

/// The first few different suggestions.
struct Vocabulary::Picks {
  std::size_t most;
  std::vector<Suggestion> found;

  bool isFull() const { return found.size() >= most; }
  void add(Suggestion suggestion) {
    const auto same = [&](const Suggestion& other) { return other.text == suggestion.text; };
    if (!isFull() && std::none_of(found.begin(), found.end(), same)) found.push_back(std::move(suggestion));
  }
};

std::vector<Suggestion> Vocabulary::suggestions(std::string_view beforeCursor, std::size_t most) const {
  const std::string text = folded(lastOf(beforeCursor, kWindow));
  Picks picks{most, {}};
  for (const std::string_view typed : typedEnds(text)) {
    const bool whole = addBegun(typed, picks);
    addTails(typed, picks);
    // "on the" goes on with a place, whatever "the" alone begins.
    if (whole || !picks.found.empty()) break;
  }
  addNext(text, picks);
  return picks.found;
}

/// Phrases that typed begins; true if typed is a whole one.
bool Vocabulary::addBegun(std::string_view typed, Picks& picks) const {
  bool whole = false;
  if (typed.size() < kLeastTyped) return whole;
  for (const Group& group : m_groups) {
    for (const auto* list : {&group.english, &group.chinese}) {
      for (const Phrase& phrase : *list) {
        if (!startsWith(phrase.folded, typed)) continue;
        whole |= phrase.folded == typed;
        if (phrase.folded != typed) picks.add({phrase.text, phrase.text.substr(typed.size()), 0});
      }
    }
  }
  return whole;
}

/// Ends of English phrases, from a word that typed begins.
void Vocabulary::addTails(std::string_view typed, Picks& picks) const {
  if (typed.size() < kLeastOfTail || picks.isFull()) return;
  for (const Group& group : m_groups) {
    for (const Phrase& phrase : group.english) {
      for (const std::size_t start : phraseStarts(phrase.folded)) {
        const std::string_view tail = std::string_view(phrase.folded).substr(start);
        if (tail.size() > typed.size() && startsWith(tail, typed))
          picks.add({phrase.text.substr(start), phrase.text.substr(start + typed.size()), 0});
      }
    }
  }
}

/// If text ends with a whole phrase: those of the first group that text holds nothing of.
void Vocabulary::addNext(std::string_view text, Picks& picks) const {
  std::size_t separators = 0;
  bool comma = false;
  const std::string_view said = withoutSeparators(text, separators, comma);
  bool english = false;
  bool chinese = false;
  for (const std::string_view end : typedEnds(said)) {
    const auto isEnd = [end](const Phrase& phrase) { return phrase.folded == end; };
    for (const Group& group : m_groups) {
      english |= std::any_of(group.english.begin(), group.english.end(), isEnd);
      chinese |= std::any_of(group.chinese.begin(), group.chinese.end(), isEnd);
    }
  }
  if (!english && !chinese) return;
  for (const Group& group : m_groups) {
    const std::vector<Phrase>& phrases = chinese ? group.chinese : group.english;
    const auto isSaid = [said](const Phrase& phrase) { return holds(said, phrase.folded); };
    if (phrases.empty() || std::any_of(phrases.begin(), phrases.end(), isSaid)) continue;
    for (const Phrase& phrase : phrases)
      picks.add({phrase.text, joint(group.name, chinese, comma) + phrase.text, separators});
    return;
  }
}

}  // namespace kinora::models
