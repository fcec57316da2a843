// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <set>

#include "engine/models/model_file.h"
#include "engine/models/verify.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::FileCheck;

TEST_CASE("hashes of known texts, every file, in order") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("m/sub"));
  folder.write("m/sub/abc", "abc");
  folder.write("m/empty", "");
  core::ModelInfo model;
  model.directory = folder.file("m");
  std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
  const auto files = models::verifyModel(
      model, [&](std::uint64_t done, std::uint64_t total) { progress.emplace_back(done, total); }, {});
  REQUIRE(files.ok());
  REQUIRE(files->size() == 2);
  CHECK(files->at(0).file == "empty");
  CHECK(files->at(0).sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(files->at(1).file == "sub/abc");
  CHECK(files->at(1).bytes == 3);
  CHECK(files->at(1).sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE_FALSE(progress.empty());
  CHECK(progress.back() == std::pair<std::uint64_t, std::uint64_t>{3, 3});
}

TEST_CASE("a file over several reads, and progress that only grows") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("m"));
  folder.write("m/a", std::string(3'000'000, 'a'));
  core::ModelInfo model;
  model.directory = folder.file("m");
  std::uint64_t last = 0;
  const auto files = models::verifyModel(model,
                                         [&](std::uint64_t done, std::uint64_t total) {
                                           CHECK(done >= last);
                                           CHECK(total == 3'000'000);
                                           last = done;
                                         },
                                         {});
  REQUIRE(files.ok());
  CHECK(last == 3'000'000);
  // sha256sum of three million letters a
  CHECK(files->front().sha256 == "2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4");
}

TEST_CASE("hashing stops when asked, and needs no listener") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("m"));
  folder.write("m/a", std::string(3'000'000, 'a'));
  core::ModelInfo model;
  model.directory = folder.file("m");
  std::stop_source stop;
  int calls = 0;
  const auto stopped = models::verifyModel(
      model,
      [&](std::uint64_t, std::uint64_t) {
        ++calls;
        stop.request_stop();
      },
      stop.get_token());
  CHECK(stopped.error().code == ErrorCode::Cancelled);
  CHECK(calls == 1);
  CHECK(models::verifyModel(model, {}, {}).ok());
}

TEST_CASE("a folder that has gone is unreadable; a pipe in it is passed by") {
  const TemporaryFolder folder;
  core::ModelInfo model;
  model.directory = folder.file("none");
  CHECK(models::verifyModel(model, {}, {}).error().code == ErrorCode::Unreadable);
  std::filesystem::create_directories(folder.file("m"));
  REQUIRE(::mkfifo(folder.file("m/pipe").c_str(), 0600) == 0);
  model.directory = folder.file("m");
  CHECK(models::verifyModel(model, {}, {})->empty());
}

TEST_CASE("what came is compared with what is there") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("m"));
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  for (const char* name : {"m/a", "m/b", "m/c", "m/extra"}) folder.write(name, "abc");
  models::ModelFile file;
  file.name = "M";
  file.files = {{"a", 3, abc, true}, {"b", 3, abc, false}, {"c", 3, abc, true}, {"gone", 3, abc, true}};
  REQUIRE(models::writeModelFile(folder.file("m"), file).ok());
  folder.write("m/c", "abd");
  folder.write("part", "abc");
  core::ModelInfo model;
  model.directory = folder.file("m");
  model.parts.vae = folder.file("part");
  model.parts.tokenizer = folder.file("unplugged");
  const auto checks = models::verifyModel(model, {}, {}, 4);
  REQUIRE(checks.ok());
  std::set<std::pair<std::string, FileCheck::Verdict>> verdicts;
  for (const FileCheck& check : *checks) {
    if (check.file != models::kModelFileName) verdicts.insert({check.file, check.verdict});
  }
  using Verdict = FileCheck::Verdict;
  CHECK(verdicts == std::set<std::pair<std::string, Verdict>>{{"a", Verdict::Published},
                                                              {"b", Verdict::Unchanged},
                                                              {"c", Verdict::Changed},
                                                              {"extra", Verdict::NotVerified},
                                                              {"gone", Verdict::Missing},
                                                              {folder.file("part"), Verdict::NotVerified},
                                                              {folder.file("unplugged"), Verdict::Missing}});
}

TEST_CASE("many files on many threads come out in order of name") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("m"));
  for (int i = 0; i < 40; ++i)
    folder.write("m/f" + std::to_string(10 + i), std::string(static_cast<std::size_t>(i), 'x'));
  core::ModelInfo model;
  model.directory = folder.file("m");
  const auto one = models::verifyModel(model, {}, {}, 1);
  const auto many = models::verifyModel(model, {}, {}, 8);
  REQUIRE((one.ok() && many.ok()));
  REQUIRE(one->size() == 40);
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(many->at(i).file == "f" + std::to_string(10 + i));
    CHECK(many->at(i).sha256 == one->at(i).sha256);
  }
}
