// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/core/job.h"
#include "engine/core/result.h"

namespace kinora::jobs {

/// What generations keep on disk while they run: one folder a job with its journal (engine/pipeline/journal.h), gone
/// when the job ends well. What is left belongs to jobs that can go on where they stopped. Stateless; any thread, any
/// process.
class JobFolders {
 public:
  /// Folders kept at most; a new one pushes the oldest out.
  static constexpr int kMostKept = 12;

  /// root: data/jobs; made when needed. Empty: no job left anything.
  explicit JobFolders(std::string root) : m_root(std::move(root)) {}

  /// Where the job keeps its journal.
  std::string path(const core::JobId& id) const { return m_root + "/" + id; }
  /// Whether the job left something to go on with.
  bool canResume(const core::JobId& id) const;
  /// The jobs that ended before they were done, left something to go on with and are not being resumed.
  std::set<core::JobId> resumable(const std::vector<core::JobRecord>& jobs) const;
  /// Makes a's folder b's: b goes on where a stopped, and nobody else can. NotFound: a left nothing.
  core::Result<void> hand(const core::JobId& a, const core::JobId& b) const;
  void remove(const core::JobId& id) const;
  /// Removes all folders but the `kept` that were written to last.
  void trim(int kept = kMostKept) const;

 private:
  std::string m_root;
};

}  // namespace kinora::jobs
