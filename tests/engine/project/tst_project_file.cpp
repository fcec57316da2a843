// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/project/project_file.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/project/migrations.h"
#include "tests/engine/project/builder.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using nlohmann::json;

namespace {

const std::string kSample = KINORA_SOURCE_DIR "/tests/data/projects/v1.kinora";

project::Project fullProject(const TemporaryFolder& folder) {
  project::Project project = sampleProject();
  project.name = "Café 夏 🎬";
  project.fps = core::Rational(24000, 1001);
  project.size = {1920, 1080};
  project.playhead = 17;
  project.createDraft = R"({"prompt":"a cat","steps":12})";
  project.assets[0].info.path = folder.write("a.mp4", "not really");
  project.assets[0].info.recipe = R"({"prompt":"a \"quoted\" cat"})";
  project.assets[0].info.codec = "h264";
  project.assets[0].info.sha256 = "abc";
  project.assets[0].info.hasAudio = true;
  project.assets[0].generated = true;
  project.assets[0].starred = true;
  project.assets[0].createdAt = 1'700'000'000'123;
  project.assets[1].info.path = "/nowhere/b.mp4";
  project.assets[1].info.recipe = "{ not JSON";
  project.assets[1].rejected = true;
  project.assets[1].offline = true;
  project.assets[2].offline = true;
  addTrack(project, project::TrackKind::Title);
  project.timeline.tracks[1].locked = true;
  project.timeline.tracks[1].hidden = true;
  addClip(project, "c1", "a", 0, 40, 3);
  addClip(project, "c2", "p", 50, 20);
  return project;
}

json sampleJson() {
  return json::parse(readAll(kSample));
}

void checkCorrupt(const json& changed, const std::string& where) {
  CAPTURE(where);
  const auto project = project::fromJson(changed.dump(), "/base");
  REQUIRE_FALSE(project.ok());
  CHECK(project.error().code == ErrorCode::Corrupt);
  CHECK(project.error().message.find("[" + where + "]") != std::string::npos);
}

}  // namespace

TEST_CASE("what is saved is what is read, to the last field") {
  const TemporaryFolder folder;
  const project::Project project = fullProject(folder);
  const std::string file = folder.file("film.kinora");
  REQUIRE(project::saveProject(project, file).ok());
  const auto again = project::loadProject(file);
  REQUIRE(again.ok());
  CHECK(*again == project);
  // And a second save gives the same bytes.
  const std::string first = readAll(file);
  REQUIRE(project::saveProject(*again, file).ok());
  CHECK(readAll(file) == first);
}

TEST_CASE("media paths are relative to the project, and move with it") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("one/film.media"));
  project::Project project = sampleProject();
  project.assets = {video("a", 10), video("b", 10)};
  project.assets[0].info.path = folder.write("one/film.media/a.mp4", "x");
  project.assets[1].info.path = folder.write("b.mp4", "x");
  REQUIRE(project::saveProject(project, folder.file("one/film.kinora")).ok());
  const json stored = json::parse(readAll(folder.file("one/film.kinora")));
  CHECK(stored["assets"][0]["path"] == "film.media/a.mp4");
  CHECK(stored["assets"][1]["path"] == "../b.mp4");
  CHECK(readAll(folder.file("one/film.kinora")).find(folder.path()) == std::string::npos);

  std::filesystem::rename(folder.file("one"), folder.file("two"));
  const auto moved = project::loadProject(folder.file("two/film.kinora"));
  REQUIRE(moved.ok());
  CHECK(moved->assets[0].info.path == folder.file("two/film.media/a.mp4"));
  CHECK_FALSE(moved->assets[0].offline);
  CHECK_FALSE(moved->assets[1].offline);
}

TEST_CASE("missing media are marked offline and keep all that is known of them") {
  const TemporaryFolder folder;
  project::Project project = sampleProject();
  project.assets[0].info.path = folder.file("gone.mp4");
  REQUIRE(project::saveProject(project, folder.file("film.kinora")).ok());
  const auto again = project::loadProject(folder.file("film.kinora"));
  REQUIRE(again.ok());
  CHECK(again->assets[0].offline);
  CHECK(again->assets[0].info.frames == 100);
  CHECK(again->assets[0].info.path == folder.file("gone.mp4"));
}

