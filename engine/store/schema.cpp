// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/schema.h"

#include <sqlite3.h>

#include <chrono>
#include <iterator>

namespace kinora::store {
namespace {

using core::ErrorCode;

/// "KNRA": tells our files from other SQLite databases.
constexpr std::int64_t kApplicationId = 0x4B4E5241;

constexpr const char* kVersion1 = R"sql(
PRAGMA application_id = 1263424065;

CREATE TABLE jobs (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT    NOT NULL UNIQUE,
  kind        TEXT    NOT NULL CHECK (kind IN ('generate', 'export')),
  state       TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  position    INTEGER NOT NULL,
  credits     INTEGER NOT NULL CHECK (credits >= 0),
  spec        TEXT    NOT NULL,
  owner       TEXT    CHECK ((owner IS NOT NULL) = (state = 'running')),
  created_at  INTEGER NOT NULL,
  started_at  INTEGER NOT NULL DEFAULT 0,
  finished_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, position);

CREATE TABLE results (
  job           TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  outcome       TEXT,
  error_code    TEXT,
  error_message TEXT,
  error_context TEXT,
  CHECK ((outcome IS NULL) <> (error_code IS NULL))
) STRICT;

-- Entries outlive the jobs they name, so job is no foreign key.
CREATE TABLE ledger (
  id     INTEGER PRIMARY KEY NOT NULL,
  time   INTEGER NOT NULL,
  kind   TEXT    NOT NULL,
  amount INTEGER NOT NULL,
  job    TEXT,
  note   TEXT    NOT NULL DEFAULT '',
  CHECK (CASE kind WHEN 'grant'   THEN amount > 0 AND job IS NULL
                   WHEN 'reserve' THEN amount < 0 AND job IS NOT NULL
                   WHEN 'settle'  THEN amount = 0 AND job IS NOT NULL
                   WHEN 'refund'  THEN amount > 0 AND job IS NOT NULL
                   ELSE 0 END)
) STRICT;
CREATE UNIQUE INDEX ledger_reserved_once ON ledger (job) WHERE kind = 'reserve';
CREATE UNIQUE INDEX ledger_closed_once ON ledger (job) WHERE kind IN ('settle', 'refund');

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- INSERT OR REPLACE would delete without firing the trigger above. Every insert names its id.
CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 FROM ledger WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE rates (
  model             TEXT PRIMARY KEY,
  tflops_per_second REAL NOT NULL,
  measured_at       INTEGER NOT NULL
) STRICT;
)sql";

/// Step i leads from version i to i + 1.
constexpr const char* kSteps[] = {kVersion1};
static_assert(std::size(kSteps) == kSchemaVersion);

[[noreturn]] void refuse(const Database& database, ErrorCode code, std::string message) {
  throw DatabaseError{{code, std::move(message), database.file()}};
}

void checkIsOurs(Database& database, std::int64_t version) {
  if (version > kSchemaVersion) {
    refuse(database, ErrorCode::NewerVersion,
           "the database has version " + std::to_string(version) + "; this Kinora reads up to version " +
               std::to_string(kSchemaVersion));
  }
  const bool empty = database.integer("SELECT COUNT(*) FROM sqlite_master") == 0;
  const bool ours = database.integer("PRAGMA application_id") == kApplicationId;
  if (version < 0 || (!ours && !(empty && version == 0)))
    refuse(database, ErrorCode::Corrupt, "this SQLite database is not Kinora's");
}

void migrate(Database& database, int welcomeGrant) {
  Transaction transaction(database);
  const std::int64_t version = database.integer("PRAGMA user_version");
  checkIsOurs(database, version);
  if (version == kSchemaVersion) return;
  for (std::int64_t step = version; step < kSchemaVersion; ++step) database.execute(kSteps[step]);
  const std::string set = "PRAGMA user_version = " + std::to_string(kSchemaVersion);
  database.execute(set.c_str());
  if (version == 0 && welcomeGrant > 0) {
    Statement(database, "INSERT INTO ledger (id, time, kind, amount, note) VALUES (1, ?, 'grant', ?, 'welcome')")
        .bind(nowMilliseconds())
        .bind(static_cast<std::int64_t>(welcomeGrant))
        .run();
  }
  transaction.commit();
}

}  // namespace

std::int64_t nowMilliseconds() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void prepareSchema(Database& database, int welcomeGrant) {
  if (sqlite3_db_readonly(database.handle(), "main") == 1)
    refuse(database, ErrorCode::NotWritable, "the database may not be written");
  // Looked at first, so that a newer or foreign file is left as it is.
  const std::int64_t version = database.integer("PRAGMA user_version");
  checkIsOurs(database, version);
  database.execute("PRAGMA foreign_keys = ON");
  database.execute("PRAGMA journal_mode = WAL");
  // A reserve that was reported must survive a power cut.
  database.execute("PRAGMA synchronous = FULL");
  // Without a write lock where there is nothing to do: a window opens while another process is writing.
  if (version < kSchemaVersion) migrate(database, welcomeGrant);
}

}  // namespace kinora::store
