// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/weight_file.h"

#include "engine/weights/gguf.h"
#include "engine/weights/safetensors_header.h"
#include "engine/weights/torch_archive.h"
#include "engine/weights/zip_directory.h"

namespace kinora::weights {
namespace {

using core::Error;
using core::Result;

Result<WeightHeader> parse(FileFormat format, std::span<const std::byte> file) {
  switch (format) {
    case FileFormat::Gguf:
      return parseGguf(file);
    case FileFormat::Torch:
      return parseTorchArchive(file);
    case FileFormat::Safetensors:
      return parseSafetensors(file);
  }
  return parseSafetensors(file);
}

}  // namespace

const char* formatName(FileFormat format) {
  switch (format) {
    case FileFormat::Gguf:
      return "GGUF";
    case FileFormat::Torch:
      return "torch";
    case FileFormat::Safetensors:
      return "safetensors";
  }
  return "safetensors";
}

std::optional<FileFormat> sniffFormat(std::span<const std::byte> file) {
  if (looksLikeGguf(file)) return FileFormat::Gguf;
  if (looksLikeZip(file)) return FileFormat::Torch;
  if (looksLikeSafetensors(file)) return FileFormat::Safetensors;
  return std::nullopt;
}

WeightFile::WeightFile(std::string path, FileFormat format, MappedFile map, WeightHeader header)
    : m_path(std::move(path)), m_format(format), m_map(std::move(map)), m_header(std::move(header)) {
  for (const TensorInfo& info : m_header.tensors) m_index.emplace(info.name, &info);
}

Result<std::shared_ptr<const WeightFile>> WeightFile::open(const std::string& path) {
  auto map = MappedFile::open(path);
  if (!map) return map.error();
  const auto format = sniffFormat(map->bytes());
  // The safetensors reader says best what is wrong with a file that is none of them.
  auto header = parse(format.value_or(FileFormat::Safetensors), map->bytes());
  if (!header) {
    const std::string hint = format ? "" : "not a safetensors, GGUF or torch file: ";
    return Error{header.error().code, hint + header.error().message, path};
  }
  return std::shared_ptr<const WeightFile>(
      new WeightFile(path, format.value_or(FileFormat::Safetensors), std::move(*map), std::move(*header)));
}

const TensorInfo* WeightFile::find(std::string_view name) const {
  const auto found = m_index.find(name);
  return found == m_index.end() ? nullptr : found->second;
}

const ArrayInfo* WeightFile::array(std::string_view key) const {
  const auto found = m_header.arrays.find(key);
  return found == m_header.arrays.end() ? nullptr : &found->second;
}

}  // namespace kinora::weights
