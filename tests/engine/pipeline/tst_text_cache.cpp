// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/pipeline/text_cache.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "engine/tensor/pch.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using pipeline::TextCache;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

at::Tensor rowsFor(const std::vector<std::int64_t>& ids, double value) {
  return at::full({static_cast<std::int64_t>(ids.size()), 4}, value, at::kFloat);
}

std::vector<fs::path> entries(const std::string& folder) {
  std::vector<fs::path> found;
  for (const auto& file : fs::directory_iterator(folder)) found.push_back(file.path());
  return found;
}

const std::vector<std::int64_t> kIds{5, 9, 1};

}  // namespace

TEST_CASE("what was kept is found again, by tokens and by encoder") {
  const TemporaryFolder folder;
  const TextCache cache(folder.file("text"), "encoder a\n");
  CHECK_FALSE(cache.find(kIds).defined());
  cache.keep(kIds, rowsFor(kIds, 0.25));
  const at::Tensor found = cache.find(kIds);
  REQUIRE(found.defined());
  CHECK(at::equal(found, rowsFor(kIds, 0.25)));
  CHECK_FALSE(cache.find({5, 9, 2}).defined());
  CHECK_FALSE(cache.find({5, 9}).defined());
  CHECK_FALSE(TextCache(folder.file("text"), "encoder b\n").find(kIds).defined());
}

TEST_CASE("without a folder nothing is kept, and a folder that cannot be made does no harm") {
  const TextCache none("", "encoder");
  none.keep(kIds, rowsFor(kIds, 1));
  CHECK_FALSE(none.find(kIds).defined());
  const TemporaryFolder folder;
  const TextCache blocked(folder.write("file", "not a folder") + "/text", "encoder");
  blocked.keep(kIds, rowsFor(kIds, 1));
  CHECK_FALSE(blocked.find(kIds).defined());
}

TEST_CASE("a damaged entry is as good as none, and is replaced") {
  const TemporaryFolder folder;
  const TextCache cache(folder.path(), "encoder");
  cache.keep(kIds, rowsFor(kIds, 0.5));
  const fs::path entry = entries(folder.path()).front();
  const auto size = static_cast<std::streamoff>(fs::file_size(entry));
  SUBCASE("a flipped value") {
    std::fstream file(entry, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(size - 2);
    file.put('\x7f');
  }
  SUBCASE("cut off") {
    fs::resize_file(entry, static_cast<std::uintmax_t>(size) - 5);
  }
  SUBCASE("not a weight file at all") {
    std::ofstream(entry, std::ios::binary) << "hello";
  }
  CHECK_FALSE(cache.find(kIds).defined());
  cache.keep(kIds, rowsFor(kIds, 0.5));
  CHECK(cache.find(kIds).defined());
}

TEST_CASE("the entries used longest ago go first") {
  const TemporaryFolder folder;
  const TextCache roomy(folder.path(), "encoder");
  const std::vector<std::vector<std::int64_t>> prompts{{1}, {2}, {3}};
  fs::path oldest;
  for (const auto& ids : prompts) {
    roomy.keep(ids, rowsFor(ids, 1));
  }
  const std::uint64_t one = fs::file_size(entries(folder.path()).front());
  // All are an hour old; the first is used now.
  for (const fs::path& entry : entries(folder.path())) {
    fs::last_write_time(entry, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  CHECK(roomy.find({1}).defined());
  TextCache(folder.path(), "encoder", 2 * one).keep({4}, rowsFor({4}, 1));
  CHECK(entries(folder.path()).size() == 2);
  CHECK(roomy.find({1}).defined());
  CHECK(roomy.find({4}).defined());
}

TEST_CASE("files are named as they are now") {
  const TemporaryFolder folder;
  fs::create_directory(folder.file("part"));
  const std::string inside = folder.write("part/model.safetensors", "abc");
  const std::string alone = folder.write("spiece.model", "x");
  const auto name = [&] { return pipeline::filesAsTheyAre({folder.file("part"), alone}); };
  const std::string before = name();
  CHECK(before == name());
  CHECK(before.find("model.safetensors") != std::string::npos);
  CHECK(before.find("spiece.model") != std::string::npos);
  folder.write("part/model.safetensors", "abcd");
  CHECK(before != name());
  CHECK(pipeline::filesAsTheyAre({folder.file("absent")}).find("absent") != std::string::npos);
  static_cast<void>(inside);
}
