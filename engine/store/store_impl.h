// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/store/database.h"
#include "engine/store/owner_lock.h"
#include "engine/store/store.h"

namespace kinora::store {

struct Store::Impl {
  Impl(const std::string& file, int busyMilliseconds) : database(file, busyMilliseconds) {}

  std::mutex mutex;
  Database database;
  std::string lockFolder;
  std::unique_ptr<OwnerLock> lock;  ///< its token marks the jobs that this Store runs

  core::JobId insertJob(const core::JobSpec& spec, bool atFront, bool running);
  void addEntry(EntryKind kind, std::int64_t amount, const std::string& job, const std::string& note);
  std::int64_t available();
  /// Ends a queued or own running job in state; its credits return. Throws DatabaseError.
  void endJob(const core::JobId& id, core::JobState state, const core::Error* error);
  void refund(const core::JobId& id, const std::string& note);
  /// Throws NotFound, InvalidInput (ended, or queued where only running will do) or Busy (another Store's).
  void requireOpen(const core::JobId& id, bool mustRun);
  void failOrphans(const std::string& owner, std::vector<core::JobId>& interrupted);
  std::vector<core::JobRecord> records(const std::string& where, const std::string* argument);
};

/// Runs work under the lock; what it throws becomes the result.
template <class T, class Impl, class Work>
core::Result<T> guarded(Impl& impl, Work work) {
  const std::lock_guard lock(impl.mutex);
  try {
    if constexpr (std::is_void_v<T>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const DatabaseError& e) {
    return e.error;
  } catch (const std::bad_alloc&) {
    return core::Error{core::ErrorCode::OutOfMemory, "not enough memory to use the database", impl.database.file()};
  } catch (const std::exception& e) {
    return core::Error{core::ErrorCode::Internal, e.what(), impl.database.file()};
  }
}

}  // namespace kinora::store
