// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/gguf.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <tuple>

#include "engine/weights/byte_reader.h"

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

constexpr std::uint64_t kMaxTensors = 1u << 20;
constexpr std::uint64_t kMaxKeys = 1u << 16;
constexpr std::uint64_t kMaxName = 65535;
constexpr std::uint64_t kMaxAlignment = 1u << 20;
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::string_view kOriginalShape = "comfy.gguf.orig_shape.";

/// Numbers of value types in the file.
enum ValueType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64, kValueTypes };
constexpr std::array<std::uint64_t, kValueTypes> kValueBytes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

/// Our names by ggml's type numbers; empty for types that were withdrawn or that we cannot read.
constexpr std::array<std::string_view, 31> kTensorTypes{
    "F32",  "F16",    "Q4_0", "Q4_1", "",    "",    "Q5_0", "Q5_1", "Q8_0", "",       "Q2_K",
    "Q3_K", "Q4_K",   "Q5_K", "Q6_K", "",    "",    "",     "",     "",     "IQ4_NL", "",
    "",     "IQ4_XS", "I8",   "I16",  "I32", "I64", "F64",  "",     "BF16"};

Error corrupt(std::string message) {
  return {ErrorCode::Corrupt, std::move(message), {}};
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> file) : m_file(file), m_bytes(file) {}

  Result<WeightHeader> read() {
    m_bytes.skip(4);  // magic
    const auto version = m_bytes.number<std::uint32_t>();
    if (version == 0x02000000 || version == 0x03000000) {
      return Error{ErrorCode::Unsupported, "big-endian GGUF; expected little-endian", {}};
    }
    if (!m_bytes.failed() && version != 2 && version != 3) {
      return Error{ErrorCode::Unsupported, "GGUF version; expected 2 or 3, got " + std::to_string(version), {}};
    }
    const auto tensors = m_bytes.number<std::uint64_t>();
    const auto keys = m_bytes.number<std::uint64_t>();
    if (m_bytes.failed()) return tooShort();
    if (tensors > kMaxTensors) return corrupt("tensor count; expected at most 1048576, got " + std::to_string(tensors));
    if (keys > kMaxKeys) return corrupt("key count; expected at most 65536, got " + std::to_string(keys));
    for (std::uint64_t i = 0; i < keys; ++i) {
      if (const auto done = readPair(); !done) return done.error();
    }
    if (const auto done = readAlignment(); !done) return done.error();
    for (std::uint64_t i = 0; i < tensors; ++i) {
      if (const auto done = readTensor(); !done) return done.error();
    }
    if (const auto done = place(); !done) return done.error();
    return std::move(m_header);
  }

 private:
  Error tooShort() const { return corrupt("cut off; the header goes on behind the end of the file"); }

  Result<void> readPair() {
    const std::string key(shortText());
    const auto type = m_bytes.number<std::uint32_t>();
    if (m_bytes.failed()) return tooShort();
    if (!m_keys.insert(key).second) return corrupt("duplicate key \"" + key + "\"");
    if (type == Array) return readArray(key);
    if (type >= kValueTypes) return corrupt("key \"" + key + "\": unknown type " + std::to_string(type));
    std::string text = scalar(static_cast<ValueType>(type));
    if (m_bytes.failed()) return tooShort();
    m_header.metadata.emplace(key, std::move(text));
    return {};
  }

  /// A length and so many bytes; a length over the limit counts as cut off.
  std::string_view shortText() {
    const auto length = m_bytes.number<std::uint64_t>();
    return m_bytes.text(length > kMaxName ? std::numeric_limits<std::uint64_t>::max() : length);
  }

  std::string scalar(ValueType type) {
    switch (type) {
      case U8:
        return std::to_string(m_bytes.number<std::uint8_t>());
      case I8:
        return std::to_string(m_bytes.number<std::int8_t>());
      case U16:
        return std::to_string(m_bytes.number<std::uint16_t>());
      case I16:
        return std::to_string(m_bytes.number<std::int16_t>());
      case U32:
        return std::to_string(m_bytes.number<std::uint32_t>());
      case I32:
        return std::to_string(m_bytes.number<std::int32_t>());
      case F32:
        return std::to_string(m_bytes.number<float>());
      case Bool:
        return m_bytes.number<std::uint8_t>() ? "true" : "false";
      case String:
        return std::string(m_bytes.text(m_bytes.number<std::uint64_t>()));
      case U64:
        return std::to_string(m_bytes.number<std::uint64_t>());
      case I64:
        return std::to_string(m_bytes.number<std::int64_t>());
      case F64:
        return std::to_string(m_bytes.number<double>());
      default:
        return {};
    }
  }

  Result<void> readArray(const std::string& key) {
    const auto type = m_bytes.number<std::uint32_t>();
    const auto count = m_bytes.number<std::uint64_t>();
    if (m_bytes.failed()) return tooShort();
    if (type >= kValueTypes || type == Array) {
      return corrupt("key \"" + key + "\": array of type " + std::to_string(type) + "; expected plain values");
    }
    const std::uint64_t begin = m_bytes.position();
    if (type == I32 && key.starts_with(kOriginalShape) && count <= kMaxAxes) {
      std::vector<std::int64_t>& shape = m_shapes[key.substr(kOriginalShape.size())];
      for (std::uint64_t i = 0; i < count; ++i) shape.push_back(m_bytes.number<std::int32_t>());
    } else if (type == String) {
      for (std::uint64_t i = 0; i < count && !m_bytes.failed(); ++i) m_bytes.skip(m_bytes.number<std::uint64_t>());
    } else {
      const std::uint64_t width = kValueBytes[type];
      m_bytes.skip(count > m_bytes.left() / width ? std::numeric_limits<std::uint64_t>::max() : count * width);
    }
    if (m_bytes.failed()) return tooShort();
    m_header.arrays.emplace(key, ArrayInfo{type, count, begin, m_bytes.position()});
    return {};
  }

  Result<void> readAlignment() {
    const auto found = m_header.metadata.find("general.alignment");
    if (found == m_header.metadata.end()) return {};
    for (std::uint64_t allowed = 1; allowed <= kMaxAlignment; allowed *= 2) {
      if (std::to_string(allowed) == found->second) m_alignment = allowed;
    }
    if (std::to_string(m_alignment) == found->second) return {};
    return corrupt("general.alignment; expected a power of two up to 1048576, got " + found->second);
  }

  Result<void> readTensor() {
    TensorInfo info;
    info.name = std::string(shortText());
    const auto fault = [&](const std::string& what) { return corrupt("tensor \"" + info.name + "\": " + what); };
    const auto axes = m_bytes.number<std::uint32_t>();
    if (m_bytes.failed()) return tooShort();
    if (!m_names.insert(info.name).second) return fault("duplicate name");
    if (axes > kMaxAxes) return fault("axes; expected at most 64, got " + std::to_string(axes));
    for (std::uint32_t i = 0; i < axes; ++i) info.shape.push_back(m_bytes.number<std::int64_t>());
    const auto type = m_bytes.number<std::uint32_t>();
    info.begin = m_bytes.number<std::uint64_t>();
    if (m_bytes.failed()) return tooShort();
    std::reverse(info.shape.begin(), info.shape.end());  // the file names the fastest axis first
    if (type >= kTensorTypes.size() || kTensorTypes[type].empty()) {
      return Error{ErrorCode::Unsupported,
                   "tensor \"" + info.name + "\": ggml type " + std::to_string(type) +
                       "; expected F32, F16, BF16, Q2_K to Q8_0, IQ4_NL or IQ4_XS",
                   {}};
    }
    info.dtype = std::string(kTensorTypes[type]);
    const Dtype& dtype = *findDtype(info.dtype);
    if (!info.shape.empty() && info.shape.back() % dtype.blockElements != 0) {
      return fault("row length; expected a multiple of " + std::to_string(dtype.blockElements) + " for " + info.dtype +
                   ", got " + std::to_string(info.shape.back()));
    }
    const auto bytes = tensorBytes(dtype, info.shape);
    if (!bytes) return fault("shape " + shapeText(info.shape) + " cannot be");
    info.end = *bytes;  // its length, until the start of the data is known
    if (const auto original = m_shapes.find(info.name); original != m_shapes.end()) {
      if (elementCount(original->second) != elementCount(info.shape)) {
        return fault("original shape " + shapeText(original->second) + " has another size than " +
                     shapeText(info.shape));
      }
      info.shape = original->second;
    }
    m_header.tensors.push_back(std::move(info));
    return {};
  }

  /// Turns offsets into places in the file and checks them.
  Result<void> place() {
    const std::uint64_t start = (m_bytes.position() + m_alignment - 1) / m_alignment * m_alignment;
    const std::uint64_t room = m_file.size() > start ? m_file.size() - start : 0;
    for (TensorInfo& info : m_header.tensors) {
      if (info.begin % m_alignment != 0) return corrupt("tensor \"" + info.name + "\": data is not aligned");
      if (info.begin > room || info.end > room - info.begin) {
        return corrupt("tensor \"" + info.name + "\": data ends behind the end of the file");
      }
      info.begin += start;
      info.end += info.begin;
    }
    std::vector<TensorInfo>& tensors = m_header.tensors;
    std::sort(tensors.begin(), tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    for (std::size_t i = 1; i < tensors.size(); ++i) {
      if (tensors[i].begin < tensors[i - 1].end) return corrupt("tensor \"" + tensors[i].name + "\": data overlaps");
    }
    return {};
  }

  std::span<const std::byte> m_file;
  ByteReader m_bytes;
  std::uint64_t m_alignment = kDefaultAlignment;
  std::set<std::string> m_keys;
  std::set<std::string> m_names;
  std::map<std::string, std::vector<std::int64_t>> m_shapes;
  WeightHeader m_header;
};

}  // namespace

