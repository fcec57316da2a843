// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/jobs/submission.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

using namespace kinora;

TEST_CASE("a job takes what the plan says") {
  core::Plan plan;
  plan.request.prompt = "a cat";
  plan.request.seed = 5;
  plan.credits = 35;
  plan.work = 12;
  const core::JobSpec spec = jobs::generationJob(plan, "/clips");
  CHECK(spec.kind == core::JobKind::Generate);
  CHECK(spec.request == plan.request);
  CHECK(spec.credits == 35);
  CHECK(spec.work == 12);
  CHECK(spec.title == "a cat");
  CHECK(spec.output.rfind("/clips/a-cat-", 0) == 0);
  CHECK(jobs::generationJob(plan, "/clips", "/tmp/x.mp4").output == "/tmp/x.mp4");
}

TEST_CASE("a request without a seed gets one, each time another") {
  core::Plan plan;
  plan.request.prompt = "a cat";
  std::set<std::uint64_t> seeds;
  for (int i = 0; i < 20; ++i) {
    const core::JobSpec spec = jobs::generationJob(plan, "/clips");
    REQUIRE(spec.request.seed);
    seeds.insert(*spec.request.seed);
  }
  CHECK(seeds.size() > 15);
}

TEST_CASE("file names: short, without signs that shells or file systems dislike, and never the same") {
  const auto name = [](const std::string& prompt) {
    return std::filesystem::path(jobs::freshClipPath("/no/such/folder", prompt)).filename().string();
  };
  CHECK(name("A red  ball, bouncing!").rfind("A-red-ball-bouncing-", 0) == 0);
  CHECK(name("雪地上的一只企鹅").rfind("雪地上的一只企鹅-", 0) == 0);
  CHECK(name("").rfind("clip-", 0) == 0);
  CHECK(name("../../etc/passwd").find('/') == std::string::npos);
  CHECK(name("../../etc/passwd")[0] != '.');
  CHECK(name(std::string(5000, 'x')).size() < 60);
  CHECK(name("a") != name("a"));
}
