// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"

namespace kinora::models {

class ConfigReader;

inline constexpr const char* kModelFileName = "kinora.json";

/// What kinora.json calls the parts of a model.
struct PartKey {
  const char* key;
  std::string core::ModelParts::*member;
};
inline constexpr PartKey kPartKeys[] = {{"transformer", &core::ModelParts::transformer},
                                        {"transformer_2", &core::ModelParts::transformer2},
                                        {"vae", &core::ModelParts::vae},
                                        {"text_encoder", &core::ModelParts::textEncoder},
                                        {"tokenizer", &core::ModelParts::tokenizer},
                                        {"image_encoder", &core::ModelParts::imageEncoder},
                                        {"tiny_decoder", &core::ModelParts::tinyDecoder}};

/// A file that Kinora itself put into a model's folder.
struct InstalledFile {
  std::string path;  ///< relative to the folder
  std::uint64_t bytes = 0;
  std::string sha256;      ///< as it was when it came
  bool published = false;  ///< the hash is the publisher's, not only what was received
};

/// The part of kinora.json that Kinora writes itself; version 2. (What a packer may add, defaults and prompts, is read
/// straight into core::ModelInfo by describeModel.)
struct ModelFile {
  std::string name;
  std::string licence;
  std::string architecture;          ///< where shapes cannot tell ("wan2.2-t2v-a14b"); else empty
  std::string folder;                ///< absolute: of a whole model that is used where it lies
  core::ModelParts parts;            ///< absolute: of a model made from parts
  std::vector<InstalledFile> files;  ///< of a downloaded model, which lies in this folder itself
};

/// Writes folder/kinora.json atomically. NotWritable, DiskFull.
core::Result<void> writeModelFile(const std::string& folder, const ModelFile& file);
/// Reads it back; version 1 has neither parts nor files. NotFound, Corrupt, NewerVersion.
core::Result<ModelFile> readModelFile(const std::string& folder);

/// kinora.json of folder, format and version checked. Throws ConfigError.
ConfigReader openModelFile(const std::string& folder);

}  // namespace kinora::models
