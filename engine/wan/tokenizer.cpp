// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <stdexcept>

#include "engine/wan/vocabulary.h"

namespace kinora::wan {

using core::Error;
using core::ErrorCode;
using core::Result;

struct Tokenizer::Impl {
  sentencepiece::SentencePieceProcessor processor;
};

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;

Result<std::unique_ptr<Tokenizer>> Tokenizer::open(const std::string& path) {
  const auto vocabulary = readVocabulary(path);
  if (!vocabulary) return vocabulary.error();
  auto impl = std::make_unique<Impl>();
  const auto status = impl->processor.LoadFromSerializedProto(*vocabulary);
  if (!status.ok() || impl->processor.GetPieceSize() == 0) {
    return Error{ErrorCode::Corrupt, "not a SentencePiece model", path};
  }
  const auto& processor = impl->processor;
  if (processor.eos_id() != kEnd || processor.pad_id() != kPad) {
    return Error{ErrorCode::Corrupt,
                 "special pieces; expected <pad> 0 and </s> 1, got " + std::to_string(processor.pad_id()) + " and " +
                     std::to_string(processor.eos_id()),
                 path};
  }
  return std::unique_ptr<Tokenizer>(new Tokenizer(std::move(impl)));
}

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  std::vector<int> pieces;
  const auto status = m_impl->processor.Encode(std::string(text), &pieces);
  // Encoding fails only on an unloaded processor, which open() never hands out.
  if (!status.ok()) throw std::runtime_error("tokenizer: " + status.ToString());
  const auto kept = std::min(pieces.size(), static_cast<std::size_t>(kTextTokens - 1));
  std::vector<std::int64_t> ids(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(kept));
  ids.push_back(kEnd);
  return ids;
}

std::vector<std::int64_t> Tokenizer::padded(std::vector<std::int64_t> ids) {
  ids.resize(static_cast<std::size_t>(kTextTokens), kPad);
  return ids;
}

std::int64_t Tokenizer::pieces() const {
  return m_impl->processor.GetPieceSize();
}

}  // namespace kinora::wan
