// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/model_manifest.h"

#include "engine/wan/config_file.h"

namespace kinora::wan {

core::Result<std::optional<bool>> readDrawsFirstFrame(const std::string& path) {
  constexpr const char* kKey = "draws_first_frame";
  auto file = ConfigFile::open(path);
  if (!file && file.error().code == core::ErrorCode::NotFound) return std::optional<bool>();
  if (!file) return file.error();
  if (!file->has(kKey)) return std::optional<bool>();
  const bool value = file->flag(kKey);
  if (auto status = file->status(); !status) return status.error();
  return std::optional<bool>(value);
}

}  // namespace kinora::wan
