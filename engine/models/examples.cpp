// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/examples.h"

#include <cmath>
#include <filesystem>

#include "engine/models/config_reader.h"
#include "engine/models/names.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::uintmax_t kMaxBytes = 1u << 20;
constexpr std::size_t kMaxExamples = 100;
constexpr std::size_t kMaxPrompt = 4096;  ///< bytes
constexpr int kMaxStrip = 240;            ///< frames

/// One entry; every member is checked, for the file comes with a model from anywhere.
class Entry {
 public:
  Entry(const json& object, std::string where, const ConfigReader& config)
      : m_object(object), m_where(std::move(where)), m_config(config) {
    if (!object.is_object()) fail("an object");
  }

  std::string text(const char* key, std::size_t most) const {
    const auto it = m_object.find(key);
    if (it == m_object.end()) return {};
    if (!it->is_string() || it->get<std::string>().size() > most)
      fail(std::string(key) + " of at most " + std::to_string(most) + " bytes");
    return it->get<std::string>();
  }

  double number(const char* key, double low, double high, double otherwise) const {
    const auto it = m_object.find(key);
    if (it == m_object.end()) return otherwise;
    if (!it->is_number() || !(it->get<double>() >= low && it->get<double>() <= high))
      fail(std::string(key) + " from " + std::to_string(low) + " to " + std::to_string(high));
    return it->get<double>();
  }

  int whole(const char* key, int low, int high, int otherwise) const {
    const double value = number(key, low, high, otherwise);
    if (value != std::floor(value)) fail(std::string(key) + " as a whole number");
    return static_cast<int>(value);
  }

  /// Absolute; empty where the key is not there.
  std::string path(const char* key, const fs::path& folder) const {
    const std::string relative = text(key, kMaxPrompt);
    if (relative.empty()) return {};
    if (!isPlainRelativePath(relative)) fail(std::string(key) + " below the model's folder, not " + relative);
    return fs::absolute(folder / relative).string();
  }

  std::optional<std::uint64_t> seed() const {
    const auto it = m_object.find("seed");
    if (it == m_object.end()) return std::nullopt;
    if (!it->is_number_unsigned() || it->get<std::uint64_t>() > INT64_MAX) fail("seed as a whole number from 0");
    return it->get<std::uint64_t>();
  }

  [[noreturn]] void fail(const std::string& expected) const {
    throw ConfigError{{ErrorCode::Corrupt, m_where + "; expected " + expected, m_config.file()}};
  }

 private:
  const json& m_object;
  std::string m_where;
  const ConfigReader& m_config;
};

Example readExample(const Entry& entry, const fs::path& folder) {
  Example example;
  example.request.prompt = entry.text("prompt", kMaxPrompt);
  if (example.request.prompt.empty()) entry.fail("a prompt");
  example.request.negativePrompt = entry.text("negativePrompt", kMaxPrompt);
  example.request.startImage = entry.path("picture", folder);
  example.request.aspect = entry.text("aspect", 8);
  example.request.frames = entry.whole("frameCount", 1, 10000, 0);
  example.request.steps = entry.whole("steps", 1, 1000, 0);
  example.request.seed = entry.seed();
  example.language = entry.text("language", 16);
  example.strip = entry.path("strip", folder);
  if (example.strip.empty()) entry.fail("a strip");
  example.frames = entry.whole("frames", 1, kMaxStrip, 1);
  example.fps = entry.number("fps", 0.25, 60, 4);
  return example;
}

bool isThere(const Example& example) {
  std::error_code error;
  const std::string& picture = example.request.startImage;
  return fs::is_regular_file(example.strip, error) && (picture.empty() || fs::is_regular_file(picture, error));
}

}  // namespace

core::Result<std::vector<Example>> readExamples(const std::string& folder) {
  const std::string path = (fs::path(folder) / kExamplesFileName).string();
  try {
    const ConfigReader config(path, kMaxBytes);
    config.requireFormat("kinora-examples", kVersion, "the examples were");
    if (!config.has("examples")) config.fail("examples", "a list");
    const json& list = config.root().at("examples");
    if (!list.is_array() || list.size() > kMaxExamples) config.fail("examples", "a list of at most 100 examples");
    std::vector<Example> examples;
    for (std::size_t i = 0; i < list.size(); ++i) {
      Example example = readExample(Entry(list[i], "example " + std::to_string(i + 1), config), folder);
      if (isThere(example)) examples.push_back(std::move(example));
    }
    return examples;
  } catch (const ConfigError& e) {
    return e.error;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the examples cannot be read: ") + e.what(), path};
  }
}

}  // namespace kinora::models
