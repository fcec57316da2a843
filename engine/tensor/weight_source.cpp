// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/weight_source.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace kinora::tensor {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kMaxIndexBytes = 16u << 20;

/// Parses JSON and refuses an object that names a key twice (the last would win in silence).
Result<json> parseStrict(const std::string& text) {
  std::vector<std::set<std::string>> open;
  std::string duplicate;
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second) {
      duplicate = value.get<std::string>();
    }
    return true;
  };
  try {
    json document = json::parse(text, watch);
    if (!duplicate.empty()) return Error{ErrorCode::Corrupt, "duplicate name \"" + duplicate + "\"", {}};
    return document;
  } catch (const json::exception& fault) {
    return Error{ErrorCode::Corrupt, std::string("not JSON: ") + fault.what(), {}};
  }
}

bool isPlainFileName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

}  // namespace

Result<WeightSource> WeightSource::open(const std::string& directory, const std::string& baseName) {
  const std::string single = (fs::path(directory) / (baseName + ".safetensors")).string();
  const std::string index = single + ".index.json";
  std::error_code ignored;
  if (!fs::exists(single, ignored) && fs::exists(index, ignored)) return openIndex(directory, index);
  return openFile(single);
}

Result<WeightSource> WeightSource::openFile(const std::string& path) {
  auto file = SafetensorsFile::open(path);
  if (!file) return file.error();
  WeightSource source;
  source.m_path = path;
  for (const TensorInfo& info : (*file)->tensors()) source.m_entries.emplace(info.name, Entry{*file, &info});
  source.m_files.push_back(std::move(*file));
  return source;
}

Result<WeightSource> WeightSource::openIndex(const std::string& directory, const std::string& path) {
  const auto corrupt = [&](std::string message) { return Error{ErrorCode::Corrupt, std::move(message), path}; };
  std::error_code failure;
  const std::uintmax_t size = fs::file_size(path, failure);
  std::ifstream stream(path, std::ios::binary);
  if (failure || !stream) return Error{ErrorCode::Unreadable, "cannot read", path};
  if (size > kMaxIndexBytes) return corrupt("index too large; expected at most 16 MiB");
  std::ostringstream text;
  text << stream.rdbuf();
  auto document = parseStrict(text.str());
  if (!document) return corrupt(document.error().message);
  if (!document->is_object() || !document->contains("weight_map") || !(*document)["weight_map"].is_object()) {
    return corrupt("no weight_map; expected an object of tensor name: file name");
  }
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [tensor, shard] : (*document)["weight_map"].items()) {
    if (!shard.is_string() || !isPlainFileName(shard.get<std::string>())) {
      return corrupt("tensor \"" + tensor + "\": shard; expected a file name in the same folder, got " +
                     shard.dump(-1, ' ', true, json::error_handler_t::replace));
    }
    shards[shard.get<std::string>()].push_back(tensor);
  }
  if (shards.empty()) return corrupt("weight_map is empty");
  WeightSource source;
  source.m_path = path;
  for (const auto& [shard, names] : shards) {
    auto added = source.addShard((fs::path(directory) / shard).string(), names);
    if (!added) return added.error();
  }
  return source;
}

Result<void> WeightSource::addShard(const std::string& path, const std::vector<std::string>& names) {
  auto file = SafetensorsFile::open(path);
  if (!file) return file.error();
  for (const std::string& name : names) {
    const TensorInfo* info = (*file)->find(name);
    if (!info) {
      return Error{ErrorCode::Corrupt, "tensor \"" + name + "\" is listed for this shard and is not in it", path};
    }
    m_entries.emplace(name, Entry{*file, info});
  }
  m_files.push_back(std::move(*file));
  return {};
}

const WeightSource::Entry* WeightSource::find(std::string_view name) const {
  const auto found = m_entries.find(name);
  return found == m_entries.end() ? nullptr : &found->second;
}

}  // namespace kinora::tensor
