// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/core/result.h"

namespace kinora::models {

inline constexpr const char* kVocabularyFileName = "vocabulary.json";

/// A way to go on with a prompt.
struct Suggestion {
  std::string text;          ///< to be shown: the phrase
  std::string insert;        ///< to be put at the cursor
  std::size_t replaces = 0;  ///< characters before the cursor that go first: spaces and commas
  friend bool operator==(const Suggestion&, const Suggestion&) = default;
};

/// How much of a prompt a model has read in training.
struct Reading {
  std::vector<std::string> unknown;  ///< as written, in order, each once
  double knownShare = 1;             ///< of the words that say what is seen; 1 where there are none
};

/// What a model has read: the file vocabulary.json of its folder. A value; const calls from any thread. Text is UTF-8.
class Vocabulary {
 public:
  /// NotFound where the model has none; Corrupt or NewerVersion with what and where.
  static core::Result<Vocabulary> read(const std::string& folder);

  bool isEmpty() const { return m_groups.empty() && m_english.empty() && m_chinese.empty(); }

  /// What may follow beforeCursor, best first: phrases that its end begins, also with a later word of theirs ("bea" ->
  /// "beach" of "on the beach"); after a whole phrase those of the first group that the text has nothing of yet (what
  /// is seen, what it does, where, camera, …). In the language that is being typed.
  std::vector<Suggestion> suggestions(std::string_view beforeCursor, std::size_t most) const;

  /// English words count in any simple inflection, Chinese by the longest known phrases. A word weighs as much as two
  /// characters.
  Reading reading(std::string_view prompt) const;

 private:
  struct Phrase {
    std::string text;
    std::string folded;
  };
  struct Group {
    std::string name;
    std::vector<Phrase> english;
    std::vector<Phrase> chinese;
  };
  struct Reader;
  struct Picks;

  bool addBegun(std::string_view typed, Picks& picks) const;
  void addTails(std::string_view typed, Picks& picks) const;
  void addNext(std::string_view text, Picks& picks) const;
  bool isKnown(const std::string& word) const;
  std::size_t longestKnown(std::string_view han) const;

  std::vector<Group> m_groups;                ///< in the order in which a prompt names them
  std::unordered_set<std::string> m_english;  ///< forms of all words
  std::unordered_set<std::string> m_chinese;  ///< phrases and characters
  std::size_t m_longestChinese = 0;           ///< bytes
};

}  // namespace kinora::models
