// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/database.h"

#include <sqlite3.h>

namespace kinora::store {
namespace {

using core::ErrorCode;

ErrorCode codeFor(int result) {
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::Busy;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return ErrorCode::Corrupt;
    case SQLITE_FULL:
      return ErrorCode::DiskFull;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::NotWritable;
    case SQLITE_IOERR:
      return ErrorCode::Unreadable;
    case SQLITE_NOMEM:
      return ErrorCode::OutOfMemory;
    default:
      return ErrorCode::Internal;
  }
}

}  // namespace

Database::Database(const std::string& file, int busyMilliseconds) : m_file(file) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(file.c_str(), &m_handle, flags, nullptr);
  if (result == SQLITE_OK) {
    sqlite3_extended_result_codes(m_handle, 1);
    sqlite3_busy_timeout(m_handle, busyMilliseconds);
    return;
  }
  const std::string reason = m_handle ? sqlite3_errmsg(m_handle) : sqlite3_errstr(result);
  sqlite3_close(m_handle);
  throw DatabaseError{{codeFor(result), "the database cannot be opened: " + reason, file}};
}

Database::~Database() {
  sqlite3_close(m_handle);
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(m_handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("changed");
}

std::int64_t Database::integer(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

int Database::changes() const {
  return sqlite3_changes(m_handle);
}

void Database::fail(const char* doing) const {
  const ErrorCode code = codeFor(sqlite3_extended_errcode(m_handle));
  std::string message = std::string("the database cannot be ") + doing + ": " + sqlite3_errmsg(m_handle);
  if (code == ErrorCode::Busy) message = "the database is in use by another program that does not let go of it";
  throw DatabaseError{{code, message, m_file}};
}

Statement::Statement(Database& database, const char* sql) : m_database(database) {
  if (sqlite3_prepare_v2(database.handle(), sql, -1, &m_statement, nullptr) != SQLITE_OK) database.fail("asked");
}

Statement::~Statement() {
  sqlite3_finalize(m_statement);
}

Statement& Statement::bind(std::int64_t value) {
  if (sqlite3_bind_int64(m_statement, ++m_bound, value) != SQLITE_OK) m_database.fail("asked");
  return *this;
}

Statement& Statement::bind(double value) {
  if (sqlite3_bind_double(m_statement, ++m_bound, value) != SQLITE_OK) m_database.fail("asked");
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  const char* data = value.data() ? value.data() : "";  // a null pointer would bind NULL
  const int result = sqlite3_bind_text64(m_statement, ++m_bound, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (result != SQLITE_OK) m_database.fail("asked");
  return *this;
}

Statement& Statement::bindNull() {
  if (sqlite3_bind_null(m_statement, ++m_bound) != SQLITE_OK) m_database.fail("asked");
  return *this;
}

bool Statement::step() {
  const int result = sqlite3_step(m_statement);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) m_database.fail("used");
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(m_statement, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(m_statement, column);
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(m_statement, column));
  return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column))) : std::string();
}

bool Statement::isNull(int column) const {
  return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

Transaction::Transaction(Database& database) : m_database(database) {
  database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // SQLite may have rolled back by itself (disk full); then there is nothing left to do.
  if (m_open && sqlite3_get_autocommit(m_database.handle()) == 0)
    sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  m_database.execute("COMMIT");
  m_open = false;
}

}  // namespace kinora::store
