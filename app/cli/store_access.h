// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "app/runtime/paths.h"
#include "engine/credits/editions.h"
#include "engine/store/store.h"

namespace kinora::cli {

/// Edition catalogue and store of this user; creates the data folder.
struct Accounts {
  credits::EditionCatalogue editions;
  std::unique_ptr<store::Store> store;
};
core::Result<Accounts> openAccounts(const runtime::Paths& paths);

}  // namespace kinora::cli
