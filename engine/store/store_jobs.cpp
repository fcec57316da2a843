// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <random>

#include "engine/store/schema.h"
#include "engine/store/store.h"
#include "engine/store/store_impl.h"

namespace kinora::store {
namespace {

using core::Error;
using core::ErrorCode;
using core::JobId;
using core::JobState;

JobId newJobId() {
  std::random_device random;
  char id[16];
  std::snprintf(id, sizeof id, "j%06x%06x", random() & 0xFFFFFFu, random() & 0xFFFFFFu);
  return id;
}

JobState stateFromName(const std::string& name) {
  for (const JobState state : {JobState::Running, JobState::Done, JobState::Failed, JobState::Cancelled}) {
    if (name == core::jobStateName(state)) return state;
  }
  return JobState::Queued;
}

constexpr const char* kRecordColumns =
    "SELECT id, state, position, created_at, started_at, finished_at, spec, "
    "outcome, error_code, error_message, error_context FROM jobs LEFT JOIN results ON results.job = jobs.id ";

constexpr const char* kFrontPosition = "SELECT COALESCE(MIN(position), 1) - 1 FROM jobs WHERE state = 'queued'";
constexpr const char* kBackPosition = "SELECT COALESCE(MAX(position), 0) + 1 FROM jobs WHERE state = 'queued'";

core::JobRecord readRecord(const Statement& row) {
  core::JobRecord record;
  record.id = row.text(0);
  record.state = stateFromName(row.text(1));
  record.position = row.integer(2);
  record.createdAt = row.integer(3);
  record.startedAt = row.integer(4);
  record.finishedAt = row.integer(5);
  if (!row.isNull(8)) record.error = Error{core::codeFromName(row.text(8)), row.text(9), row.text(10)};
  if (auto spec = core::jobSpecFromJson(row.text(6))) {
    record.spec = std::move(spec).value();
  } else {
    record.spec.title = record.id;
    if (!record.error) record.error = spec.error();
  }
  if (!row.isNull(7)) {
    if (auto outcome = core::jobOutcomeFromJson(row.text(7))) {
      record.outcome = std::move(outcome).value();
    } else if (!record.error) {
      record.error = outcome.error();
    }
  }
  return record;
}

[[noreturn]] void refuse(ErrorCode code, std::string message, const JobId& id) {
  throw DatabaseError{{code, std::move(message), id}};
}

}  // namespace

JobId Store::Impl::insertJob(const core::JobSpec& spec, bool atFront, bool running) {
  if (spec.credits < 0)
    refuse(ErrorCode::InvalidInput, "credits; expected 0 or more, got " + std::to_string(spec.credits), {});
  Transaction transaction(database);
  if (const std::int64_t free = available(); spec.credits > free) {
    refuse(ErrorCode::NotEnoughCredits,
           std::to_string(spec.credits) + " credits are needed; " + std::to_string(free) + " are available", {});
  }
  const JobId id = newJobId();
  const std::int64_t now = nowMilliseconds();
  const std::int64_t position = atFront ? database.integer(kFrontPosition) : database.integer(kBackPosition);
  Statement insert(database,
                   "INSERT INTO jobs (id, kind, state, position, credits, spec, owner, created_at, started_at) "
                   "VALUES (?, ?, ?, ?, ?, ?, NULLIF(?, ''), ?, ?)");
  insert.bind(std::string_view(id)).bind(std::string_view(core::jobKindName(spec.kind)));
  insert.bind(std::string_view(running ? "running" : "queued")).bind(position);
  insert.bind(static_cast<std::int64_t>(spec.credits)).bind(std::string_view(core::toJson(spec)));
  insert.bind(std::string_view(running ? lock->token() : std::string())).bind(now);
  insert.bind(running ? now : std::int64_t{0}).run();
  if (spec.credits > 0) addEntry(EntryKind::Reserve, -spec.credits, id, spec.title);
  transaction.commit();
  return id;
}

core::Result<JobId> Store::addJob(const core::JobSpec& spec, bool atFront) {
  return guarded<JobId>(*m_impl, [&] { return m_impl->insertJob(spec, atFront, false); });
}

core::Result<JobId> Store::addRunningJob(const core::JobSpec& spec) {
  return guarded<JobId>(*m_impl, [&] { return m_impl->insertJob(spec, false, true); });
}

void Store::Impl::requireOpen(const JobId& id, bool mustRun) {
  Statement row(database, "SELECT state, owner FROM jobs WHERE id = ?");
  row.bind(std::string_view(id));
  if (!row.step()) refuse(ErrorCode::NotFound, "there is no such job", id);
  const std::string state = row.text(0);
  if (state == "running") {
    if (row.text(1) != lock->token()) refuse(ErrorCode::Busy, "another program runs this job", id);
    return;
  }
  if (state != "queued" || mustRun) {
    refuse(ErrorCode::InvalidInput,
           std::string("the job's state; expected ") + (mustRun ? "running" : "queued or running") + ", got " + state,
           id);
  }
}

core::Result<void> Store::startJob(const JobId& id) {
  return guarded<void>(*m_impl, [&] {
    Transaction transaction(m_impl->database);
    Statement update(m_impl->database,
                     "UPDATE jobs SET state = 'running', owner = ?, started_at = ? WHERE id = ? AND state = 'queued'");
    update.bind(std::string_view(m_impl->lock->token())).bind(nowMilliseconds()).bind(std::string_view(id)).run();
    if (m_impl->database.changes() == 0) {
      Statement known(m_impl->database, "SELECT state FROM jobs WHERE id = ?");
      known.bind(std::string_view(id));
      if (!known.step()) refuse(ErrorCode::NotFound, "there is no such job", id);
      refuse(ErrorCode::InvalidInput, "the job's state; expected queued, got " + known.text(0), id);
    }
    transaction.commit();
  });
}

core::Result<void> Store::finishJob(const JobId& id, const core::JobOutcome& outcome) {
  return guarded<void>(*m_impl, [&] {
    Impl& impl = *m_impl;
    Transaction transaction(impl.database);
    impl.requireOpen(id, true);
    Statement row(impl.database, "SELECT credits, spec FROM jobs WHERE id = ?");
    row.bind(std::string_view(id)).step();
    const std::int64_t credits = row.integer(0);
    const auto spec = core::jobSpecFromJson(row.text(1));
    Statement(impl.database, "UPDATE jobs SET state = 'done', owner = NULL, finished_at = ? WHERE id = ?")
        .bind(nowMilliseconds())
        .bind(std::string_view(id))
        .run();
    Statement(impl.database, "INSERT INTO results (job, outcome) VALUES (?, ?)")
        .bind(std::string_view(id))
        .bind(std::string_view(core::toJson(outcome)))
        .run();
    if (credits > 0) impl.addEntry(EntryKind::Settle, 0, id, spec ? spec->title : std::string());
    const auto total = outcome.timings.find("total");
    const bool measured = spec && spec->kind == core::JobKind::Generate && spec->work > 0 &&
                          total != outcome.timings.end() && total->second > 0 &&
                          outcome.resumedSteps == 0;  // else a part of the work only
    if (measured) {
      Statement(
          impl.database,
          "INSERT INTO rates (model, tflops_per_second, measured_at) VALUES (?, ?, ?) ON CONFLICT (model) DO UPDATE "
          "SET tflops_per_second = excluded.tflops_per_second, measured_at = excluded.measured_at")
          .bind(std::string_view(spec->request.model))
          .bind(spec->work / total->second)
          .bind(nowMilliseconds())
          .run();
    }
    transaction.commit();
  });
}

void Store::Impl::refund(const JobId& id, const std::string& note) {
  Statement row(database, "SELECT credits FROM jobs WHERE id = ?");
  row.bind(std::string_view(id)).step();
  if (const std::int64_t credits = row.integer(0); credits > 0) addEntry(EntryKind::Refund, credits, id, note);
}

void Store::Impl::endJob(const JobId& id, JobState state, const Error* error) {
  Statement(database, "UPDATE jobs SET state = ?, owner = NULL, finished_at = ? WHERE id = ?")
      .bind(std::string_view(core::jobStateName(state)))
      .bind(nowMilliseconds())
      .bind(std::string_view(id))
      .run();
  if (error) {
    Statement(database, "INSERT INTO results (job, error_code, error_message, error_context) VALUES (?, ?, ?, ?)")
        .bind(std::string_view(id))
        .bind(std::string_view(core::codeName(error->code)))
        .bind(std::string_view(error->message))
        .bind(std::string_view(error->context))
        .run();
  }
  refund(id, error ? core::codeName(error->code) : core::jobStateName(state));
}

core::Result<void> Store::failJob(const JobId& id, const Error& error) {
  return guarded<void>(*m_impl, [&] {
    Transaction transaction(m_impl->database);
    m_impl->requireOpen(id, false);
    m_impl->endJob(id, JobState::Failed, &error);
    transaction.commit();
  });
}

core::Result<void> Store::cancelJob(const JobId& id) {
  return guarded<void>(*m_impl, [&] {
    Transaction transaction(m_impl->database);
    m_impl->requireOpen(id, false);
    m_impl->endJob(id, JobState::Cancelled, nullptr);
    transaction.commit();
  });
}

core::Result<void> Store::requeueJob(const JobId& id) {
  return guarded<void>(*m_impl, [&] {
    Transaction transaction(m_impl->database);
    m_impl->requireOpen(id, true);
    Statement(m_impl->database,
              "UPDATE jobs SET state = 'queued', owner = NULL, started_at = 0, position = ? WHERE id = ?")
        .bind(m_impl->database.integer(kFrontPosition))
        .bind(std::string_view(id))
        .run();
    transaction.commit();
  });
}

core::Result<void> Store::moveJob(const JobId& id, const JobId& before) {
  return guarded<void>(*m_impl, [&] {
    Transaction transaction(m_impl->database);
    std::vector<JobId> order;
    Statement rows(m_impl->database, "SELECT id FROM jobs WHERE state = 'queued' ORDER BY position, seq");
    while (rows.step()) order.push_back(rows.text(0));
    const auto moved = std::find(order.begin(), order.end(), id);
    if (moved == order.end()) refuse(ErrorCode::InvalidInput, "only a queued job can be moved", id);
    if (id == before) return;
    order.erase(moved);
    const auto target = before.empty() ? order.end() : std::find(order.begin(), order.end(), before);
    if (!before.empty() && target == order.end())
      refuse(ErrorCode::InvalidInput, "a job can only be moved before a queued one", before);
    order.insert(target, id);
    for (std::size_t i = 0; i < order.size(); ++i) {
      Statement(m_impl->database, "UPDATE jobs SET position = ? WHERE id = ?")
          .bind(static_cast<std::int64_t>(i + 1))
          .bind(std::string_view(order[i]))
          .run();
    }
    transaction.commit();
  });
}

core::Result<void> Store::clearFinished() {
  return guarded<void>(
      *m_impl, [&] { m_impl->database.execute("DELETE FROM jobs WHERE state IN ('done', 'failed', 'cancelled')"); });
}

std::vector<core::JobRecord> Store::Impl::records(const std::string& where, const std::string* argument) {
  const std::string sql = kRecordColumns + where;
  Statement rows(database, sql.c_str());
  if (argument) rows.bind(std::string_view(*argument));
  std::vector<core::JobRecord> found;
  while (rows.step()) found.push_back(readRecord(rows));
  return found;
}

core::Result<core::JobRecord> Store::job(const JobId& id) const {
  return guarded<core::JobRecord>(*m_impl, [&] {
    auto found = m_impl->records("WHERE id = ?", &id);
    if (found.empty()) refuse(ErrorCode::NotFound, "there is no such job", id);
    return std::move(found.front());
  });
}

core::Result<std::vector<core::JobRecord>> Store::jobs(int mostEnded) const {
  return guarded<std::vector<core::JobRecord>>(*m_impl, [&] {
    // To SQLite a negative limit is none.
    return m_impl->records(
        "WHERE state IN ('queued', 'running') OR seq IN (SELECT seq FROM jobs WHERE state NOT IN ('queued', 'running') "
        "ORDER BY finished_at DESC, seq DESC LIMIT " +
            std::to_string(mostEnded) +
            ") ORDER BY CASE state WHEN 'queued' THEN 0 WHEN 'running' THEN 1 ELSE 2 END, "
            "CASE state WHEN 'queued' THEN position WHEN 'running' THEN started_at ELSE -finished_at END, "
            "CASE WHEN state IN ('queued', 'running') THEN seq ELSE -seq END",
        nullptr);
  });
}

core::Result<std::vector<core::JobRecord>> Store::queued(core::JobKind kind) const {
  return guarded<std::vector<core::JobRecord>>(*m_impl, [&] {
    const std::string name = core::jobKindName(kind);
    return m_impl->records("WHERE state = 'queued' AND kind = ? ORDER BY position, seq", &name);
  });
}

void Store::Impl::failOrphans(const std::string& owner, std::vector<JobId>& interrupted) {
  const Error error{ErrorCode::Interrupted, "the program that ran this job ended before the job did", {}};
  Transaction transaction(database);
  std::vector<JobId> orphans;
  Statement rows(database, "SELECT id FROM jobs WHERE state = 'running' AND owner = ? ORDER BY seq");
  rows.bind(std::string_view(owner));
  while (rows.step()) orphans.push_back(rows.text(0));
  for (const JobId& id : orphans) endJob(id, JobState::Failed, &error);
  transaction.commit();
  interrupted.insert(interrupted.end(), orphans.begin(), orphans.end());
}

core::Result<std::vector<JobId>> Store::recover() {
  return guarded<std::vector<JobId>>(*m_impl, [&] {
    std::vector<std::string> owners;
    Statement rows(m_impl->database, "SELECT DISTINCT owner FROM jobs WHERE state = 'running' ORDER BY owner");
    while (rows.step()) owners.push_back(rows.text(0));
    std::vector<JobId> interrupted;
    for (const std::string& owner : owners) {
      if (owner == m_impl->lock->token()) continue;
      const auto taken = OwnerLock::takeOver(m_impl->lockFolder, owner);
      if (!taken) throw DatabaseError{taken.error()};
      if (*taken) m_impl->failOrphans(owner, interrupted);
    }
    return interrupted;
  });
}

}  // namespace kinora::store
