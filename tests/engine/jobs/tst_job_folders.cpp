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
