// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/jobs/job_folders.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

using namespace kinora;
using jobs::JobFolders;
namespace fs = std::filesystem;

namespace {

/// data/jobs of a test, gone after it.
class Root {
 public:
  Root() {
    std::string name = (fs::temp_directory_path() / "kinora-folders-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()));
    m_path = name;
  }
  ~Root() {
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
  }
  std::string jobs() const { return m_path + "/jobs"; }
  /// A job with a journal that was last written `hours` ago.
  void journal(const std::string& id, int hours = 0) const {
    fs::create_directories(jobs() + "/" + id);
    std::ofstream(jobs() + "/" + id + "/latents.safetensors") << id;
    fs::last_write_time(jobs() + "/" + id, fs::file_time_type::clock::now() - std::chrono::hours(hours));
  }

 private:
  std::string m_path;
};

}  // namespace

TEST_CASE("a job can be resumed by one other job, once") {
  const Root root;
  const JobFolders folders(root.jobs());
  CHECK_FALSE(folders.canResume("a"));
  CHECK_FALSE(folders.canResume(""));
  root.journal("a");
  CHECK(folders.canResume("a"));
  CHECK(folders.hand("a", "b").ok());
  CHECK_FALSE(folders.canResume("a"));
  CHECK(folders.canResume("b"));
  const auto again = folders.hand("a", "c");
  REQUIRE(!again.ok());
  CHECK(again.error().code == core::ErrorCode::NotFound);
}

TEST_CASE("a job that was stopped in the first frame, before the clip, can be resumed too") {
  const Root root;
  const JobFolders folders(root.jobs());
  fs::create_directories(root.jobs() + "/a");
  CHECK_FALSE(folders.canResume("a"));
  std::ofstream(root.jobs() + "/a/first_latents.safetensors") << "a";
  CHECK(folders.canResume("a"));
  CHECK(folders.hand("a", "b").ok());
  CHECK(folders.canResume("b"));
}

TEST_CASE("a job that ended well leaves nothing") {
  const Root root;
  const JobFolders folders(root.jobs());
  folders.remove("never there");
  root.journal("a");
  folders.remove("");
  CHECK(folders.canResume("a"));
  folders.remove("a");
  CHECK_FALSE(fs::exists(folders.path("a")));
}

TEST_CASE("the oldest folders go") {
  const Root root;
  const JobFolders folders(root.jobs());
  folders.trim(2);  // nothing there yet
  for (int i = 1; i <= 5; ++i) root.journal("job" + std::to_string(i), i);
  folders.trim(2);
  CHECK(folders.canResume("job1"));
  CHECK(folders.canResume("job2"));
  CHECK_FALSE(fs::exists(folders.path("job3")));
  CHECK_FALSE(fs::exists(folders.path("job4")));
  CHECK_FALSE(fs::exists(folders.path("job5")));
}

TEST_CASE("what was cut off can be resumed until a job that waits or runs does so") {
  const Root root;
  const JobFolders folders(root.jobs());
  const auto record = [](const char* id, core::JobState state, const char* resumes = "") {
    core::JobRecord job;
    job.id = id;
    job.state = state;
    job.spec.resumes = resumes;
    return job;
  };
  using core::JobState;
  for (const char* id : {"failed", "cancelled", "queued", "running", "done", "export"}) root.journal(id);
  std::vector<core::JobRecord> jobs{record("failed", JobState::Failed), record("cancelled", JobState::Cancelled),
                                    record("queued", JobState::Queued), record("running", JobState::Running),
                                    record("done", JobState::Done),     record("export", JobState::Failed),
                                    record("bare", JobState::Failed)};
  jobs[5].spec.kind = core::JobKind::Export;
  using Ids = std::set<core::JobId>;
  CHECK(folders.resumable(jobs) == Ids{"failed", "cancelled"});
  CHECK(JobFolders("").resumable(jobs).empty());
  jobs.push_back(record("next", JobState::Queued, "failed"));
  CHECK(folders.resumable(jobs) == Ids{"cancelled"});
  jobs.back().state = JobState::Cancelled;
  CHECK(folders.resumable(jobs) == Ids{"failed", "cancelled"});
}
