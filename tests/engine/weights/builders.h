// SPDX-License-Identifier: GPL-3.0-or-later
// Writes GGUF files, zip archives and pickles by hand, so that tests can make sound and hostile ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace kinora::test {

/// The little-endian bytes of a number.
template <class T>
std::string le(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

/// A GGUF text: length and bytes.
inline std::string ggufText(const std::string& text) {
  return le<std::uint64_t>(text.size()) + text;
}

class GgufBuilder {
 public:
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;
  std::uint64_t claimedTensors = 0;  ///< added to the true number
  std::uint64_t claimedKeys = 0;

  void pair(const std::string& key, std::uint32_t type, const std::string& value) {
    m_pairs += ggufText(key) + le(type) + value;
    ++m_keys;
  }
  void text(const std::string& key, const std::string& value) { pair(key, 8, ggufText(value)); }
  void integers(const std::string& key, const std::vector<std::int32_t>& values) {
    std::string bytes = le<std::uint32_t>(5) + le<std::uint64_t>(values.size());
    for (const std::int32_t value : values) bytes += le(value);
    pair(key, 9, bytes);
  }
  void texts(const std::string& key, const std::vector<std::string>& values) {
    std::string bytes = le<std::uint32_t>(8) + le<std::uint64_t>(values.size());
    for (const std::string& value : values) bytes += ggufText(value);
    pair(key, 9, bytes);
  }
  /// dims: fastest axis first, as the file has them.
  void tensor(const std::string& name, const std::vector<std::int64_t>& dims, std::uint32_t type,
              const std::string& data) {
    info(name, dims, type, m_data.size());
    m_data += data;
    m_data.resize((m_data.size() + alignment - 1) / alignment * alignment, '\0');
  }
  /// Only the entry in the header.
  void info(const std::string& name, const std::vector<std::int64_t>& dims, std::uint32_t type, std::uint64_t offset) {
    m_infos += ggufText(name) + le(static_cast<std::uint32_t>(dims.size()));
    for (const std::int64_t dim : dims) m_infos += le(dim);
    m_infos += le(type) + le(offset);
    ++m_tensors;
  }
  std::string build() const {
    std::string bytes = "GGUF" + le(version) + le(m_tensors + claimedTensors) + le(m_keys + claimedKeys);
    bytes += m_pairs + m_infos;
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0');
    return bytes + m_data;
  }

 private:
  std::string m_pairs, m_infos, m_data;
  std::uint64_t m_tensors = 0;
  std::uint64_t m_keys = 0;
};

/// A zip archive of stored entries.
class ZipBuilder {
 public:
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint32_t packedBytes = 0;  ///< if not 0: what the directory says instead of the truth

  void add(const std::string& name, const std::string& data) {
    m_central += record(name, data.size(), static_cast<std::uint32_t>(m_bytes.size()));
    ++m_entries;
    m_bytes += "PK\x03\x04" + le<std::uint16_t>(20) + le(flags) + le(method) + std::string(8, '\0') +
               le(static_cast<std::uint32_t>(data.size())) + le(static_cast<std::uint32_t>(data.size())) +
               le(static_cast<std::uint16_t>(name.size())) + le<std::uint16_t>(0) + name + data;
  }
  /// A second directory entry for data that is there already.
  void alias(const std::string& name, std::size_t bytes, std::uint32_t header) {
    m_central += record(name, bytes, header);
    ++m_entries;
  }
  std::string build() const {
    return m_bytes + m_central + "PK\x05\x06" + std::string(4, '\0') + le(m_entries) + le(m_entries) +
           le(static_cast<std::uint32_t>(m_central.size())) + le(static_cast<std::uint32_t>(m_bytes.size())) +
           le<std::uint16_t>(0);
  }

 private:
  std::string record(const std::string& name, std::size_t bytes, std::uint32_t header) const {
    const std::uint32_t packed = packedBytes ? packedBytes : static_cast<std::uint32_t>(bytes);
    return "PK\x01\x02" + std::string("\x14\0\x14\0", 4) + le(flags) + le(method) + std::string(8, '\0') + le(packed) +
           le(static_cast<std::uint32_t>(bytes)) + le(static_cast<std::uint16_t>(name.size())) + std::string(12, '\0') +
           le(header) + name;
  }

  std::string m_bytes, m_central;
  std::uint16_t m_entries = 0;
};

/// Pieces of a pickle of protocol 2.
namespace pickle {

inline const std::string kStart = "\x80\x02";
inline const std::string kEmptyDict = "}";
inline const std::string kOrderedDict = "ccollections\nOrderedDict\n)R";
inline const std::string kRebuild = "ctorch._utils\n_rebuild_tensor_v2\n";

inline std::string text(const std::string& value) {
  return "X" + le(static_cast<std::uint32_t>(value.size())) + value;
}
inline std::string number(std::int32_t value) {
  return "J" + le(value);
}
inline std::string tuple(const std::vector<std::int32_t>& values) {
  std::string bytes = "(";
  for (const std::int32_t value : values) bytes += number(value);
  return bytes + "t";
}
inline std::string storage(const std::string& key, std::int32_t elements, const std::string& type = "FloatStorage") {
  return "(" + text("storage") + "ctorch\n" + type + "\n" + text(key) + text("cpu") + number(elements) + "tQ";
}
inline std::string tensor(const std::string& storageBytes, std::int32_t first, const std::vector<std::int32_t>& shape,
                          const std::vector<std::int32_t>& strides) {
  return kRebuild + "(" + storageBytes + number(first) + tuple(shape) + tuple(strides) + "\x89" + kOrderedDict + "tR";
}
/// A dict with these key and value bytes.
inline std::string dict(const std::string& items) {
  return kEmptyDict + "(" + items + "u";
}

}  // namespace pickle

/// A torch archive of a pickle and storages.
inline std::string torchArchive(const std::string& pickle,
                                const std::vector<std::pair<std::string, std::string>>& data) {
  ZipBuilder zip;
  zip.add("model/data.pkl", pickle);
  zip.add("model/byteorder", "little");
  for (const auto& [key, bytes] : data) zip.add("model/data/" + key, bytes);
  return zip.build();
}

}  // namespace kinora::test
