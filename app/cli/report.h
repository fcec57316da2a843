// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/core/job.h"
#include "engine/core/progress.h"
#include "engine/core/result.h"

namespace kinora::cli {

/// Exit codes of kinora-cli.
enum Exit { kDone = 0, kFailed = 1, kUsage = 2, kNoCredits = 3, kNoMemory = 4, kCancelled = 130 };

Exit exitCode(core::ErrorCode code);

/// Where a command's words go: with json, one object a line on stdout; without, sentences (results on stdout, the rest
/// on stderr). One thread at a time.
class Report {
 public:
  explicit Report(bool json) : m_json(json) {}
  bool json() const { return m_json; }

  /// One JSON line; nothing without --json.
  void event(const nlohmann::json& object) const;
  /// A result line on stdout; nothing with --json.
  void line(const std::string& text) const;
  /// A remark on stderr.
  void note(const std::string& text) const;
  /// A bar with words behind it on stderr, where that is a terminal; nothing with --json. fraction 0..1.
  void bar(double fraction, const std::string& words);
  /// Progress: a JSON event, or a bar on stderr where that is a terminal.
  void progress(const core::JobId& job, const core::Progress& progress);
  /// Prints the error both ways and gives its exit code.
  Exit fail(const core::Error& error) const;

 private:
  void clearBar() const;
  bool m_json;
  mutable bool m_barShown = false;
};

/// "1:05"
std::string clockTime(double seconds);
/// "1.9 GiB"
std::string byteText(std::uint64_t bytes);

}  // namespace kinora::cli
