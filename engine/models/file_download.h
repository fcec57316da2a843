// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/models/sha256.h"

namespace kinora::models {

/// One file to fetch.
struct RemoteFile {
  std::string path;               ///< relative to the model's folder
  std::vector<std::string> urls;  ///< the same bytes on several servers, the preferred one first
  std::uint64_t bytes = 0;        ///< exact; 0: not known
  std::uint64_t aboutBytes = 0;   ///< as published, rounded; for estimates and to catch what is no such file at all
  std::string sha256;             ///< lower-case hex; empty: not known, so only the size is verified
};

struct DownloadOptions {
  int connections = 4;                   ///< pieces under way at once
  std::uint64_t pieceBytes = 16u << 20;  ///< what a killed process loses at most of each
  int attempts = 6;                      ///< failures in a row before a server is given up
  std::string proxy;                     ///< URL; empty: as the environment says
  std::chrono::seconds stallAfter{30};   ///< a transfer without any byte for so long has failed
  // Time, for the pauses between attempts; tests bring their own. Empty: the steady clock.
  std::function<std::chrono::milliseconds()> now;
  std::function<void(std::chrono::milliseconds, std::stop_token)> wait;
};

/// Bytes of this file that are on the disk, and in all; checking: it is being hashed.
struct FileProgress {
  std::uint64_t doneBytes = 0;
  std::uint64_t bytes = 0;
  bool checking = false;
};

/// Fetches one file to target in parallel pieces, going on with what an earlier run left. Servers that fail are tried
/// again after growing pauses and given up for the next one; a server that knows no ranges is read from front to end.
/// Nothing stands under target before all of it is there and its hash is right. Blocks; on the calling thread.
/// NotFound (no server has it), Unreadable (no server can be read to the end), Corrupt (other bytes than the
/// manifest's), DiskFull, NotWritable, Cancelled; after the latter three, and after Unreadable, the next call goes on.
core::Result<HashedFile> downloadFile(const RemoteFile& file, const std::string& target, const DownloadOptions& options,
                                      const std::function<void(const FileProgress&)>& progress, std::stop_token stop);

}  // namespace kinora::models
