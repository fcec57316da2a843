// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/zip_directory.h"

#include <algorithm>
#include <set>
#include <string>

#include "engine/weights/byte_reader.h"

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kEnd64Locator = 0x07064b50;
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kLocatorBytes = 20;
constexpr std::uint64_t kMaxComment = 65535;
constexpr std::uint64_t kMaxEntries = 1u << 20;
constexpr std::uint32_t kIn64 = 0xffffffff;  ///< "the value is in the zip64 record"

Error corrupt(std::string message) {
  return {ErrorCode::Corrupt, "zip archive: " + std::move(message), {}};
}

std::string quoted(std::string_view name) {
  return "\"" + std::string(name.substr(0, 200)) + "\"";
}

/// Where the end record starts; the file's size if there is none.
std::uint64_t findEnd(Bytes file) {
  const std::uint64_t size = file.size();
  for (std::uint64_t comment = 0; comment <= kMaxComment && comment + kEndBytes <= size; ++comment) {
    const std::uint64_t at = size - kEndBytes - comment;
    ByteReader record(file, at);
    if (record.number<std::uint32_t>() != kEnd) continue;
    record.skip(16);
    if (record.number<std::uint16_t>() == comment) return at;
  }
  return size;
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t begin = 0;
};

Result<Directory> findDirectory(Bytes file) {
  const std::uint64_t end = findEnd(file);
  if (end == file.size()) return corrupt("no end record; the file is cut off");
  ByteReader record(file, end + 10);
  Directory directory;
  directory.entries = record.number<std::uint16_t>();
  directory.bytes = record.number<std::uint32_t>();
  directory.begin = record.number<std::uint32_t>();
  if (end >= kLocatorBytes) {
    ByteReader locator(file, end - kLocatorBytes);
    if (locator.number<std::uint32_t>() == kEnd64Locator) {
      locator.skip(4);
      ByteReader large(file, locator.number<std::uint64_t>());
      if (large.number<std::uint32_t>() != kEnd64) return corrupt("the zip64 end record is not where it should be");
      large.skip(28);
      directory.entries = large.number<std::uint64_t>();
      directory.bytes = large.number<std::uint64_t>();
      directory.begin = large.number<std::uint64_t>();
      if (large.failed()) return corrupt("the zip64 end record is cut off");
    }
  }
  if (directory.entries > kMaxEntries) return corrupt("too many entries; expected at most 1048576");
  if (directory.begin > end || directory.bytes > end - directory.begin) {
    return corrupt("the directory lies outside the file");
  }
  return directory;
}

/// Fields of a central record that zip64 may move to an extra field, in the order they have there.
struct Sizes {
  std::uint64_t plain = 0;
  std::uint64_t packed = 0;
  std::uint64_t header = 0;
};

void readZip64Extra(Bytes file, std::uint64_t at, std::uint64_t length, Sizes& sizes) {
  ByteReader extra(file.first(at + length), at);
  while (extra.left() >= 4) {
    const auto id = extra.number<std::uint16_t>();
    const auto bytes = extra.number<std::uint16_t>();
    if (id != 1) {
      extra.skip(bytes);
      continue;
    }
    for (std::uint64_t* field : {&sizes.plain, &sizes.packed, &sizes.header}) {
      if (*field == kIn64) *field = extra.number<std::uint64_t>();
    }
    return;
  }
}

/// Reads the record that the cursor is at and goes behind it.
Result<ZipEntry> readEntry(Bytes file, ByteReader& central) {
  if (central.number<std::uint32_t>() != kCentralHeader) return corrupt("a directory record is damaged");
  central.skip(4);
  const auto flags = central.number<std::uint16_t>();
  const auto method = central.number<std::uint16_t>();
  central.skip(8);
  Sizes sizes;
  sizes.packed = central.number<std::uint32_t>();
  sizes.plain = central.number<std::uint32_t>();
  const auto nameBytes = central.number<std::uint16_t>();
  const auto extraBytes = central.number<std::uint16_t>();
  const auto commentBytes = central.number<std::uint16_t>();
  central.skip(8);
  sizes.header = central.number<std::uint32_t>();
  ZipEntry entry;
  entry.name = central.text(nameBytes);
  const std::uint64_t extraAt = central.position();
  central.skip(extraBytes);
  central.skip(commentBytes);
  if (central.failed()) return corrupt("the directory is cut off");
  readZip64Extra(file, extraAt, extraBytes, sizes);

  if (flags & 1) return Error{ErrorCode::Unsupported, "zip archive: " + quoted(entry.name) + " is encrypted", {}};
  if (method != 0 || sizes.packed != sizes.plain) {
    return Error{ErrorCode::Unsupported,
                 "zip archive: " + quoted(entry.name) + " is compressed; expected a stored entry, as torch writes them",
                 {}};
  }
  ByteReader local(file, sizes.header);
  if (local.number<std::uint32_t>() != kLocalHeader) return corrupt(quoted(entry.name) + " is not where it should be");
  local.skip(22);
  const auto localName = local.number<std::uint16_t>();
  const auto localExtra = local.number<std::uint16_t>();
  if (local.text(localName) != entry.name) return corrupt(quoted(entry.name) + " has another name at its place");
  local.skip(localExtra);
  if (local.failed() || sizes.plain > local.left()) return corrupt(quoted(entry.name) + " ends behind the file");
  entry.begin = local.position();
  entry.end = entry.begin + sizes.plain;
  return entry;
}

}  // namespace

bool looksLikeZip(std::span<const std::byte> file) {
  return ByteReader(file).text(4) == "PK\x03\x04";
}

Result<std::vector<ZipEntry>> readZipDirectory(Bytes file) {
  const auto directory = findDirectory(file);
  if (!directory) return directory.error();
  ByteReader central(file.first(directory->begin + directory->bytes), directory->begin);
  std::vector<ZipEntry> entries;
  std::set<std::string_view> names;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    auto entry = readEntry(file, central);
    if (!entry) return entry.error();
    if (!names.insert(entry->name).second) return corrupt("duplicate name " + quoted(entry->name));
    entries.push_back(*entry);
  }
  std::vector<ZipEntry> byPlace = entries;
  std::sort(byPlace.begin(), byPlace.end(), [](const ZipEntry& a, const ZipEntry& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < byPlace.size(); ++i) {
    if (byPlace[i].begin < byPlace[i - 1].end) return corrupt(quoted(byPlace[i].name) + " overlaps another entry");
  }
  return entries;
}

}  // namespace kinora::weights
