// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/result.h"
#include "engine/models/file_download.h"

namespace kinora::models {

/// Weights that a server keeps as <stem>.safetensors, or in shards that <stem>.safetensors.index.json names.
struct RemoteWeights {
  std::string stem;              ///< "transformer/diffusion_pytorch_model"
  std::uint64_t aboutBytes = 0;  ///< of all shards, for estimates; 0: not known
};

/// A model that others publish, as resources/catalogue/models.json describes it.
struct PublicModel {
  std::string id;  ///< also the folder it is installed as
  std::string name;
  std::string licence;
  std::string page;          ///< where its authors describe it
  std::string architecture;  ///< as in core::ModelInfo
  bool textToVideo = false;
  bool imageToVideo = false;
  bool endFrame = false;
  bool control = false;  ///< control video, mask, reference pictures
  core::Size size;       ///< native, landscape
  int memoryGiB = 0;     ///< device memory it is comfortable in, estimated for 16-bit weights
  std::vector<RemoteFile> files;
  std::vector<RemoteWeights> weights;
  std::vector<std::string> servers;  ///< URL templates, see urlOf
  std::string repository;            ///< "Wan-AI/Wan2.2-TI2V-5B-Diffusers"
  std::string revision;

  /// What is known of the download's size, rounded; isWhole: of every part of it.
  std::uint64_t aboutBytes() const;
  bool isWhole() const;
  /// On every server, extra ones first; "{repository}", "{revision}" and "{path}" of a template are filled in.
  std::vector<std::string> urlsOf(const std::string& path) const;
};

class PublicModels {
 public:
  /// Reads models.json strictly. NotFound, Corrupt, NewerVersion with the place.
  static core::Result<PublicModels> load(const std::string& file);

  const std::vector<PublicModel>& models() const { return m_models; }
  const PublicModel* find(const std::string& id) const;
  /// Asks this server before those of the catalogue: a URL template, or the address of a copy of the hub
  /// ("https://mirror.example"). InvalidInput for anything else.
  core::Result<void> addServer(const std::string& address);

 private:
  std::vector<PublicModel> m_models;
};

}  // namespace kinora::models
