// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vocabulary.h"

#include <cstring>
#include <filesystem>

#include "engine/weights/gguf.h"
#include "engine/weights/weight_file.h"

namespace kinora::wan {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using weights::ArrayInfo;
using weights::WeightFile;

constexpr const char* kComfyTensor = "spiece_model";
constexpr int kByte = 6;  // type of a piece that stands for one byte

/// Writes the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding).
class Message {
 public:
  void number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
  }
  void single(int field, float value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 5);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    m_bytes.append(bytes, sizeof value);
  }
  void text(int field, std::string_view value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(value.size());
    m_bytes += value;
  }
  const std::string& bytes() const { return m_bytes; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7) m_bytes += static_cast<char>(value | 128);
    m_bytes += static_cast<char>(value);
  }
  std::string m_bytes;
};

/// "true", "false" or, where the file does not say, "".
std::string flag(const WeightFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? std::string() : found->second;
}

/// How text is brought into form before it is cut: NormalizerSpec of sentencepiece_model.proto.
Message normaliser(const WeightFile& file) {
  Message message;
  if (const ArrayInfo* map = file.array("tokenizer.ggml.precompiled_charsmap")) {
    const auto bytes = file.bytes(*map);
    message.text(2, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  if (flag(file, "tokenizer.ggml.add_space_prefix") == "false") message.number(3, 0);
  if (flag(file, "tokenizer.ggml.remove_extra_whitespaces") == "false") message.number(4, 0);
  return message;
}

/// What llama.cpp's converter took out of spiece.model, put together again (sentencepiece_model.proto: ModelProto;
/// types of pieces have the same numbers).
Result<std::string> fromGguf(const WeightFile& file) {
  const auto fault = [&](ErrorCode code, const std::string& what) { return Error{code, what, file.path()}; };
  const std::string kind = flag(file, "tokenizer.ggml.model");
  if (kind != "t5") return fault(ErrorCode::Unsupported, "vocabulary; expected kind \"t5\", got \"" + kind + "\"");
  const ArrayInfo* tokens = file.array("tokenizer.ggml.tokens");
  const ArrayInfo* scores = file.array("tokenizer.ggml.scores");
  const ArrayInfo* types = file.array("tokenizer.ggml.token_type");
  if (!tokens || !scores || !types)
    return fault(ErrorCode::Corrupt, "vocabulary; expected tokens, scores and types in the header");
  const auto pieces = weights::arrayTexts(*tokens, file.bytes(*tokens));
  const auto values = weights::arrayFloats(*scores, file.bytes(*scores));
  const auto kinds = weights::arrayIntegers(*types, file.bytes(*types));
  if (pieces.empty() || values.size() != pieces.size() || kinds.size() != pieces.size())
    return fault(ErrorCode::Corrupt, "vocabulary; expected as many scores and types as tokens");
  Message model;
  bool bytes = false;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    Message piece;
    piece.text(1, pieces[i]);
    piece.single(2, values[i]);
    piece.number(3, static_cast<std::uint32_t>(kinds[i]));
    model.text(1, piece.bytes());
    bytes = bytes || kinds[i] == kByte;
  }
  Message training;
  if (bytes) training.number(35, 1);  // byte_fallback
  model.text(2, training.bytes());
  model.text(3, normaliser(file).bytes());
  return model.bytes();
}

Result<std::string> fromWeights(const std::string& path) {
  const auto file = WeightFile::open(path);
  if (!file) return file.error();
  if (const weights::TensorInfo* tensor = (*file)->find(kComfyTensor)) {
    const auto bytes = (*file)->bytes(*tensor);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  if ((*file)->array("tokenizer.ggml.tokens")) return fromGguf(**file);
  return Error{ErrorCode::ModelMismatch, "tokenizer; expected spiece.model or weights that carry it", path};
}

}  // namespace

Result<std::string> readVocabulary(const std::string& fileOrFolder) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(fileOrFolder, ignored);
  const std::string path = folder ? fileOrFolder + "/spiece.model" : fileOrFolder;
  if (!std::filesystem::exists(path, ignored)) return Error{ErrorCode::NotFound, "tokenizer is missing", path};
  const auto file = weights::MappedFile::open(path);
  if (!file) return file.error();
  const auto bytes = file->bytes();
  if (weights::sniffFormat(bytes)) return fromWeights(path);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace kinora::wan
