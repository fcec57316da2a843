// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/text_cache.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"

namespace kinora::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRows = "rows";

/// FNV-1a, 64 bit, as 16 hex digits.
std::string digest(const void* data, std::size_t bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto* at = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < bytes; ++i) hash = (hash ^ at[i]) * 0x100000001b3u;
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

std::string digest(const at::Tensor& rows) {
  return digest(rows.const_data_ptr(), rows.nbytes());
}

std::string fileLine(const fs::path& path) {
  std::error_code failure;
  const auto size = fs::file_size(path, failure);
  if (failure) return path.string() + "\n";
  const auto changed = fs::last_write_time(path, failure).time_since_epoch().count();
  return path.string() + " " + std::to_string(size) + " " + std::to_string(changed) + "\n";
}

}  // namespace

std::string filesAsTheyAre(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) {
    std::vector<fs::path> files;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(path, failure)) files.push_back(entry.path());
    if (failure) files = {path};
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) text += fileLine(fs::absolute(file));
  }
  return text;
}

TextCache::TextCache(std::string directory, std::string encoder, std::uint64_t mostBytes)
    : m_directory(std::move(directory)), m_encoder(std::move(encoder)), m_mostBytes(mostBytes) {}

std::string TextCache::keyOf(const std::vector<std::int64_t>& ids) const {
  std::string key = m_encoder + "tokens";
  for (const std::int64_t id : ids) {
    key += ' ';
    key += std::to_string(id);
  }
  return key;
}

/// Two keys of one digest share a file; the key in it says whose it is.
std::string TextCache::pathOf(const std::string& key) const {
  return m_directory + "/" + digest(key.data(), key.size()) + ".safetensors";
}

at::Tensor TextCache::find(const std::vector<std::int64_t>& ids) const {
  if (m_directory.empty()) return {};
  const std::string key = keyOf(ids);
  const std::string path = pathOf(key);
  const auto file = tensor::WeightFile::open(path);
  if (!file) return {};
  const auto& metadata = (*file)->metadata();
  const auto says = [&](const char* name, const std::string& value) {
    const auto found = metadata.find(name);
    return found != metadata.end() && found->second == value;
  };
  const tensor::TensorInfo* info = (*file)->find(kRows);
  const bool fits = info && info->dtype == "F32" && info->shape.size() == 2 &&
                    info->shape[0] == static_cast<std::int64_t>(ids.size()) && says("key", key);
  if (!fits) return {};
  at::Tensor rows = tensor::storedTensor(*file, *info).clone();
  if (!says("digest", digest(rows))) return {};
  std::error_code ignored;  // a time that cannot be set only makes the entry look older
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return rows;
}

void TextCache::keep(const std::vector<std::int64_t>& ids, const at::Tensor& rows) const {
  if (m_directory.empty()) return;
  std::error_code failure;
  fs::create_directories(m_directory, failure);
  const std::string key = keyOf(ids);
  const at::Tensor values = rows.to(at::kCPU, at::kFloat).contiguous();
  const auto written =
      tensor::writeSafetensors(pathOf(key), {{kRows, values}}, {{"key", key}, {"digest", digest(values)}});
  if (!failure && written) trim();
}

/// Removes the entries used longest ago until the rest fits.
void TextCache::trim() const {
  struct Entry {
    fs::path path;
    std::uint64_t bytes;
    fs::file_time_type used;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  std::error_code ignored;  // another process may be removing the same entries
  for (const auto& file : fs::directory_iterator(m_directory, ignored)) {
    if (file.path().extension() != ".safetensors") continue;
    Entry entry{file.path(), 0, file.last_write_time(ignored)};
    entry.bytes = file.file_size(ignored);
    if (ignored) continue;
    total += entry.bytes;
    entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= m_mostBytes) return;
    fs::remove(entry.path, ignored);
    total -= entry.bytes;
  }
}

}  // namespace kinora::pipeline
