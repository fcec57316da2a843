// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "engine/store/schema.h"
#include "engine/store/store_impl.h"

namespace kinora::store {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;

constexpr int kBusyMilliseconds = 5000;

}  // namespace

const char* entryKindName(EntryKind kind) {
  switch (kind) {
    case EntryKind::Grant:
      return "grant";
    case EntryKind::Reserve:
      return "reserve";
    case EntryKind::Settle:
      return "settle";
    case EntryKind::Refund:
      return "refund";
  }
  return "grant";
}

namespace {

EntryKind entryKindFromName(const std::string& name) {
  for (const EntryKind kind : {EntryKind::Reserve, EntryKind::Settle, EntryKind::Refund}) {
    if (name == entryKindName(kind)) return kind;
  }
  return EntryKind::Grant;
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Store::~Store() = default;

core::Result<std::unique_ptr<Store>> Store::open(const std::string& file, int welcomeGrant) {
  try {
    const fs::path path = fs::absolute(file);
    auto impl = std::make_unique<Impl>(path.string(), kBusyMilliseconds);
    prepareSchema(impl->database, welcomeGrant);
    impl->lockFolder = (path.parent_path() / "run").string();
    auto lock = OwnerLock::create(impl->lockFolder);
    if (!lock) return lock.error();
    impl->lock = std::move(lock).value();
    return std::unique_ptr<Store>(new Store(std::move(impl)));
  } catch (const DatabaseError& e) {
    return e.error;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Internal, e.what(), file};
  }
}

void Store::Impl::addEntry(EntryKind kind, std::int64_t amount, const std::string& job, const std::string& note) {
  Statement insert(database,
                   "INSERT INTO ledger (id, time, kind, amount, job, note) "
                   "SELECT COALESCE(MAX(id), 0) + 1, ?, ?, ?, NULLIF(?, ''), ? FROM ledger");
  insert.bind(nowMilliseconds()).bind(std::string_view(entryKindName(kind))).bind(amount);
  insert.bind(std::string_view(job)).bind(std::string_view(note)).run();
}

std::int64_t Store::Impl::available() {
  return database.integer("SELECT COALESCE(SUM(amount), 0) FROM ledger");
}

core::Result<Balance> Store::balance() const {
  return guarded<Balance>(*m_impl, [&] {
    // One statement, so that both sums are of the same moment.
    Statement sums(m_impl->database,
                   "SELECT (SELECT COALESCE(SUM(amount), 0) FROM ledger), "
                   "(SELECT COALESCE(SUM(credits), 0) FROM jobs WHERE state IN ('queued', 'running'))");
    sums.step();
    Balance balance;
    balance.available = sums.integer(0);
    balance.reserved = sums.integer(1);
    balance.balance = balance.available + balance.reserved;
    return balance;
  });
}

core::Result<std::vector<LedgerEntry>> Store::ledger() const {
  return guarded<std::vector<LedgerEntry>>(*m_impl, [&] {
    Statement rows(m_impl->database,
                   "SELECT id, time, kind, amount, job, note, SUM(amount) OVER (ORDER BY id) FROM ledger ORDER BY id");
    std::vector<LedgerEntry> entries;
    while (rows.step()) {
      entries.push_back({rows.integer(0), rows.integer(1), entryKindFromName(rows.text(2)), rows.integer(3),
                         rows.text(4), rows.text(5), rows.integer(6)});
    }
    return entries;
  });
}

core::Result<void> Store::grant(std::int64_t amount, const std::string& note) {
  constexpr std::int64_t kMostCredits = 1'000'000'000;
  if (amount <= 0 || amount > kMostCredits) {
    return Error{ErrorCode::InvalidInput,
                 "grant; expected 1…" + std::to_string(kMostCredits) + " credits, got " + std::to_string(amount),
                 {}};
  }
  return guarded<void>(*m_impl, [&] {
    Transaction transaction(m_impl->database);
    m_impl->addEntry(EntryKind::Grant, amount, {}, note);
    transaction.commit();
  });
}

core::Result<double> Store::measuredRate(const std::string& model) const {
  return guarded<double>(*m_impl, [&] {
    Statement row(m_impl->database, "SELECT tflops_per_second FROM rates WHERE model = ?");
    row.bind(std::string_view(model));
    return row.step() ? row.real(0) : 0.0;
  });
}

}  // namespace kinora::store
