// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/jobs/job_folders.h"

#include <algorithm>
#include <filesystem>

namespace kinora::jobs {
namespace fs = std::filesystem;

bool JobFolders::canResume(const core::JobId& id) const {
  if (m_root.empty() || id.empty()) return false;
  std::error_code ignored;
  // Of the clip, or of the first frame that its model draws before it.
  return fs::exists(path(id) + "/latents.safetensors", ignored) ||
         fs::exists(path(id) + "/first_latents.safetensors", ignored);
}

std::set<core::JobId> JobFolders::resumable(const std::vector<core::JobRecord>& jobs) const {
  std::set<core::JobId> found;
  for (const core::JobRecord& job : jobs) {
    const bool cutOff = job.state == core::JobState::Failed || job.state == core::JobState::Cancelled;
    if (cutOff && job.spec.kind == core::JobKind::Generate && canResume(job.id)) found.insert(job.id);
  }
  for (const core::JobRecord& job : jobs) {
    if (job.state == core::JobState::Queued || job.state == core::JobState::Running) found.erase(job.spec.resumes);
  }
  return found;
}

core::Result<void> JobFolders::hand(const core::JobId& a, const core::JobId& b) const {
  if (!canResume(a)) {
    return core::Error{core::ErrorCode::NotFound, "the job left nothing to go on with; generate it again", a};
  }
  std::error_code failure;
  fs::rename(path(a), path(b), failure);
  if (failure) return core::Error{core::ErrorCode::NotWritable, "cannot be taken over: " + failure.message(), path(a)};
  fs::last_write_time(path(b), fs::file_time_type::clock::now(), failure);  // in use: not the oldest any more
  return {};
}

void JobFolders::remove(const core::JobId& id) const {
  std::error_code ignored;  // a folder left behind is trimmed later
  if (!m_root.empty() && !id.empty()) fs::remove_all(path(id), ignored);
}

void JobFolders::trim(int kept) const {
  std::vector<std::pair<fs::file_time_type, core::JobId>> folders;
  std::error_code ignored;  // another process may be trimming too
  for (const auto& folder : fs::directory_iterator(m_root, ignored)) {
    folders.emplace_back(fs::last_write_time(folder.path(), ignored), folder.path().filename().string());
  }
  std::sort(folders.begin(), folders.end());
  for (std::size_t i = 0; i + static_cast<std::size_t>(kept) < folders.size(); ++i) remove(folders[i].second);
}

}  // namespace kinora::jobs