TEST_CASE("the frozen version 1 sample reads as it always did") {
  const auto project = project::loadProject(kSample);
  REQUIRE(project.ok());
  CHECK(project->name == "First steps");
  CHECK(project->fps == core::Rational(24));
  CHECK(project->size == core::Size{1280, 720});
  CHECK(project->playhead == 48);
  CHECK(project->createDraft == R"({"aspect":"16:9","prompt":"a red ball bounces"})");
  REQUIRE(project->assets.size() == 2);
  CHECK(project->assets[0].info.kind == core::MediaKind::Video);
  CHECK(project->assets[0].info.fps == core::Rational(12));
  CHECK(project->assets[0].info.duration == core::Rational(25, 12));
  CHECK(project->assets[0].info.recipe == R"({"frames":25,"prompt":"a red ball bounces","seed":7})");
  CHECK(project->assets[0].generated);
  CHECK(project->assets[0].offline);
  CHECK(project->assets[1].info.kind == core::MediaKind::Picture);
  CHECK(project->assets[1].starred);
  REQUIRE(project->timeline.tracks.size() == 1);
  CHECK(layout(*project) == "as1[0,50)+0 as2[60,180)+0");
}

TEST_CASE("a project of the present version needs no migration") {
  CHECK(project::kProjectVersion == 1);
  CHECK(project::migrations().size() == static_cast<std::size_t>(project::kProjectVersion - 1));
  const auto project = project::fromJson(readAll(kSample), "/base");
  REQUIRE(project.ok());
  CHECK(json::parse(project::toJson(*project, "/base")) == sampleJson());
}

TEST_CASE("migrations run one after another from the file's version on") {
  const project::Migration steps[] = {{1, [](json& p) { p["trail"] = p.value("trail", "") + "1>2 "; }},
                                      {2, [](json& p) { p["trail"] = p.value("trail", "") + "2>3 "; }},
                                      {3, [](json& p) { p["trail"] = p.value("trail", "") + "3>4 "; }}};
  json project{{"version", 2}};
  project::migrate(project, 4, steps);
  CHECK(project["version"] == 4);
  CHECK(project["trail"] == "2>3 3>4 ");
  json same{{"version", 4}};
  project::migrate(same, 4, steps);
  CHECK(same == json{{"version", 4}});
  json stuck{{"version", 0}};
  CHECK_THROWS_AS(project::migrate(stuck, 4, steps), project::FormatError);
}

TEST_CASE("unknown keys are kept at every level") {
  json sample = sampleJson();
  sample["later"] = {{"deep", {1, 2, 3}}};
  sample["assets"][0]["rating"] = 5;
  sample["tracks"][0]["height"] = 80;
  sample["tracks"][0]["clips"][1]["effects"] = json::array({{{"blur", 0.5}}});
  const auto project = project::fromJson(sample.dump(), "/base");
  REQUIRE(project.ok());
  CHECK(json::parse(project::toJson(*project, "/base")) == sample);
}

TEST_CASE("a key of ours inside extra never overrides the value") {
  project::Project project = sampleProject();
  project.extra = R"({"name":"wrong","later":1})";
  const json stored = json::parse(project::toJson(project, ""));
  CHECK(stored["name"] == "Untitled");
  CHECK(stored["later"] == 1);
  project.extra = "{ broken";
  CHECK(json::parse(project::toJson(project, ""))["name"] == "Untitled");
}

TEST_CASE("a newer version is refused and says so") {
  json sample = sampleJson();
  for (const json& version : {json(2), json(4'000'000'000'000), json(UINT64_MAX)}) {
    sample["version"] = version;
    const auto project = project::fromJson(sample.dump(), "/base");
    REQUIRE_FALSE(project.ok());
    CHECK(project.error().code == ErrorCode::NewerVersion);
    CHECK(project.error().message.find(version.dump()) != std::string::npos);
  }
}

