// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tests/engine/models/loopback_server.h"
#include "tests/engine/models/model_folder.h"

namespace kinora::test {

using Files = std::map<std::string, std::string>;

/// What a hub serves: a small model in the diffusers layout, its transformer in two shards.
inline Files hubFiles() {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m"));
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.file("m"))) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder.file("m")).generic_string()] = readAll(entry.path().string());
  }
  const std::string stem = "transformer/diffusion_pytorch_model";
  files.erase(stem + ".safetensors");
  files[stem + ".safetensors.index.json"] =
      R"({"metadata":{"total_size":5000},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})";
  files["transformer/one.safetensors"] = noiseBytes(4000);
  files["transformer/two.safetensors"] = noiseBytes(1000);
  return files;
}

inline const std::string kInRepository = "/resolve/main/";

/// Serves them from whatever repository is asked for.
inline LoopbackServer::Handler hub(const Files& files) {
  return [files](const HttpRequest& request, HttpConnection& connection) {
    const auto it = files.find(request.target.substr(request.target.find(kInRepository) + kInRepository.size()));
    if (it == files.end()) return serveStatus(404, connection);
    serveBytes(it->second, request, connection);
  };
}

}  // namespace kinora::test
