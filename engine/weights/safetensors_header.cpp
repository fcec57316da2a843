// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "engine/weights/byte_reader.h"

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

constexpr std::uint64_t kMaxExtent = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// Takes the parser's events one by one. Anything but {name: {dtype, shape, data_offsets}, "__metadata__": {k: "v"}}
/// stops the parse with a message.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  WeightHeader header;
  std::string problem;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t value) override {
    return fail("negative number; expected 0 or more, got " + std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (m_place == Place::Shape) {
      if (value > kMaxExtent) return fail("extent too large; got " + std::to_string(value));
      if (m_entry.shape.size() == kMaxAxes) return fail("too many axes; expected at most 64");
      m_entry.shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (m_place == Place::Offsets) {
      if (m_offsets == 2) return fail("data_offsets; expected two numbers, got more");
      (m_offsets++ == 0 ? m_entry.begin : m_entry.end) = value;
      return true;
    }
    return unexpected("a number");
  }
  bool number_float(number_float_t, const string_t& text) override {
    return fail("number out of range; expected an integer, got " + text);
  }
  bool string(string_t& value) override {
    if (m_place == Place::Metadata) {
      header.metadata[m_key] = value;
      return true;
    }
    if (m_place == Place::Entry && m_key == "dtype") {
      m_entry.dtype = value;
      return true;
    }
    return unexpected("a string");
  }
  bool binary(binary_t&) override { return unexpected("binary data"); }

  bool start_object(std::size_t) override {
    switch (m_place) {
      case Place::Start:
        m_place = Place::Top;
        return true;
      case Place::Top:
        m_keys.clear();
        m_place = m_name == "__metadata__" ? Place::Metadata : Place::Entry;
        m_entry = {};
        m_entry.name = m_name;
        m_offsets = 0;
        return true;
      default:
        return unexpected("an object");
    }
  }
  bool key(string_t& value) override {
    if (m_place == Place::Top) {
      m_name = value;
      if (!m_names.insert(value).second) return fail("duplicate name");
      return true;
    }
    m_key = value;
    if (!m_keys.insert(value).second) return fail("duplicate key \"" + value + "\"");
    if (m_place == Place::Entry && value != "dtype" && value != "shape" && value != "data_offsets") {
      return fail("unknown key \"" + value + "\"");
    }
    return true;
  }
  bool end_object() override {
    if (m_place == Place::Top) {
      m_place = Place::End;
      return true;
    }
    if (m_place == Place::Entry) {
      if (m_keys.size() != 3) return fail("incomplete entry; expected dtype, shape and data_offsets");
      header.tensors.push_back(std::move(m_entry));
    }
    m_place = Place::Top;
    return true;
  }
  bool start_array(std::size_t) override {
    if (m_place == Place::Entry && m_key == "shape") {
      m_place = Place::Shape;
    } else if (m_place == Place::Entry && m_key == "data_offsets") {
      m_place = Place::Offsets;
    } else {
      return unexpected("an array");
    }
    return true;
  }
  bool end_array() override {
    if (m_place == Place::Offsets && m_offsets != 2) return fail("data_offsets; expected two numbers");
    m_place = Place::Entry;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    problem = "header is not JSON; fault at byte " + std::to_string(position);
    return false;
  }

 private:
  enum class Place { Start, Top, Metadata, Entry, Shape, Offsets, End };

  bool fail(const std::string& what) {
    problem = (m_name.empty() ? "header: " : "tensor \"" + m_name + "\": ") + what;
    return false;
  }
  bool unexpected(const char* what) { return fail(std::string("unexpected ") + what); }

  Place m_place = Place::Start;
  std::string m_name;
  std::string m_key;
  std::set<std::string> m_names;
  std::set<std::string> m_keys;
  TensorInfo m_entry;
  int m_offsets = 0;
};

/// "" or what is wrong with one entry.
std::string entryProblem(const TensorInfo& info, std::uint64_t dataBytes) {
  const Dtype* dtype = findDtype(info.dtype);
  if (!dtype || !dtype->isPlain()) return "unknown dtype \"" + info.dtype + "\"";
  if (info.begin > info.end || info.end > dataBytes) {
    return "data_offsets; expected begin <= end <= " + std::to_string(dataBytes) + ", got [" +
           std::to_string(info.begin) + "," + std::to_string(info.end) + "]";
  }
  const auto size = tensorBytes(*dtype, info.shape);
  if (!size) return "shape " + shapeText(info.shape) + " overflows";
  if (info.end - info.begin != *size) {
    return "byte count; expected " + std::to_string(*size) + " for " + info.dtype + " " + shapeText(info.shape) +
           ", got " + std::to_string(info.end - info.begin);
  }
  return {};
}

Error corrupt(std::string message) {
  return {ErrorCode::Corrupt, std::move(message), {}};
}

/// Sorts by place and looks for overlaps and holes.
Result<void> checkPlaces(std::vector<TensorInfo>& tensors, std::uint64_t dataBytes) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t reached = 0;
  for (const TensorInfo& info : tensors) {
    if (info.begin != reached) {
      return corrupt("tensor \"" + info.name + "\": data " + (info.begin < reached ? "overlaps" : "leaves a hole") +
                     "; expected it to begin at " + std::to_string(reached) + ", got " + std::to_string(info.begin));
    }
    reached = info.end;
  }
  if (reached != dataBytes) {
    return corrupt("data part; expected " + std::to_string(reached) + " bytes, got " + std::to_string(dataBytes));
  }
  return {};
}

}  // namespace

bool looksLikeSafetensors(std::span<const std::byte> file) {
  ByteReader reader(file);
  const auto length = reader.number<std::uint64_t>();
  return length <= kMaxSafetensorsHeader && length <= reader.left() && reader.text(1) == "{";
}

Result<WeightHeader> parseSafetensors(std::span<const std::byte> file) {
  ByteReader bytes(file);
  const auto length = bytes.number<std::uint64_t>();
  if (bytes.failed()) {
    return corrupt("too short; expected at least 8 bytes, got " + std::to_string(file.size()));
  }
  if (length > kMaxSafetensorsHeader || length > bytes.left()) {
    return corrupt("header length; expected at most " + std::to_string(std::min(kMaxSafetensorsHeader, bytes.left())) +
                   " bytes, got " + std::to_string(length));
  }
  const std::string_view json = bytes.text(length);
  if (json.empty() || json.front() != '{') return corrupt("header is not JSON; expected it to start with {");
  HeaderReader reader;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader)) return corrupt(reader.problem);

  std::vector<TensorInfo>& tensors = reader.header.tensors;
  for (const TensorInfo& info : tensors) {
    const std::string problem = entryProblem(info, bytes.left());
    if (!problem.empty()) return corrupt("tensor \"" + info.name + "\": " + problem);
  }
  if (const auto placed = checkPlaces(tensors, bytes.left()); !placed) return placed.error();
  for (TensorInfo& info : tensors) {
    info.begin += bytes.position();
    info.end += bytes.position();
  }
  return std::move(reader.header);
}

}  // namespace kinora::weights
