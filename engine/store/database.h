// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/core/result.h"

struct sqlite3;
struct sqlite3_stmt;

// A thin layer over SQLite's C interface. Failures are thrown as DatabaseError and stay inside engine/store.
namespace kinora::store {

struct DatabaseError {
  core::Error error;
};

/// An open connection. One thread at a time.
class Database {
 public:
  /// Opens or creates file; waits up to busyMilliseconds for locks of other processes.
  Database(const std::string& file, int busyMilliseconds);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  sqlite3* handle() const { return m_handle; }
  const std::string& file() const { return m_file; }
  /// Runs statements that give no rows.
  void execute(const char* sql);
  std::int64_t integer(const char* sql);
  /// Rows changed by the last statement.
  int changes() const;
  /// Throws what the connection's last error code stands for.
  [[noreturn]] void fail(const char* doing) const;

 private:
  std::string m_file;
  sqlite3* m_handle = nullptr;
};

/// One prepared statement: bind in order, step, read columns.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(std::string_view value);
  Statement& bindNull();

  /// True if there is a row to read.
  bool step();
  /// For statements without rows.
  void run();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool isNull(int column) const;

 private:
  Database& m_database;
  sqlite3_stmt* m_statement = nullptr;
  int m_bound = 0;
};

/// BEGIN IMMEDIATE (writers queue up here, not in the middle); rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& m_database;
  bool m_open = true;
};

}  // namespace kinora::store
