// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/weight_source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kMaxIndexBytes = 16u << 20;
constexpr std::string_view kScaledMarker = "scaled_fp8";

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

/// Says which part of a pipeline a file is; no table knows them (wan.md section 3).
constexpr std::string_view kPrefixes[] = {"model.diffusion_model.", "diffusion_model.", "model.", "transformer.",
                                          "module."};

bool isIndex(std::string_view path) {
  return path.ends_with(".safetensors.index.json");
}

/// The weights of a diffusers folder, else the one index or weight file of any folder. Names decide here: a folder may
/// hold anything.
Result<std::string> findInFolder(const std::string& folder) {
  for (const char* base : {"diffusion_pytorch_model.safetensors", "model.safetensors"}) {
    for (const char* suffix : {"", ".index.json"}) {
      const fs::path path = fs::path(folder) / (std::string(base) + suffix);
      std::error_code ignored;
      if (fs::is_regular_file(path, ignored)) return path.string();
    }
  }
  std::vector<std::string> indexes;
  std::vector<std::string> files;
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
    const std::string name = it->path().filename().string();
    if (isIndex(name)) indexes.push_back(it->path().string());
    for (const char* extension : {".safetensors", ".gguf", ".pth"}) {
      if (name.ends_with(extension)) files.push_back(it->path().string());
    }
  }
  if (failure) return Error{ErrorCode::Unreadable, "cannot be listed: " + failure.message(), folder};
  const std::vector<std::string>& found = indexes.empty() ? files : indexes;
  if (found.size() == 1) return found.front();
  return Error{found.empty() ? ErrorCode::NotFound : ErrorCode::InvalidInput,
               "weights; expected one file or one index of shards in the folder, got " + std::to_string(found.size()),
               folder};
}

std::string_view withoutSuffix(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : std::string_view();
}

/// {"format": …} of a layer; "?" for what is no such thing.
std::string formatOf(const json& layer) {
  const auto found = layer.is_object() ? layer.find("format") : layer.end();
  return layer.is_object() && found != layer.end() && found->is_string() ? found->get<std::string>() : "?";
}

std::string formatOf(std::span<const std::byte> text) {
  const auto* start = reinterpret_cast<const char*>(text.data());
  return formatOf(json::parse(start, start + text.size(), nullptr, /*allow_exceptions=*/false));
}

}  // namespace

Result<WeightSource> WeightSource::open(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const auto found = findInFolder(path);
    if (!found) return found.error();
    return isIndex(*found) ? openIndex(*found) : openFile(*found);
  }
  return isIndex(path) ? openIndex(path) : openFile(path);
}

Result<WeightSource> WeightSource::open(const std::string& directory, const std::string& baseName) {
  const std::string single = (fs::path(directory) / (baseName + ".safetensors")).string();
  const std::string index = single + ".index.json";
  std::error_code ignored;
  return open(!fs::exists(single, ignored) && fs::exists(index, ignored) ? index : single);
}

Result<WeightSource> WeightSource::openFile(const std::string& path) {
  auto file = WeightFile::open(path);
  if (!file) return file.error();
  WeightSource source;
  source.m_path = path;
  for (const TensorInfo& info : (*file)->tensors()) source.addTensor(*file, info);
  source.m_files.push_back(std::move(*file));
  source.finish();
  return source;
}

Result<WeightSource> WeightSource::openIndex(const std::string& path) {
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
    auto added = source.addShard((fs::path(path).parent_path() / shard).string(), names);
    if (!added) return added.error();
  }
  source.finish();
  return source;
}

Result<void> WeightSource::addShard(const std::string& path, const std::vector<std::string>& names) {
  auto file = WeightFile::open(path);
  if (!file) return file.error();
  for (const std::string& name : names) {
    const TensorInfo* info = (*file)->find(name);
    if (!info) {
      return Error{ErrorCode::Corrupt, "tensor \"" + name + "\" is listed for this shard and is not in it", path};
    }
    addTensor(*file, *info);
  }
  m_files.push_back(std::move(*file));
  return {};
}

void WeightSource::addTensor(const std::shared_ptr<const WeightFile>& file, const TensorInfo& info) {
  Entry entry;
  entry.file = file;
  entry.info = &info;
  m_entries.emplace(info.name, std::move(entry));
}

void WeightSource::finish() {
  stripPrefix();
  attachScales();
  readQuantMetadata();
}

void WeightSource::stripPrefix() {
  for (const std::string_view prefix : kPrefixes) {
    // The marker of scaled files is now and then without the prefix.
    const bool all = !m_entries.empty() && std::all_of(m_entries.begin(), m_entries.end(), [&](const auto& entry) {
      return entry.first.starts_with(prefix) || entry.first == kScaledMarker;
    });
    if (!all) continue;
    m_prefix += prefix;
    std::map<std::string, Entry, std::less<>> stripped;
    for (auto& [name, entry] : m_entries) {
      stripped.emplace(name.starts_with(prefix) ? name.substr(prefix.size()) : name, std::move(entry));
    }
    m_entries = std::move(stripped);
  }
}

WeightSource::Entry* WeightSource::weightOf(std::string_view layer) {
  const auto found = layer.empty() ? m_entries.end() : m_entries.find(std::string(layer) + ".weight");
  return found == m_entries.end() ? nullptr : &found->second;
}

/// wan.md 10.1. What belongs to no weight stays an entry and is reported as surplus.
void WeightSource::attachScales() {
  for (auto it = m_entries.begin(); it != m_entries.end();) {
    const std::string_view name = it->first;
    bool helper = name == kScaledMarker;
    for (const std::string_view suffix : {".scale_weight", ".weight_scale"}) {
      if (Entry* weight = weightOf(withoutSuffix(name, suffix))) {
        weight->scale = it->second;
        helper = true;
      }
    }
    for (const std::string_view suffix : {".scale_input", ".input_scale", ".weight_scale_2"}) {
      helper = helper || weightOf(withoutSuffix(name, suffix));
    }
    if (Entry* weight = weightOf(withoutSuffix(name, ".comfy_quant"))) {
      weight->quantFormat = formatOf(it->second.file->bytes(*it->second.info));
      helper = true;
    }
    it = helper ? m_entries.erase(it) : std::next(it);
  }
}

/// The same as `comfy_quant`, for all layers in the header.
void WeightSource::readQuantMetadata() {
  for (const auto& file : m_files) {
    const auto text = file->metadata().find("_quantization_metadata");
    if (text == file->metadata().end() || text->second.size() > kMaxIndexBytes) continue;
    const json document = json::parse(text->second, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object() || !document.contains("layers") || !document["layers"].is_object()) continue;
    for (const auto& [layer, description] : document["layers"].items()) {
      const std::string_view bare =
          layer.starts_with(m_prefix) ? std::string_view(layer).substr(m_prefix.size()) : layer;
      if (Entry* weight = weightOf(bare)) weight->quantFormat = formatOf(description);
    }
  }
}

const WeightSource::Entry* WeightSource::find(std::string_view name) const {
  const auto found = m_entries.find(name);
  return found == m_entries.end() ? nullptr : &found->second;
}

}  // namespace kinora::weights
