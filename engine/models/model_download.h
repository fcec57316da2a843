// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/models/file_download.h"
#include "engine/models/public_models.h"

namespace kinora::models {

struct DownloadProgress {
  std::string file;              ///< the one under way, relative to the model's folder
  bool checking = false;         ///< it is being hashed
  std::uint64_t doneBytes = 0;   ///< of the model
  std::uint64_t totalBytes = 0;  ///< estimated until the indexes have been read
};

struct ModelDownload {
  PublicModel model;
  std::string root;  ///< data/models: the model comes to root/<id>
  DownloadOptions options;
  std::function<void(const DownloadProgress&)> progress;
  /// Bytes free where root lies; empty: as the system says.
  std::function<std::uint64_t(const std::string& folder)> freeBytes;
};

/// Fetches a public model, going on with what an earlier call left. All files gather in a hidden folder below root;
/// root/<id> appears when every one of them is there and right, with a kinora.json that lists them. Blocks; on the
/// calling thread. InvalidInput (installed already), Busy (another process fetches it), DiskFull (before the first
/// weights, if they would not fit), and as downloadFile. Whatever happens, what has come stays for the next call.
core::Result<std::string> downloadModel(const ModelDownload& download, std::stop_token stop);

struct UnfinishedDownload {
  std::string id;
  std::uint64_t bytes = 0;  ///< on the disk
};
std::vector<UnfinishedDownload> unfinishedDownloads(const std::string& root);
/// Deletes what an unfinished download left. NotFound, Busy, NotWritable.
core::Result<void> discardDownload(const std::string& root, const std::string& id);

}  // namespace kinora::models
