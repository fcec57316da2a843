// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace kinora::weights {

/// One stored file of a zip archive; its bytes lie in the archive as they are.
struct ZipEntry {
  std::string_view name;    ///< points into the archive
  std::uint64_t begin = 0;  ///< counted from the start of the archive
  std::uint64_t end = 0;
};

bool looksLikeZip(std::span<const std::byte> file);

/// Reads the central directory (PKWARE APPNOTE 6.3, with zip64). Nothing is ever unpacked: an archive with a compressed
/// or encrypted entry is refused, as are duplicate names, entries that overlap and entries outside the file. Errors:
/// Corrupt, Unsupported.
core::Result<std::vector<ZipEntry>> readZipDirectory(std::span<const std::byte> file);

}  // namespace kinora::weights
