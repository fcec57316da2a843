// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/store/database.h"

namespace kinora::store {

inline constexpr int kSchemaVersion = 1;

/// Sets the connection up and brings the schema to kSchemaVersion, step by step in one transaction; a new database gets
/// welcomeGrant. Throws DatabaseError: NewerVersion, Corrupt (not ours), NotWritable, Busy.
void prepareSchema(Database& database, int welcomeGrant);

/// Now, in Unix milliseconds.
std::int64_t nowMilliseconds();

}  // namespace kinora::store
