// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/store_access.h"

#include <filesystem>

namespace kinora::cli {

core::Result<Accounts> openAccounts(const runtime::Paths& paths) {
  auto editions = credits::EditionCatalogue::load(paths.editions());
  if (!editions) return editions.error();
  std::error_code error;
  std::filesystem::create_directories(paths.data, error);
  if (error) {
    return core::Error{
        core::ErrorCode::NotWritable,
        "the data folder cannot be made: " + error.message() + "; set KINORA_DATA_DIR to a folder you may write",
        paths.data};
  }
  auto store = store::Store::open(paths.store(), editions->welcomeGrant());
  if (!store) return store.error();
  return Accounts{std::move(editions).value(), std::move(store).value()};
}

}  // namespace kinora::cli