TEST_CASE("what is no Kinora project is told apart from a damaged one") {
  CHECK(project::fromJson("", "").error().code == ErrorCode::Corrupt);
  CHECK(project::fromJson("  \n", "").error().code == ErrorCode::Corrupt);
  CHECK(project::fromJson("\x89PNG\r\n", "").error().code == ErrorCode::InvalidInput);
  CHECK(project::fromJson("[1,2]", "").error().code == ErrorCode::InvalidInput);
  CHECK(project::fromJson("{}", "").error().code == ErrorCode::InvalidInput);
  CHECK(project::fromJson(R"({"format":"other"})", "").error().code == ErrorCode::InvalidInput);
  CHECK(project::fromJson(R"({"format":7})", "").error().code == ErrorCode::InvalidInput);
}

TEST_CASE("a project cut off anywhere is an error and never a crash") {
  const std::string whole = readAll(kSample);
  for (std::size_t length = 1; length + 2 < whole.size(); ++length) {
    const auto project = project::fromJson(whole.substr(0, length), "/base");
    REQUIRE_FALSE(project.ok());
    REQUIRE(project.error().code == ErrorCode::Corrupt);
  }
}

TEST_CASE("every byte of the sample replaced by nonsense is read or refused, never a crash") {
  const std::string whole = readAll(kSample);
  for (const char byte : {'\0', '"', '{', '9', '-', '\xFF'}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string damaged = whole;
      damaged[i] = byte;
      if (const auto project = project::fromJson(damaged, "/base")) CHECK_FALSE(project->timeline.tracks.empty());
    }
  }
}

