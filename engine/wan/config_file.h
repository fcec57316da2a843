// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/result.h"

namespace kinora::wan {

/// Reads typed fields of one JSON config file of a model. The first fault sticks: later reads return harmless defaults,
/// so that a reader can take all fields in a row and ask once for status(). Not thread-safe.
class ConfigFile {
 public:
  static constexpr std::uint64_t kMaxBytes = 1u << 20;
  static constexpr std::int64_t kMaxSize = 1 << 24;  ///< of any dimension a config names

  /// Errors: NotFound, Unreadable, Corrupt (not a JSON object, or over kMaxBytes).
  static core::Result<ConfigFile> open(const std::string& path);
  ConfigFile(ConfigFile&&) noexcept;
  ConfigFile& operator=(ConfigFile&&) noexcept;
  ~ConfigFile();

  const std::string& path() const;
  /// True for a key that is there and not null.
  bool has(const char* key) const;

  // Each refuses a missing key, a wrong type and a value outside the range: Corrupt, naming file and key.
  std::int64_t integer(const char* key, std::int64_t least = 1, std::int64_t most = kMaxSize);
  double number(const char* key, double least, double most);
  bool flag(const char* key);
  std::string text(const char* key);
  std::vector<std::int64_t> integers(const char* key, std::size_t count, std::int64_t least = 1,
                                     std::int64_t most = kMaxSize);
  std::vector<double> numbers(const char* key, std::size_t count);
  std::vector<bool> flags(const char* key, std::size_t count);
  /// Entries of a list whose length the config decides.
  std::size_t listSize(const char* key, std::size_t least, std::size_t most);

  // As above; a missing or null key gives the fallback.
  std::optional<std::int64_t> optionalInteger(const char* key, std::int64_t least = 1, std::int64_t most = kMaxSize);
  std::optional<double> optionalNumber(const char* key, double least, double most);
  bool flagOr(const char* key, bool fallback);
  std::string textOr(const char* key, const char* fallback);

  /// The class and, in model_index.json, the library of a component; "" for [null, null] or a missing key.
  std::string component(const char* key);

  /// Says that key holds something we cannot use: "<key>; expected <expected>, got <value>".
  void refuse(const char* key, const std::string& expected, core::ErrorCode code = core::ErrorCode::Unsupported);
  /// Refuses unless the key holds wanted (or is missing, where missingIsFine).
  void requireText(const char* key, const char* wanted, bool missingIsFine = false);
  void requireFlag(const char* key, bool wanted, bool missingIsFine = false);

  /// The first fault, if any.
  core::Result<void> status() const;

 private:
  struct Impl;
  explicit ConfigFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::wan