bool looksLikeGguf(std::span<const std::byte> file) {
  return ByteReader(file).text(4) == "GGUF";
}

Result<WeightHeader> parseGguf(std::span<const std::byte> file) {
  return Reader(file).read();
}

std::vector<std::string_view> arrayTexts(const ArrayInfo& array, std::span<const std::byte> bytes) {
  std::vector<std::string_view> texts;
  if (array.type != String) return texts;
  ByteReader reader(bytes);
  for (std::uint64_t i = 0; i < array.count; ++i) texts.push_back(reader.text(reader.number<std::uint64_t>()));
  return texts;
}

std::vector<float> arrayFloats(const ArrayInfo& array, std::span<const std::byte> bytes) {
  std::vector<float> numbers;
  if (array.type != F32) return numbers;
  ByteReader reader(bytes);
  for (std::uint64_t i = 0; i < array.count; ++i) numbers.push_back(reader.number<float>());
  return numbers;
}

std::vector<std::int32_t> arrayIntegers(const ArrayInfo& array, std::span<const std::byte> bytes) {
  std::vector<std::int32_t> numbers;
  if (array.type != I32 && array.type != U32) return numbers;
  ByteReader reader(bytes);
  for (std::uint64_t i = 0; i < array.count; ++i) numbers.push_back(reader.number<std::int32_t>());
  return numbers;
}

}  // namespace kinora::weights