TEST_CASE("deep nesting is refused, also where keys are unknown or text holds JSON") {
  const std::string deep(200'000, '[');
  CHECK(project::fromJson("{\"format\":\"kinora-project\",\"x\":" + deep, "").error().code == ErrorCode::Corrupt);
  json sample = sampleJson();
  std::string closed = std::string(100'000, '[') + std::string(100'000, ']');
  std::string text = sample.dump();
  text.insert(1, "\"later\":" + closed + ",");
  CHECK(project::fromJson(text, "").error().code == ErrorCode::Corrupt);
  sample["create"] = "{\"a\":" + closed + "}";
  const auto project = project::fromJson(sample.dump(), "/base");
  REQUIRE(project.ok());
  CHECK(json::parse(project::toJson(*project, "/base")) == sample);
}

TEST_CASE("times that contradict each other are corrupt, with their place") {
  json sample = sampleJson();
  SUBCASE("overlap") {
    sample["tracks"][0]["clips"][1]["start"] = 49;
    checkCorrupt(sample, "tracks[0].clips[1].start");
  }
  SUBCASE("unsorted") {
    std::swap(sample["tracks"][0]["clips"][0], sample["tracks"][0]["clips"][1]);
    checkCorrupt(sample, "tracks[0].clips[1].start");
  }
  SUBCASE("negative start") {
    sample["tracks"][0]["clips"][0]["start"] = -1;
    checkCorrupt(sample, "tracks[0].clips[0].start");
  }
  SUBCASE("negative in") {
    sample["tracks"][0]["clips"][0]["in"] = -1;
    checkCorrupt(sample, "tracks[0].clips[0].in");
  }
  SUBCASE("no length") {
    sample["tracks"][0]["clips"][0]["length"] = 0;
    checkCorrupt(sample, "tracks[0].clips[0].length");
  }
  SUBCASE("a fraction of a frame") {
    sample["tracks"][0]["clips"][0]["length"] = 1.5;
    checkCorrupt(sample, "tracks[0].clips[0].length");
  }
  SUBCASE("a number beyond 64 bits") {
    sample["tracks"][0]["clips"][0]["start"] = UINT64_MAX;
    checkCorrupt(sample, "tracks[0].clips[0].start");
  }
  SUBCASE("an end past what a timeline may have") {
    sample["tracks"][0]["clips"][1]["length"] = 999'999'999;
    checkCorrupt(sample, "tracks[0].clips[1].length");
  }
}

TEST_CASE("wrong types, ranges and references are corrupt, with their place") {
  const auto changed = [](const char* pointer, const json& value) {
    json sample = sampleJson();
    sample[json::json_pointer(pointer)] = value;
    return sample;
  };
  checkCorrupt(changed("/name", 7), "name");
  checkCorrupt(changed("/fps", "0/1"), "fps");
  checkCorrupt(changed("/fps", "24"), "fps");
  checkCorrupt(changed("/fps", "24/0"), "fps");
  checkCorrupt(changed("/fps", "-24/1"), "fps");
  checkCorrupt(changed("/fps", "24/1x"), "fps");
  checkCorrupt(changed("/fps", "99999999999999999999/1"), "fps");
  checkCorrupt(changed("/size", json::array({1280})), "size");
  checkCorrupt(changed("/size", json::array({0, 720})), "size");
  checkCorrupt(changed("/playhead", "now"), "playhead");
  checkCorrupt(changed("/version", "1"), "version");
  checkCorrupt(changed("/version", 0), "version");
  checkCorrupt(changed("/assets", json::object()), "assets");
  checkCorrupt(changed("/assets/0", 5), "assets[0]");
  checkCorrupt(changed("/assets/0/kind", "hologram"), "assets[0].kind");
  checkCorrupt(changed("/assets/0/path", ""), "assets[0].path");
  checkCorrupt(changed("/assets/0/path", std::string("a\0b", 3)), "assets[0].path");
  checkCorrupt(changed("/assets/0/frames", -1), "assets[0].frames");
  checkCorrupt(changed("/assets/0/generated", "yes"), "assets[0].generated");
  checkCorrupt(changed("/assets/1/id", "as1"), "assets[1].id");
  checkCorrupt(changed("/tracks", json::array()), "tracks");
  checkCorrupt(changed("/tracks/0/kind", "smell"), "tracks[0].kind");
  checkCorrupt(changed("/tracks/0/clips/0/asset", "nobody"), "tracks[0].clips[0].asset");
  checkCorrupt(changed("/tracks/0/clips/1/id", "cl1"), "tracks[0].clips[1].id");
  for (const char* key : {"fps", "size", "assets", "tracks"}) {
    json sample = sampleJson();
    sample.erase(key);
    checkCorrupt(sample, key);
  }
}

TEST_CASE("a file that is not there, a folder and a device are told apart") {
  const TemporaryFolder folder;
  CHECK(project::loadProject(folder.file("none.kinora")).error().code == ErrorCode::NotFound);
  CHECK(project::loadProject(folder.path()).error().code == ErrorCode::Unreadable);
  CHECK(project::loadProject("/dev/zero").error().code == ErrorCode::Unreadable);
  const auto damaged = project::loadProject(folder.write("x.kinora", "{\"format\":"));
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().context == folder.file("x.kinora"));
}

TEST_CASE("saving into a folder that is not there is refused") {
  const TemporaryFolder folder;
  CHECK(project::saveProject(sampleProject(), folder.file("no/film.kinora")).error().code == ErrorCode::NotWritable);
  CHECK(project::saveProject(sampleProject(), folder.path()).error().code == ErrorCode::NotWritable);
}

TEST_CASE("saving keeps the file's permissions and follows links") {
  const TemporaryFolder folder;
  const std::string file = folder.write("real.kinora", "old");
  ::chmod(file.c_str(), 0640);
  std::filesystem::create_symlink(file, folder.file("link.kinora"));
  REQUIRE(project::saveProject(sampleProject(), folder.file("link.kinora")).ok());
  CHECK(std::filesystem::is_symlink(folder.file("link.kinora")));
  CHECK(project::loadProject(file).ok());
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("a save that runs out of room leaves the old file and nothing beside it") {
  const TemporaryFolder folder;
  const std::string file = folder.write("film.kinora", "the old one");
  project::Project project = sampleProject();
  project.name = std::string(100'000, 'x');
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // A limit on file size makes write() fail as a full disk does.
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto saved = project::saveProject(project, file);
    ::_exit(!saved && saved.error().code == ErrorCode::DiskFull ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(readAll(file) == "the old one");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
