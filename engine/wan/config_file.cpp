// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/config_file.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace kinora::wan {

using core::Error;
using core::ErrorCode;
using core::Result;
using nlohmann::json;

struct ConfigFile::Impl {
  std::string path;
  json root;
  std::optional<Error> fault;

  /// nullptr where the key is missing or null.
  const json* find(const char* key) const {
    const auto it = root.find(key);
    return it == root.end() || it->is_null() ? nullptr : &*it;
  }

  void report(const char* key, const std::string& expected, ErrorCode code = ErrorCode::Corrupt) {
    if (fault) return;
    const auto it = root.find(key);
    std::string got = "nothing";
    if (it != root.end()) got = it->dump(-1, ' ', false, json::error_handler_t::replace);
    if (got.size() > 80) got = got.substr(0, 80) + "…";
    fault = Error{code, std::string(key) + "; expected " + expected + ", got " + got, path};
  }

  static bool readInteger(const json& value, std::int64_t least, std::int64_t most, std::int64_t& out) {
    if (!value.is_number_integer()) return false;
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) return false;
    out = value.get<std::int64_t>();
    return out >= least && out <= most;
  }
};

ConfigFile::ConfigFile(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ConfigFile::ConfigFile(ConfigFile&&) noexcept = default;
ConfigFile& ConfigFile::operator=(ConfigFile&&) noexcept = default;
ConfigFile::~ConfigFile() = default;

Result<ConfigFile> ConfigFile::open(const std::string& path) {
  std::error_code fault;
  const auto status = std::filesystem::status(path, fault);
  if (!std::filesystem::exists(status)) return Error{ErrorCode::NotFound, "config file is missing", path};
  if (!std::filesystem::is_regular_file(status)) return Error{ErrorCode::Unreadable, "not a file", path};
  const std::uint64_t bytes = std::filesystem::file_size(path, fault);
  if (fault) return Error{ErrorCode::Unreadable, "cannot be read: " + fault.message(), path};
  if (bytes > kMaxBytes) {
    return Error{ErrorCode::Corrupt,
                 "config file; expected at most " + std::to_string(kMaxBytes) + " bytes, got " + std::to_string(bytes),
                 path};
  }
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  if (!stream || (bytes > 0 && !(content << stream.rdbuf()))) {
    return Error{ErrorCode::Unreadable, "cannot be read", path};
  }
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->root = json::parse(content.str(), nullptr, /*allow_exceptions=*/false);
  if (!impl->root.is_object()) return Error{ErrorCode::Corrupt, "not a JSON object", path};
  return ConfigFile(std::move(impl));
}

const std::string& ConfigFile::path() const {
  return m_impl->path;
}

bool ConfigFile::has(const char* key) const {
  return m_impl->find(key) != nullptr;
}

std::int64_t ConfigFile::integer(const char* key, std::int64_t least, std::int64_t most) {
  const json* value = m_impl->find(key);
  std::int64_t out = 0;
  if (value && Impl::readInteger(*value, least, most, out)) return out;
  m_impl->report(key, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

double ConfigFile::number(const char* key, double least, double most) {
  const json* value = m_impl->find(key);
  if (value && value->is_number()) {
    const double out = value->get<double>();
    if (out >= least && out <= most) return out;
  }
  std::ostringstream expected;
  expected << "a number from " << least << " to " << most;
  m_impl->report(key, expected.str());
  return least;
}

bool ConfigFile::flag(const char* key) {
  const json* value = m_impl->find(key);
  if (value && value->is_boolean()) return value->get<bool>();
  m_impl->report(key, "true or false");
  return false;
}

std::string ConfigFile::text(const char* key) {
  const json* value = m_impl->find(key);
  if (value && value->is_string()) return value->get<std::string>();
  m_impl->report(key, "a text");
  return {};
}

std::vector<std::int64_t> ConfigFile::integers(const char* key, std::size_t count, std::int64_t least,
                                               std::int64_t most) {
  std::vector<std::int64_t> out(count, least);
  const json* value = m_impl->find(key);
  bool good = value && value->is_array() && value->size() == count;
  for (std::size_t i = 0; good && i < count; ++i) good = Impl::readInteger((*value)[i], least, most, out[i]);
  if (good) return out;
  m_impl->report(
      key, std::to_string(count) + " whole numbers from " + std::to_string(least) + " to " + std::to_string(most));
  return std::vector<std::int64_t>(count, least);
}

std::vector<double> ConfigFile::numbers(const char* key, std::size_t count) {
  std::vector<double> out(count, 0.0);
  const json* value = m_impl->find(key);
  bool good = value && value->is_array() && value->size() == count;
  for (std::size_t i = 0; good && i < count; ++i) {
    good = (*value)[i].is_number();
    if (good) out[i] = (*value)[i].get<double>();
    good = good && std::isfinite(out[i]);
  }
  if (good) return out;
  m_impl->report(key, std::to_string(count) + " numbers");
  return std::vector<double>(count, 0.0);
}

std::vector<bool> ConfigFile::flags(const char* key, std::size_t count) {
  std::vector<bool> out(count, false);
  const json* value = m_impl->find(key);
  bool good = value && value->is_array() && value->size() == count;
  for (std::size_t i = 0; good && i < count; ++i) {
    good = (*value)[i].is_boolean();
    if (good) out[i] = (*value)[i].get<bool>();
  }
  if (!good) m_impl->report(key, std::to_string(count) + " times true or false");
  return out;
}

std::size_t ConfigFile::listSize(const char* key, std::size_t least, std::size_t most) {
  const json* value = m_impl->find(key);
  if (value && value->is_array() && value->size() >= least && value->size() <= most) return value->size();
  m_impl->report(key, "a list of " + std::to_string(least) + " to " + std::to_string(most) + " entries");
  return least;
}

std::optional<std::int64_t> ConfigFile::optionalInteger(const char* key, std::int64_t least, std::int64_t most) {
  if (!has(key)) return std::nullopt;
  return integer(key, least, most);
}

std::optional<double> ConfigFile::optionalNumber(const char* key, double least, double most) {
  if (!has(key)) return std::nullopt;
  return number(key, least, most);
}

bool ConfigFile::flagOr(const char* key, bool fallback) {
  return has(key) ? flag(key) : fallback;
}

std::string ConfigFile::textOr(const char* key, const char* fallback) {
  return has(key) ? text(key) : std::string(fallback);
}

std::string ConfigFile::component(const char* key) {
  const json* value = m_impl->find(key);
  if (!value) return {};
  if (value->is_array() && value->size() == 2) {
    const json& name = (*value)[1];
    if (name.is_null()) return {};
    if (name.is_string()) return name.get<std::string>();
  }
  m_impl->report(key, "[library, class]");
  return {};
}

void ConfigFile::refuse(const char* key, const std::string& expected, ErrorCode code) {
  m_impl->report(key, expected, code);
}

void ConfigFile::requireText(const char* key, const char* wanted, bool missingIsFine) {
  if (!has(key) && missingIsFine) return;
  if (text(key) != wanted) refuse(key, "\"" + std::string(wanted) + "\"");
}

void ConfigFile::requireFlag(const char* key, bool wanted, bool missingIsFine) {
  if (!has(key) && missingIsFine) return;
  if (flag(key) != wanted) refuse(key, wanted ? "true" : "false");
}

Result<void> ConfigFile::status() const {
  if (m_impl->fault) return *m_impl->fault;
  return {};
}

}  // namespace kinora::wan
