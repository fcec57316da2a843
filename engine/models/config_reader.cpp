// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/config_reader.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using nlohmann::json;

constexpr int kMaxDepth = 32;

json parseBounded(const std::string& text) {
  // Copying and printing JSON recurse: a hostile file must not choose how deep.
  const auto guard = [](int depth, json::parse_event_t, json&) {
    if (depth > kMaxDepth) throw std::runtime_error("nested too deeply");
    return true;
  };
  return json::parse(text, guard);
}

}  // namespace

ConfigReader::ConfigReader(const std::string& file, std::uintmax_t maxBytes) : m_file(file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) throw ConfigError{{ErrorCode::NotFound, "the file is missing", file}};
  const std::uintmax_t bytes = fs::file_size(file, error);
  if (error || bytes > maxBytes) {
    throw ConfigError{
        {ErrorCode::Corrupt, "the file is too large; expected at most " + std::to_string(maxBytes) + " bytes", file}};
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw ConfigError{{ErrorCode::Unreadable, "the file cannot be opened", file}};
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  try {
    m_root = parseBounded(text);
  } catch (const std::exception& e) {
    throw ConfigError{{ErrorCode::Corrupt, std::string("the file is not readable JSON: ") + e.what(), file}};
  }
  if (!m_root.is_object()) throw ConfigError{{ErrorCode::Corrupt, "the file is not a JSON object", file}};
}

bool ConfigReader::has(const char* key) const {
  const auto it = m_root.find(key);
  return it != m_root.end() && !it->is_null();
}

void ConfigReader::fail(const char* key, const std::string& expected) const {
  std::string got = "nothing";
  if (const auto it = m_root.find(key); it != m_root.end())
    got = it->dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 60);
  throw ConfigError{{ErrorCode::Corrupt, std::string(key) + "; expected " + expected + ", got " + got, m_file}};
}

std::int64_t ConfigReader::integer(const char* key, std::int64_t low, std::int64_t high) const {
  const std::string range = "a whole number " + std::to_string(low) + "…" + std::to_string(high);
  const auto it = m_root.find(key);
  if (it == m_root.end() || !it->is_number_integer()) fail(key, range);
  if (it->is_number_unsigned() && it->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) fail(key, range);
  const auto value = it->get<std::int64_t>();
  if (value < low || value > high) fail(key, range);
  return value;
}

std::int64_t ConfigReader::integerOr(const char* key, std::int64_t low, std::int64_t high,
                                     std::int64_t otherwise) const {
  return has(key) ? integer(key, low, high) : otherwise;
}

double ConfigReader::numberOr(const char* key, double low, double high, double otherwise) const {
  if (!has(key)) return otherwise;
  const json& value = m_root.at(key);
  if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high))
    fail(key, "a number " + std::to_string(low) + "…" + std::to_string(high));
  return value.get<double>();
}

std::string ConfigReader::textOr(const char* key, const std::string& otherwise) const {
  if (!has(key)) return otherwise;
  if (!m_root.at(key).is_string()) fail(key, "text");
  return m_root.at(key).get<std::string>();
}

bool ConfigReader::flagOr(const char* key, bool otherwise) const {
  if (!has(key)) return otherwise;
  if (!m_root.at(key).is_boolean()) fail(key, "true or false");
  return m_root.at(key).get<bool>();
}

void ConfigReader::requireFormat(const std::string& format, int newest, const std::string& what) const {
  if (textOr("format", "") != format) fail("format", '"' + format + '"');
  if (integer("version", 1, 1 << 30) > newest)
    throw ConfigError{{ErrorCode::NewerVersion, what + " written for a newer Kinora", m_file}};
}

}  // namespace kinora::models
