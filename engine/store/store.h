// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/job.h"
#include "engine/core/result.h"

namespace kinora::store {

enum class EntryKind { Grant, Reserve, Settle, Refund };
/// "grant", "reserve", "settle", "refund"
const char* entryKindName(EntryKind kind);

/// One line of the append-only ledger. The balance is the sum of all amounts: Grant adds; Reserve takes the price away;
/// Settle is 0 and says that the reserve was spent; Refund adds the reserve back.
struct LedgerEntry {
  std::int64_t id = 0;
  std::int64_t time = 0;  ///< Unix milliseconds
  EntryKind kind = EntryKind::Grant;
  std::int64_t amount = 0;  ///< signed credits
  core::JobId job;          ///< empty for grants
  std::string note;
  std::int64_t balance = 0;  ///< sum up to and with this entry
};

struct Balance {
  std::int64_t balance = 0;    ///< grants less what was settled: available + reserved
  std::int64_t reserved = 0;   ///< held by queued and running jobs
  std::int64_t available = 0;  ///< what a new job may take
};

/// The one SQLite database: queue, ledger and history (WAL, foreign keys on, migrations by user_version).
/// Thread-safe: calls are serialised inside. Several processes may hold it open; each job that runs is owned by one
/// process, and recover() gives back the jobs of processes that have died.
class Store {
 public:
  /// Opens or creates file; grants welcomeGrant once, at creation. NewerVersion, Corrupt, NotWritable or Busy on
  /// failure.
  static core::Result<std::unique_ptr<Store>> open(const std::string& file, int welcomeGrant);
  ~Store();

  /// One transaction: a queued job (atFront: before all others) and, if spec.credits > 0, its reserve. NotEnoughCredits
  /// leaves no trace.
  core::Result<core::JobId> addJob(const core::JobSpec& spec, bool atFront = false);
  /// The same, but running and owned by this process at once, so that no other queue picks it up.
  core::Result<core::JobId> addRunningJob(const core::JobSpec& spec);
  /// Queued -> Running, owned by this Store. InvalidInput if it is not queued any more.
  core::Result<void> startJob(const core::JobId& id);
  /// Running -> Done and settle, one transaction. InvalidInput if it does not run, Busy if another Store runs it.
  core::Result<void> finishJob(const core::JobId& id, const core::JobOutcome& outcome);
  /// Running or Queued -> Failed and refund, one transaction. Errors as finishJob.
  core::Result<void> failJob(const core::JobId& id, const core::Error& error);
  /// Running or Queued -> Cancelled and refund, one transaction. Errors as finishJob.
  core::Result<void> cancelJob(const core::JobId& id);
  /// Running -> Queued, before all others; its reserve stays. Errors as finishJob.
  core::Result<void> requeueJob(const core::JobId& id);
  /// Puts a queued job before another (empty: at the end).
  core::Result<void> moveJob(const core::JobId& id, const core::JobId& before);
  /// Forgets finished, failed and cancelled jobs; ledger entries stay.
  core::Result<void> clearFinished();

  core::Result<core::JobRecord> job(const core::JobId& id) const;
  /// Queued in order, then running, then ended, newest first and no more than mostEnded (< 0: all) of them. A job whose
  /// stored spec cannot be read has error Corrupt.
  core::Result<std::vector<core::JobRecord>> jobs(int mostEnded = -1) const;
  /// The queued jobs of the kind, in order.
  core::Result<std::vector<core::JobRecord>> queued(core::JobKind kind) const;

  /// Jobs marked running whose process is gone become Failed(Interrupted) and their credits return. Gives their ids.
  core::Result<std::vector<core::JobId>> recover();

  core::Result<Balance> balance() const;
  core::Result<std::vector<LedgerEntry>> ledger() const;
  core::Result<void> grant(std::int64_t amount, const std::string& note);

  /// TFLOP per second of the model's last generation that was done in one go (spec.work / total seconds); 0 if none
  /// yet.
  core::Result<double> measuredRate(const std::string& model) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::store
