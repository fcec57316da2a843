// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/verify.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "engine/models/model_file.h"
#include "engine/models/model_files.h"
#include "engine/models/sha256.h"

namespace kinora::models {
namespace {

using core::Error;
using core::ErrorCode;
using Verdict = FileCheck::Verdict;

/// Shared by the threads that hash.
class Hashing {
 public:
  Hashing(const std::vector<ModelFileEntry>& files, const std::function<void(std::uint64_t, std::uint64_t)>& progress,
          std::stop_token stop)
      : m_files(files), m_progress(progress), m_stop(std::move(stop)), m_hashed(files.size()) {
    for (const ModelFileEntry& file : files) m_total += file.bytes;
    // Largest first, so that no thread is left with one of them at the end.
    m_order.resize(files.size());
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::stable_sort(m_order.begin(), m_order.end(),
                     [&](std::size_t a, std::size_t b) { return files[a].bytes > files[b].bytes; });
  }

  core::Result<std::vector<HashedFile>> run(unsigned threads) {
    {
      std::vector<std::jthread> workers;
      for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
    }
    if (m_error) return *m_error;
    return m_hashed;
  }

 private:
  void work() {
    for (std::size_t next; (next = m_next++) < m_order.size();) {
      const std::size_t index = m_order[next];
      auto hashed = hashFile(m_files[index].path, [this](std::uint64_t bytes) { return advance(bytes); });
      if (hashed) {
        m_hashed[index] = std::move(hashed).value();
        continue;
      }
      const std::lock_guard lock(m_mutex);
      if (!m_error) m_error = hashed.error();
      return;
    }
  }

  bool advance(std::uint64_t bytes) {
    const std::lock_guard lock(m_mutex);
    m_done += bytes;
    if (m_progress) m_progress(std::min(m_done, m_total), m_total);
    return !m_stop.stop_requested() && !m_error;
  }

  const std::vector<ModelFileEntry>& m_files;
  const std::function<void(std::uint64_t, std::uint64_t)>& m_progress;
  const std::stop_token m_stop;
  std::vector<std::size_t> m_order;
  std::vector<HashedFile> m_hashed;
  std::atomic<std::size_t> m_next{0};
  std::mutex m_mutex;  ///< guards what follows, and calls of progress
  std::uint64_t m_done = 0;
  std::uint64_t m_total = 0;
  std::optional<Error> m_error;
};

Verdict judge(const InstalledFile& expected, const HashedFile& got) {
  if (expected.sha256 != got.sha256) return Verdict::Changed;
  return expected.published ? Verdict::Published : Verdict::Unchanged;
}

}  // namespace

core::Result<std::vector<FileCheck>> verifyModel(const core::ModelInfo& model,
                                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                                 std::stop_token stop, unsigned threads) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(model.directory, ignored))
    return Error{ErrorCode::Unreadable, "the model's folder cannot be read", model.directory};
  const std::vector<ModelFileEntry> files = filesOf(model);
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  auto hashed = Hashing(files, progress, std::move(stop)).run(threads);
  if (!hashed) return hashed.error();
  std::vector<FileCheck> checks;
  for (std::size_t i = 0; i < files.size(); ++i)
    checks.push_back({files[i].name, (*hashed)[i].bytes, (*hashed)[i].sha256, Verdict::NotVerified});
  for (const std::string& part : partsOf(model.parts)) {
    if (!std::filesystem::exists(part, ignored)) checks.push_back({part, 0, {}, Verdict::Missing});
  }
  // A model without kinora.json has nothing to compare with.
  if (const auto description = readModelFile(model.directory)) {
    for (const InstalledFile& expected : description->files) {
      const auto it = std::find_if(checks.begin(), checks.end(),
                                   [&](const FileCheck& check) { return check.file == expected.path; });
      if (it == checks.end()) {
        checks.push_back({expected.path, 0, {}, Verdict::Missing});
      } else {
        it->verdict = judge(expected, {it->bytes, it->sha256});
      }
    }
  }
  return checks;
}

}  // namespace kinora::models
