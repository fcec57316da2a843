// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/wan/config.h"

namespace kinora::wan {

/// The SentencePiece unigram tokenizer of UMT5. Immutable after open, so any thread may use it.
class Tokenizer {
 public:
  static constexpr std::int64_t kPad = 0;
  static constexpr std::int64_t kEnd = 1;  ///< </s>

  /// Reads what readVocabulary takes. Errors: NotFound, Unreadable, Corrupt, ModelMismatch (weights without one).
  static core::Result<std::unique_ptr<Tokenizer>> open(const std::string& path);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  /// Ids of a cleaned prompt (see cleanPrompt), closed by </s>, at most kTextTokens: a longer text loses its end, not
  /// its </s>. Empty text is one </s>. Words like "<s>" are ordinary text.
  std::vector<std::int64_t> encode(std::string_view text) const;
  /// ids, filled up with kPad to kTextTokens.
  static std::vector<std::int64_t> padded(std::vector<std::int64_t> ids);

  std::int64_t pieces() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::wan
