// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/core/result.h"

namespace kinora::models {

/// Thrown inside engine/models while config files are read.
struct ConfigError {
  core::Error error;
};

/// One JSON config file of a model folder, read defensively: bounded in size and depth, every number in a range.
class ConfigReader {
 public:
  /// Throws NotFound, Unreadable or Corrupt with the file in context.
  explicit ConfigReader(const std::string& file, std::uintmax_t maxBytes = 4u << 20);

  const nlohmann::json& root() const { return m_root; }
  const std::string& file() const { return m_file; }
  bool has(const char* key) const;  ///< there and not null

  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) const;
  std::int64_t integerOr(const char* key, std::int64_t low, std::int64_t high, std::int64_t otherwise) const;
  double numberOr(const char* key, double low, double high, double otherwise) const;
  std::string textOr(const char* key, const std::string& otherwise) const;
  bool flagOr(const char* key, bool otherwise) const;

  /// One of Kinora's own files: "format" must be `format`, "version" at most `newest` (NewerVersion otherwise, which
  /// says that `what` is too new).
  void requireFormat(const std::string& format, int newest, const std::string& what) const;

  [[noreturn]] void fail(const char* key, const std::string& expected) const;

 private:
  std::string m_file;
  nlohmann::json m_root;
};

}  // namespace kinora::models
