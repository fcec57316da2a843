// SPDX-License-Identifier: GPL-3.0-or-later
// The vocabulary of a spiece.model as llama.cpp's converter writes it into a GGUF header.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/engine/weights/builders.h"

namespace kinora::test {

/// Walks one message of protocol buffers, field by field.
class Fields {
 public:
  explicit Fields(std::string_view message) : m_bytes(message) {}

  int field = 0;
  std::uint64_t number = 0;
  std::string_view bytes;  ///< of a text or message, and the four of a float

  bool next() {
    if (m_at >= m_bytes.size()) return false;
    const std::uint64_t key = varint();
    field = static_cast<int>(key >> 3);
    const int wire = static_cast<int>(key & 7);
    if (wire == 0) {
      number = varint();
      return true;
    }
    const std::size_t length = wire == 5 ? 4 : wire == 1 ? 8 : static_cast<std::size_t>(varint());
    bytes = m_bytes.substr(m_at, length);
    m_at += length;
    return true;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; m_at < m_bytes.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(m_bytes[m_at++]);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    return value;
  }
  std::string_view m_bytes;
  std::size_t m_at = 0;
};

/// To be added to: the file's own tensors.
inline GgufBuilder vocabularyGguf(std::string_view spieceModel) {
  std::vector<std::string> tokens;
  std::string scores;
  std::vector<std::int32_t> types;
  GgufBuilder gguf;
  gguf.text("general.architecture", "t5encoder");
  gguf.text("tokenizer.ggml.model", "t5");
  for (Fields model(spieceModel); model.next();) {
    if (model.field == 1) {
      types.push_back(1);
      for (Fields piece(model.bytes); piece.next();) {
        if (piece.field == 1) tokens.emplace_back(piece.bytes);
        if (piece.field == 2) scores += piece.bytes;
        if (piece.field == 3) types.back() = static_cast<std::int32_t>(piece.number);
      }
    } else if (model.field == 3) {
      for (Fields spec(model.bytes); spec.next();) {
        if (spec.field == 2) {
          gguf.pair("tokenizer.ggml.precompiled_charsmap", 9,
                    le<std::uint32_t>(0) + le<std::uint64_t>(spec.bytes.size()) + std::string(spec.bytes));
        }
        const bool flag = spec.field == 3 || spec.field == 4;
        const char* name = spec.field == 3 ? "add_space_prefix" : "remove_extra_whitespaces";
        if (flag) gguf.pair(std::string("tokenizer.ggml.") + name, 7, std::string(1, spec.number ? '\1' : '\0'));
      }
    }
  }
  gguf.texts("tokenizer.ggml.tokens", tokens);
  gguf.pair("tokenizer.ggml.scores", 9, le<std::uint32_t>(6) + le<std::uint64_t>(scores.size() / 4) + scores);
  gguf.integers("tokenizer.ggml.token_type", types);
  return gguf;
}

}  // namespace kinora::test
