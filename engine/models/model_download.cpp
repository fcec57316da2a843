// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/model_download.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "engine/core/atomic_file.h"
#include "engine/models/config_reader.h"
#include "engine/models/model_file.h"
#include "engine/models/names.h"
#include "engine/models/part_file.h"
#include "engine/models/weight_files.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;

constexpr const char* kStagingEnd = ".download";
constexpr const char* kLockName = ".lock";
constexpr const char* kFinishedName = ".finished";

fs::path stagingOf(const std::string& root, const std::string& id) {
  return fs::path(root) / ("." + id + kStagingEnd);
}

/// Holds a download's folder for this process; the system lets go whatever ends the process.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder) {
    m_descriptor = ::open((folder / kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    m_held = m_descriptor >= 0 && ::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0;
  }
  ~FolderLock() {
    if (m_descriptor >= 0) ::close(m_descriptor);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return m_held; }

 private:
  int m_descriptor = -1;
  bool m_held = false;
};

std::string sizeText(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GB", static_cast<double>(bytes) / 1e9);
  return text;
}

class Session {
 public:
  Session(const ModelDownload& download, fs::path staging, std::stop_token stop)
      : m_download(download), m_staging(std::move(staging)), m_stop(std::move(stop)) {
    readFinished();
    m_known = download.model.aboutBytes();
  }

  core::Result<std::string> run() {
    for (const RemoteFile& file : m_download.model.files) {
      if (auto done = fetch(file); !done) return done.error();
    }
    std::vector<RemoteFile> weights;
    std::uint64_t bytes = 0;
    for (const RemoteWeights& part : m_download.model.weights) {
      if (auto added = addWeights(part, weights, bytes); !added) return added.error();
    }
    m_known = bytes + m_doneBytes;
    for (const RemoteFile& file : weights) {
      if (m_finished.count(file.path) > 0) m_known -= std::min(m_known, m_finished.at(file.path).bytes);
    }
    if (auto room = checkRoom(weights); !room) return room.error();
    for (const RemoteFile& file : weights) {
      if (auto done = fetch(file); !done) return done.error();
    }
    return finish();
  }

 private:
  /// What stands under its final name is right; only who wrote no line before being killed is hashed again.
  core::Result<void> fetch(const RemoteFile& file) {
    if (m_finished.count(file.path) > 0) return {};
    const fs::path target = m_staging / file.path;
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    const auto progress = [&](const FileProgress& p) {
      if (!m_download.progress) return;
      m_known = std::max(m_known, m_doneBytes + p.bytes);
      m_download.progress({file.path, p.checking, m_doneBytes + (p.checking ? p.bytes : p.doneBytes), m_known});
    };
    auto hashed = fs::exists(target, error)
                      ? hashFile(target.string(), [this](std::uint64_t) { return !m_stop.stop_requested(); })
                      : downloadFile(file, target.string(), m_download.options, progress, m_stop);
    if (!hashed) return hashed.error();
    return remember({file.path, hashed->bytes, hashed->sha256, !file.sha256.empty()});
  }

  /// The shards that the index names, or the one file where there is no index.
  core::Result<void> addWeights(const RemoteWeights& part, std::vector<RemoteFile>& into, std::uint64_t& bytes) {
    const std::string file = part.stem + ".safetensors";
    const auto remote = [&](const std::string& path) {
      RemoteFile one;
      one.path = path;
      one.urls = m_download.model.urlsOf(path);
      return one;
    };
    const std::string index = file + ".index.json";
    const auto fetched =
        m_finished.count(file) > 0 ? core::Result<void>(Error{ErrorCode::NotFound, {}, {}}) : fetch(remote(index));
    if (!fetched && fetched.error().code != ErrorCode::NotFound) return fetched;
    if (!fetched) {
      into.push_back(remote(file));
      bytes += part.aboutBytes;
      return {};
    }
    auto shards = readShardIndex((m_staging / index).string());
    if (!shards) return shards.error();
    for (const std::string& shard : shards->files)
      into.push_back(remote((fs::path(part.stem).parent_path() / shard).generic_string()));
    bytes += shards->totalBytes > 0 ? shards->totalBytes : part.aboutBytes;
    return {};
  }

  core::Result<void> checkRoom(const std::vector<RemoteFile>& weights) const {
    std::uint64_t here = m_doneBytes;
    for (const RemoteFile& file : weights) {
      if (m_finished.count(file.path) == 0) here += PartFile::doneBytesOf((m_staging / file.path).string());
    }
    const std::uint64_t needed = m_known > here ? m_known - here : 0;
    std::error_code error;
    const std::uint64_t free =
        m_download.freeBytes ? m_download.freeBytes(m_download.root) : fs::space(m_staging, error).available;
    if (error || needed <= free) return {};
    return Error{ErrorCode::DiskFull,
                 "the model does not fit; it needs " + sizeText(needed) + " more, " + sizeText(free) + " are free",
                 m_download.root};
  }

