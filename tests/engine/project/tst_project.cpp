// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>

#include "tests/engine/project/builder.h"

using namespace kinora;
using namespace kinora::test;

TEST_CASE("a new project has one empty video track") {
  const project::Project project = project::newProject();
  REQUIRE(project.timeline.tracks.size() == 1);
  CHECK(project.timeline.tracks[0].kind == project::TrackKind::Video);
  CHECK(project.timeline.tracks[0].name == "V1");
  CHECK(project.timeline.length() == 0);
}

TEST_CASE("fresh ids differ and carry their prefix") {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(project::newId("c"));
  CHECK(ids.size() == 1000);
  CHECK(ids.begin()->size() == 13);
  CHECK(ids.begin()->front() == 'c');
}

TEST_CASE("the length in timeline frames follows the source's time, not its frame count") {
  project::Project project = sampleProject();
  CHECK(project.lengthInFrames(video("x", 48, {24})) == 48);
  CHECK(project.lengthInFrames(video("x", 25, {12})) == 50);
  CHECK(project.lengthInFrames(video("x", 30, {30})) == 24);
  CHECK(project.lengthInFrames(video("x", 24, core::Rational(24000, 1001))) == 24);
  CHECK(project.lengthInFrames(picture("x")) == 120);
}

TEST_CASE("without a duration the length comes from frames and rate, and is never nothing") {
  project::Project project = sampleProject();
  project::Asset asset = video("x", 25, {12});
  asset.info.duration = {};
  CHECK(project.lengthInFrames(asset) == 50);
  asset.info.frames = 0;
  CHECK(project.lengthInFrames(asset) == 1);
  asset.info.fps = {};
  CHECK(project.lengthInFrames(asset) == 1);
}

TEST_CASE("hostile durations do not overflow") {
  project::Project project = sampleProject();
  project::Asset asset = video("x", 25, {12});
  asset.info.duration = core::Rational(INT64_MAX, 1);
  CHECK(project.lengthInFrames(asset) == 1'000'000'000);
  asset.info.duration = {};
  asset.info.frames = INT64_MAX;
  asset.info.fps = core::Rational(1, 1'000'000);
  CHECK(project.lengthInFrames(asset) == 1'000'000'000);
  asset.info.duration = core::Rational(-5);
  asset.info.frames = 0;
  CHECK(project.lengthInFrames(asset) == 1);
}

TEST_CASE("clips, tracks and assets are found by id") {
  project::Project project = sampleProject();
  addTrack(project);
  addClip(project, "c1", "a", 0, 10);
  addClip(project, "c2", "b", 5, 10, 0, 1);
  REQUIRE(project.clip("c2"));
  CHECK(project.clip("c2")->asset == "b");
  CHECK(project.trackOf("c1") == 0);
  CHECK(project.trackOf("c2") == 1);
  CHECK(project.trackOf("nobody") == -1);
  CHECK(project.clip("nobody") == nullptr);
  CHECK(project.asset("nobody") == nullptr);
  CHECK(project.timeline.length() == 15);
}

TEST_CASE("takes of a group come in order of creation, and no group has no takes") {
  project::Project project = sampleProject();
  project::Asset second = video("a2", 10);
  second.takeGroup = "a";
  second.createdAt = 5;
  project::Asset third = video("a3", 10);
  third.takeGroup = "a";
  third.createdAt = 3;
  project.assets.push_back(second);
  project.assets.push_back(third);
  const auto takes = project.takes("a");
  REQUIRE(takes.size() == 3);
  CHECK(takes[0]->id == "a");
  CHECK(takes[1]->id == "a3");
  CHECK(takes[2]->id == "a2");
  CHECK(project.takes("").empty());  // the picture has no group
}
