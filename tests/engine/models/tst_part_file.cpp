// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <csignal>

#include "engine/models/part_file.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::PartFile;

namespace {

PartFile opened(const std::string& target, std::uint64_t bytes = 25, const std::string& tag = "tag") {
  auto file = PartFile::open(target, bytes, 10, tag);
  REQUIRE_MESSAGE(file.ok(), (file.ok() ? std::string() : file.error().text()));
  return std::move(file).value();
}

void put(PartFile& file, std::size_t piece, char letter) {
  const std::string bytes(file.begin(piece + 1) - file.begin(piece), letter);
  REQUIRE(file.write(file.begin(piece), bytes.data(), bytes.size()).ok());
  REQUIRE(file.markDone(piece).ok());
}

}  // namespace

TEST_CASE("pieces come in any order and survive the process") {
  const TemporaryFolder folder;
  const std::string target = folder.file("x");
  {
    PartFile file = opened(target);
    CHECK(file.pieces() == 3);
    CHECK(file.begin(2) == 20);
    CHECK(file.begin(3) == 25);
    CHECK(file.doneBytes() == 0);
    CHECK(std::filesystem::file_size(file.partPath()) == 25);
    put(file, 2, 'c');
    CHECK(file.doneBytes() == 5);
  }
  CHECK(PartFile::doneBytesOf(target) == 5);
  PartFile file = opened(target);
  CHECK(file.isDone(2));
  CHECK_FALSE(file.isDone(0));
  put(file, 0, 'a');
  put(file, 1, 'b');
  CHECK(file.isComplete());
  CHECK_FALSE(std::filesystem::exists(target));
  REQUIRE(file.rename().ok());
  CHECK(readAll(target) == "aaaaaaaaaabbbbbbbbbbccccc");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  CHECK(PartFile::doneBytesOf(target) == 0);
}

TEST_CASE("a journal of another size, version or piece length counts nothing") {
  const TemporaryFolder folder;
  const std::string target = folder.file("x");
  const auto again = [&] {
    PartFile file = opened(target);
    put(file, 0, 'a');
  };
  again();
  CHECK(opened(target, 26).doneBytes() == 0);
  again();
  CHECK(opened(target, 25, "else").doneBytes() == 0);
  again();
  CHECK(PartFile::open(target, 25, 5, "tag")->doneBytes() == 0);
  again();
  std::filesystem::resize_file(target + ".part", 24);
  CHECK(opened(target).doneBytes() == 0);
  again();
  std::filesystem::remove(target + ".part");
  CHECK(opened(target).doneBytes() == 0);
}

TEST_CASE("a journal that was cut short or scribbled on counts only its whole and sound lines") {
  const TemporaryFolder folder;
  const std::string target = folder.file("x");
  {
    PartFile file = opened(target);
    put(file, 0, 'a');
    put(file, 1, 'b');
  }
  const std::string whole = readAll(target + ".journal");
  const auto doneWith = [&](const std::string& journal) {
    folder.write("x.journal", journal);
    return opened(target).doneBytes();
  };
  CHECK(doneWith(whole) == 20);
  CHECK(doneWith(whole.substr(0, whole.size() - 1)) == 10);
  CHECK(doneWith(whole + "2") == 20);
  CHECK(doneWith(whole + "99999\n-1\nx\n18446744073709551616\n2 2\n\n") == 20);
  // A line that follows a torn one stands alone.
  folder.write("x.journal", whole + "1");
  {
    PartFile file = opened(target);
    put(file, 2, 'c');
  }
  CHECK(opened(target).isComplete());
  CHECK(doneWith("") == 0);
  CHECK(doneWith(std::string("\0\xff\n1\n", 5)) == 0);
  folder.write("y.journal", "kinora-download 1 99999999999999 1 tag\n0\n");
  CHECK(PartFile::doneBytesOf(folder.file("y")) == 0);
  folder.write("y.journal", "kinora-download 1 10 0 tag\n0\n");
  CHECK(PartFile::doneBytesOf(folder.file("y")) == 0);
}

TEST_CASE("a folder that is not there, a full disk") {
  const TemporaryFolder folder;
  CHECK(PartFile::open(folder.file("no/x"), 25, 10, "tag").error().code == ErrorCode::NotWritable);
  const std::string target = folder.file("x");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // A limit on file size makes writing fail as a full disk does.
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{64, 64};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto file = PartFile::open(target, 1000, 10, "tag");
    ::_exit(!file && file.error().code == ErrorCode::DiskFull ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(PartFile::doneBytesOf(target) == 0);
}