  core::Result<void> remember(InstalledFile file) {
    std::ofstream stream(m_staging / kFinishedName, std::ios::app | std::ios::binary);
    stream << file.sha256 << ' ' << file.bytes << ' ' << file.published << ' ' << file.path << '\n';
    stream.flush();
    if (!stream) return Error{ErrorCode::NotWritable, "the download cannot be noted", m_staging.string()};
    m_doneBytes += file.bytes;
    m_finished.emplace(file.path, std::move(file));
    return {};
  }

  /// A line that a kill cut short, or whose file has gone, counts nothing.
  void readFinished() {
    std::ifstream stream(m_staging / kFinishedName, std::ios::binary);
    for (std::string line; std::getline(stream, line);) {
      std::istringstream words(line);
      InstalledFile file;
      words >> file.sha256 >> file.bytes >> file.published;
      std::getline(words >> std::ws, file.path);
      std::error_code error;
      const bool sound = isSha256(file.sha256) && isPlainRelativePath(file.path) &&
                         fs::file_size(m_staging / file.path, error) == file.bytes && !error;
      if (sound && m_finished.emplace(file.path, file).second) m_doneBytes += file.bytes;
    }
  }

  core::Result<std::string> finish() {
    ModelFile description{m_download.model.name, m_download.model.licence, {}, {}, {}, {}};
    for (const auto& [path, file] : m_finished) description.files.push_back(file);
    if (auto written = writeModelFile(m_staging.string(), description); !written) return written.error();
    std::error_code error;
    fs::remove(m_staging / kFinishedName, error);
    fs::remove(m_staging / kLockName, error);
    const fs::path target = fs::path(m_download.root) / m_download.model.id;
    fs::rename(m_staging, target, error);
    if (error)
      return Error{ErrorCode::NotWritable, "the model's folder cannot be named: " + error.message(), target.string()};
    core::syncFolder(m_download.root);
    return target.string();
  }

  const ModelDownload& m_download;
  const fs::path m_staging;
  const std::stop_token m_stop;
  std::map<std::string, InstalledFile> m_finished;  ///< by path
  std::uint64_t m_doneBytes = 0;                    ///< of m_finished
  std::uint64_t m_known = 0;                        ///< bytes of the whole, as far as they are known
};

}  // namespace

core::Result<std::string> downloadModel(const ModelDownload& download, std::stop_token stop) {
  const fs::path target = fs::path(download.root) / download.model.id;
  std::error_code error;
  if (fs::exists(target, error))
    return Error{ErrorCode::InvalidInput, "the model is installed already; remove it first", target.string()};
  const fs::path staging = stagingOf(download.root, download.model.id);
  fs::create_directories(staging, error);
  if (error) return Error{ErrorCode::NotWritable, "the folder cannot be made: " + error.message(), staging.string()};
  const FolderLock lock(staging);
  if (!lock.held()) return Error{ErrorCode::Busy, "another Kinora is downloading this model", staging.string()};
  return Session(download, staging, std::move(stop)).run();
}

std::vector<UnfinishedDownload> unfinishedDownloads(const std::string& root) {
  std::vector<UnfinishedDownload> found;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const std::string tail = kStagingEnd;
    if (name.size() <= tail.size() + 1 || name.front() != '.' || name.substr(name.size() - tail.size()) != tail)
      continue;
    UnfinishedDownload one{name.substr(1, name.size() - tail.size() - 1), 0};
    std::error_code ignored;
    for (fs::recursive_directory_iterator file(it->path(), ignored), last; !ignored && file != last;
         file.increment(ignored)) {
      std::error_code gone;
      if (!file->is_regular_file(gone)) continue;
      const fs::path& path = file->path();
      if (path.extension() == ".part") {
        one.bytes += PartFile::doneBytesOf((path.parent_path() / path.stem()).string());
      } else if (const auto size = file->file_size(gone); !gone) {
        one.bytes += size;
      }
    }
    found.push_back(std::move(one));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return found;
}

core::Result<void> discardDownload(const std::string& root, const std::string& id) {
  const fs::path staging = stagingOf(root, id);
  std::error_code error;
  if (!isModelId(id) || !fs::is_directory(staging, error))
    return Error{ErrorCode::NotFound, "there is no unfinished download of \"" + id + "\"", root};
  const FolderLock lock(staging);
  if (!lock.held()) return Error{ErrorCode::Busy, "another Kinora is downloading this model", staging.string()};
  fs::remove_all(staging, error);
  if (error)
    return Error{ErrorCode::NotWritable, "the download cannot be deleted: " + error.message(), staging.string()};
  return {};
}

}  // namespace kinora::models
