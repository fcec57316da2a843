// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/project/edit.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "tests/engine/project/builder.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using project::PlaceMode;

namespace {

/// a[0,40)+0 b[40,60)+5 p[80,100)+0, with clips c1, c2, c3
project::Project threeClips() {
  project::Project project = sampleProject();
  addClip(project, "c1", "a", 0, 40);
  addClip(project, "c2", "b", 40, 20, 5);
  addClip(project, "c3", "p", 80, 20);
  return project;
}

/// Runs edit and checks that it fails with code and that nothing has changed.
template <class Edit>
void checkRefused(project::Project& project, ErrorCode code, Edit edit) {
  const project::Project before = project;
  const auto result = edit(project);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == code);
  CHECK_FALSE(result.error().message.empty());
  CHECK(project == before);
}

/// The rules that every edit keeps.
void checkSound(const project::Project& project) {
  std::set<std::string> ids;
  for (const project::Track& track : project.timeline.tracks) {
    std::int64_t end = 0;
    for (const project::Clip& clip : track.clips) {
      CHECK(clip.start >= end);
      CHECK(clip.length > 0);
      CHECK(clip.in >= 0);
      CHECK(ids.insert(clip.id).second);
      end = clip.end();
    }
  }
}

}  // namespace

TEST_CASE("place: the whole asset at a start, in an empty track") {
  project::Project project = sampleProject();
  const auto id = project::placeClip(project, 0, 12, "a", PlaceMode::Overwrite);
  REQUIRE(id.ok());
  CHECK(layout(project) == "a[12,112)+0");
  CHECK(project.clip(*id)->start == 12);
}

TEST_CASE("place: a part of an asset, cut to what the source has") {
  project::Project project = sampleProject();
  REQUIRE(project::placeClip(project, 0, 0, "a", PlaceMode::Overwrite, 20, 30).ok());
  CHECK(layout(project) == "a[0,30)+20");
  REQUIRE(project::placeClip(project, 0, 100, "b", PlaceMode::Overwrite, 40, 500).ok());
  CHECK(layout(project) == "a[0,30)+20 b[100,110)+40");
  REQUIRE(project::placeClip(project, 0, 200, "p", PlaceMode::Overwrite, 0, 5000).ok());
  CHECK(layout(project) == "a[0,30)+20 b[100,110)+40 p[200,5200)+0");
}

TEST_CASE("place, overwrite: trims, splits and removes what lies under it") {
  SUBCASE("in the middle of one clip") {
    project::Project project = sampleProject();
    addClip(project, "c1", "a", 0, 100);
    REQUIRE(project::placeClip(project, 0, 30, "p", PlaceMode::Overwrite, 0, 20).ok());
    CHECK(layout(project) == "a[0,30)+0 p[30,50)+0 a[50,100)+50");
    CHECK(project.timeline.tracks[0].clips[0].id == "c1");
    checkSound(project);
  }
  SUBCASE("over several clips") {
    project::Project project = threeClips();
    REQUIRE(project::placeClip(project, 0, 30, "p", PlaceMode::Overwrite, 0, 55).ok());
    CHECK(layout(project) == "a[0,30)+0 p[30,85)+0 p[85,100)+5");
    checkSound(project);
  }
  SUBCASE("exactly over one clip") {
    project::Project project = threeClips();
    REQUIRE(project::placeClip(project, 0, 40, "p", PlaceMode::Overwrite, 0, 20).ok());
    CHECK(layout(project) == "a[0,40)+0 p[40,60)+0 p[80,100)+0");
    CHECK(project.clip("c2") == nullptr);
  }
  SUBCASE("into a gap that fits") {
    project::Project project = threeClips();
    REQUIRE(project::placeClip(project, 0, 60, "p", PlaceMode::Overwrite, 0, 20).ok());
    CHECK(layout(project) == "a[0,40)+0 b[40,60)+5 p[60,80)+0 p[80,100)+0");
  }
}

TEST_CASE("place, insert: moves everything from start on to the right") {
  project::Project project = threeClips();
  SUBCASE("at a cut") {
    REQUIRE(project::placeClip(project, 0, 40, "p", PlaceMode::Insert, 0, 10).ok());
    CHECK(layout(project) == "a[0,40)+0 p[40,50)+0 b[50,70)+5 p[90,110)+0");
  }
  SUBCASE("inside a clip, which is split") {
    REQUIRE(project::placeClip(project, 0, 50, "p", PlaceMode::Insert, 0, 10).ok());
    CHECK(layout(project) == "a[0,40)+0 b[40,50)+5 p[50,60)+0 b[60,70)+15 p[90,110)+0");
  }
  SUBCASE("behind the end") {
    REQUIRE(project::placeClip(project, 0, 300, "p", PlaceMode::Insert, 0, 10).ok());
    CHECK(layout(project) == "a[0,40)+0 b[40,60)+5 p[80,100)+0 p[300,310)+0");
  }
  checkSound(project);
}

TEST_CASE("place: what cannot be leaves the project as it was") {
  project::Project project = threeClips();
  addTrack(project, project::TrackKind::Audio);
  const auto place = [](int track, std::int64_t start, const char* asset, std::int64_t in = 0,
                        std::int64_t length = 0) {
    return [=](project::Project& p) {
      return project::placeClip(p, track, start, asset, PlaceMode::Overwrite, in, length);
    };
  };
  checkRefused(project, ErrorCode::InvalidInput, place(2, 0, "a"));
  checkRefused(project, ErrorCode::InvalidInput, place(-1, 0, "a"));
  checkRefused(project, ErrorCode::NotFound, place(0, 0, "nobody"));
  checkRefused(project, ErrorCode::InvalidInput, place(0, -1, "a"));
  checkRefused(project, ErrorCode::InvalidInput, place(0, 0, "a", -1));
  checkRefused(project, ErrorCode::InvalidInput, place(0, 0, "a", 100));
  checkRefused(project, ErrorCode::InvalidInput, place(0, 0, "a", 0, -5));
  checkRefused(project, ErrorCode::InvalidInput, place(1, 0, "a"));  // silent video on an audio track
  checkRefused(project, ErrorCode::InvalidInput, place(0, INT64_MAX - 5, "a"));
  checkRefused(project, ErrorCode::InvalidInput, place(0, 1'000'000'000, "a"));
  project.timeline.tracks[0].locked = true;
  checkRefused(project, ErrorCode::InvalidInput, place(0, 200, "a"));
}

TEST_CASE("place, insert: a timeline that would grow without end is refused") {
  project::Project project = sampleProject();
  addClip(project, "c1", "p", 999'999'990, 10);
  checkRefused(project, ErrorCode::InvalidInput,
               [](project::Project& p) { return project::placeClip(p, 0, 0, "a", PlaceMode::Insert); });
}

TEST_CASE("place: sound goes on audio tracks only") {
  project::Project project = sampleProject();
  addTrack(project, project::TrackKind::Audio);
  project::Asset sound = video("s", 48);
  sound.info.kind = core::MediaKind::Audio;
  project.assets.push_back(sound);
  REQUIRE(project::placeClip(project, 1, 0, "s", PlaceMode::Overwrite).ok());
  checkRefused(project, ErrorCode::InvalidInput,
               [](project::Project& p) { return project::placeClip(p, 0, 0, "s", PlaceMode::Overwrite); });
}

TEST_CASE("move, overwrite: leaves a gap and takes its new place") {
  project::Project project = threeClips();
  REQUIRE(project::moveClip(project, "c1", 0, 100, PlaceMode::Overwrite).ok());
  CHECK(layout(project) == "b[40,60)+5 p[80,100)+0 a[100,140)+0");
  CHECK(project.trackOf("c1") == 0);
}

TEST_CASE("move, overwrite: over its neighbours and over its own former place") {
  project::Project project = threeClips();
  REQUIRE(project::moveClip(project, "c1", 0, 10, PlaceMode::Overwrite).ok());
  CHECK(layout(project) == "a[10,50)+0 b[50,60)+15 p[80,100)+0");
  REQUIRE(project::moveClip(project, "c1", 0, 10, PlaceMode::Overwrite).ok());
  CHECK(layout(project) == "a[10,50)+0 b[50,60)+15 p[80,100)+0");
  checkSound(project);
}

TEST_CASE("move, insert on the same track: reorders and closes the gap") {
  SUBCASE("to the right, to the end of the next clip") {
    project::Project project = threeClips();
    REQUIRE(project::moveClip(project, "c1", 0, 60, PlaceMode::Insert).ok());
    CHECK(layout(project) == "b[0,20)+5 a[20,60)+0 p[80,100)+0");
  }
  SUBCASE("to the left, before the first") {
    project::Project project = threeClips();
    REQUIRE(project::moveClip(project, "c2", 0, 0, PlaceMode::Insert).ok());
    CHECK(layout(project) == "b[0,20)+5 a[20,60)+0 p[80,100)+0");
  }
  SUBCASE("onto itself: nothing moves") {
    project::Project project = threeClips();
    const project::Project before = project;
    for (const std::int64_t start : {40, 41, 59, 60}) {
      REQUIRE(project::moveClip(project, "c2", 0, start, PlaceMode::Insert).ok());
      CHECK(project == before);
    }
  }
}

TEST_CASE("move: to another track, in both modes") {
  project::Project project = threeClips();
  addTrack(project);
  addClip(project, "c4", "a", 0, 50, 0, 1);
  SUBCASE("overwrite") {
    REQUIRE(project::moveClip(project, "c2", 1, 10, PlaceMode::Overwrite).ok());
    CHECK(layout(project, 0) == "a[0,40)+0 p[80,100)+0");
    CHECK(layout(project, 1) == "a[0,10)+0 b[10,30)+5 a[30,50)+30");
  }
  SUBCASE("insert leaves the other track's times alone") {
    REQUIRE(project::moveClip(project, "c2", 1, 10, PlaceMode::Insert).ok());
    CHECK(layout(project, 0) == "a[0,40)+0 p[80,100)+0");
    CHECK(layout(project, 1) == "a[0,10)+0 b[10,30)+5 a[30,70)+10");
  }
  checkSound(project);
}

TEST_CASE("move: what cannot be leaves the project as it was") {
  project::Project project = threeClips();
  addTrack(project, project::TrackKind::Audio);
  const auto move = [](const char* clip, int track, std::int64_t start) {
    return [=](project::Project& p) { return project::moveClip(p, clip, track, start, PlaceMode::Overwrite); };
  };
  checkRefused(project, ErrorCode::NotFound, move("nobody", 0, 0));
  checkRefused(project, ErrorCode::InvalidInput, move("c1", 5, 0));
  checkRefused(project, ErrorCode::InvalidInput, move("c1", 0, -1));
  checkRefused(project, ErrorCode::InvalidInput, move("c1", 1, 0));
  checkRefused(project, ErrorCode::InvalidInput, move("c1", 0, 999'999'999));
  addTrack(project);
  project.timeline.tracks[2].locked = true;
  checkRefused(project, ErrorCode::InvalidInput, move("c1", 2, 0));
  project.timeline.tracks[0].locked = true;
  checkRefused(project, ErrorCode::InvalidInput, move("c1", 2, 0));
}

TEST_CASE("trim start: moves the edge and what is skipped, within source and neighbours") {
  project::Project project = threeClips();
  REQUIRE(project::trimStart(project, "c2", 45).ok());
  CHECK(layout(project) == "a[0,40)+0 b[45,60)+10 p[80,100)+0");
  REQUIRE(project::trimStart(project, "c2", 0).ok());  // up to the neighbour
  CHECK(layout(project) == "a[0,40)+0 b[40,60)+5 p[80,100)+0");
  REQUIRE(project::trimStart(project, "c2", 500).ok());  // one frame is left
  CHECK(layout(project) == "a[0,40)+0 b[59,60)+24 p[80,100)+0");
}

TEST_CASE("trim start: stops at the source's head; a picture has none") {
  project::Project project = sampleProject();
  addClip(project, "c1", "b", 40, 20, 5);
  addClip(project, "c2", "p", 100, 20);
  REQUIRE(project::trimStart(project, "c1", 0).ok());
  CHECK(layout(project) == "b[35,60)+0 p[100,120)+0");
  REQUIRE(project::trimStart(project, "c2", 70).ok());
  CHECK(layout(project) == "b[35,60)+0 p[70,120)+0");
}

TEST_CASE("trim end: stops at the source's end, the neighbour and one frame; a picture has no end") {
  project::Project project = threeClips();
  REQUIRE(project::trimEnd(project, "c2", 70).ok());
  CHECK(layout(project) == "a[0,40)+0 b[40,70)+5 p[80,100)+0");
  REQUIRE(project::trimEnd(project, "c2", 500).ok());  // the neighbour at 80; the source would reach 85
  CHECK(layout(project) == "a[0,40)+0 b[40,80)+5 p[80,100)+0");
  REQUIRE(project::trimEnd(project, "c2", -3).ok());
  CHECK(layout(project) == "a[0,40)+0 b[40,41)+5 p[80,100)+0");
  REQUIRE(project::trimEnd(project, "c3", 9000).ok());
  CHECK(layout(project) == "a[0,40)+0 b[40,41)+5 p[80,9000)+0");
  REQUIRE(project::liftClips(project, {"c3"}).ok());
  REQUIRE(project::trimEnd(project, "c2", 500).ok());
  CHECK(layout(project) == "a[0,40)+0 b[40,85)+5");
}

TEST_CASE("trim: unknown clips and locked tracks are refused") {
  project::Project project = threeClips();
  checkRefused(project, ErrorCode::NotFound, [](auto& p) { return project::trimStart(p, "nobody", 0); });
  checkRefused(project, ErrorCode::NotFound, [](auto& p) { return project::trimEnd(p, "nobody", 0); });
  project.timeline.tracks[0].locked = true;
  checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::trimStart(p, "c1", 5); });
  checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::trimEnd(p, "c1", 5); });
}

TEST_CASE("split: both halves show what the whole showed") {
  project::Project project = threeClips();
  const auto right = project::splitClip(project, "c2", 47);
  REQUIRE(right.ok());
  CHECK(layout(project) == "a[0,40)+0 b[40,47)+5 b[47,60)+12 p[80,100)+0");
  CHECK(project.clip(*right)->start == 47);
  CHECK(project.clip("c2")->length == 7);
  checkSound(project);
}

TEST_CASE("split: not at an edge, not outside, not on a locked track") {
  project::Project project = threeClips();
  for (const std::int64_t frame : {40, 60, 39, 61, -1}) {
    checkRefused(project, ErrorCode::InvalidInput, [frame](auto& p) { return project::splitClip(p, "c2", frame); });
  }
  checkRefused(project, ErrorCode::NotFound, [](auto& p) { return project::splitClip(p, "nobody", 5); });
  project.timeline.tracks[0].locked = true;
  checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::splitClip(p, "c2", 50); });
}

TEST_CASE("split at: every unlocked track, or one") {
  project::Project project = threeClips();
  addTrack(project);
  addTrack(project);
  addClip(project, "d1", "a", 0, 100, 0, 1);
  addClip(project, "e1", "a", 0, 100, 0, 2);
  project.timeline.tracks[2].locked = true;
  SUBCASE("all") {
    const auto right = project::splitAt(project, 10);
    REQUIRE(right.ok());
    CHECK(right->size() == 2);
    CHECK(layout(project, 0) == "a[0,10)+0 a[10,40)+10 b[40,60)+5 p[80,100)+0");
    CHECK(layout(project, 1) == "a[0,10)+0 a[10,100)+10");
    CHECK(layout(project, 2) == "a[0,100)+0");
  }
  SUBCASE("one") {
    const auto right = project::splitAt(project, 10, 1);
    REQUIRE(right.ok());
    CHECK(right->size() == 1);
    CHECK(layout(project, 0) == "a[0,40)+0 b[40,60)+5 p[80,100)+0");
  }
  SUBCASE("nothing under the frame is no failure") {
    const project::Project before = project;
    const auto right = project::splitAt(project, 70, 0);
    REQUIRE(right.ok());
    CHECK(right->empty());
    CHECK(project == before);
  }
  SUBCASE("a locked or missing track is refused") {
    checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::splitAt(p, 10, 2); });
    checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::splitAt(p, 10, 9); });
  }
}

TEST_CASE("lift leaves gaps, ripple delete closes them") {
  project::Project project = threeClips();
  SUBCASE("lift") {
    REQUIRE(project::liftClips(project, {"c1", "c3", "c1"}).ok());
    CHECK(layout(project) == "b[40,60)+5");
  }
  SUBCASE("ripple one") {
    REQUIRE(project::rippleDelete(project, {"c1"}).ok());
    CHECK(layout(project) == "b[0,20)+5 p[40,60)+0");
  }
  SUBCASE("ripple several") {
    REQUIRE(project::rippleDelete(project, {"c2", "c1"}).ok());
    CHECK(layout(project) == "p[20,40)+0");
  }
  SUBCASE("none is no failure") {
    const project::Project before = project;
    REQUIRE(project::liftClips(project, {}).ok());
    REQUIRE(project::rippleDelete(project, {}).ok());
    CHECK(project == before);
  }
}

TEST_CASE("lift and ripple delete: one bad id stops all") {
  project::Project project = threeClips();
  addTrack(project);
  addClip(project, "d1", "a", 0, 100, 0, 1);
  checkRefused(project, ErrorCode::NotFound, [](auto& p) { return project::liftClips(p, {"c1", "nobody"}); });
  checkRefused(project, ErrorCode::NotFound, [](auto& p) { return project::rippleDelete(p, {"c1", "nobody"}); });
  project.timeline.tracks[1].locked = true;
  checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::liftClips(p, {"c1", "d1"}); });
  checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::rippleDelete(p, {"c1", "d1"}); });
}

TEST_CASE("replace take: same place, as far as the new take reaches") {
  project::Project project = threeClips();
  SUBCASE("long enough") {
    REQUIRE(project::replaceTake(project, "c2", "a").ok());
    CHECK(layout(project) == "a[0,40)+0 a[40,60)+5 p[80,100)+0");
  }
  SUBCASE("shorter: the length gives way") {
    project.assets.push_back(video("s", 12));
    REQUIRE(project::replaceTake(project, "c2", "s").ok());
    CHECK(layout(project) == "a[0,40)+0 s[40,47)+5 p[80,100)+0");
  }
  SUBCASE("ends before the clip's in: its last frame") {
    project.assets.push_back(video("s", 3));
    REQUIRE(project::replaceTake(project, "c2", "s").ok());
    CHECK(layout(project) == "a[0,40)+0 s[40,41)+2 p[80,100)+0");
  }
  SUBCASE("refusals") {
    checkRefused(project, ErrorCode::NotFound, [](auto& p) { return project::replaceTake(p, "c2", "nobody"); });
    checkRefused(project, ErrorCode::NotFound, [](auto& p) { return project::replaceTake(p, "nobody", "a"); });
    project.timeline.tracks[0].locked = true;
    checkRefused(project, ErrorCode::InvalidInput, [](auto& p) { return project::replaceTake(p, "c2", "a"); });
  }
}

TEST_CASE("snap points are edges, the playhead and zero, each once, without the ignored clips") {
  project::Project project = threeClips();
  project.playhead = 33;
  CHECK(project::snapPoints(project, {}) == std::vector<std::int64_t>{0, 33, 40, 60, 80, 100});
  CHECK(project::snapPoints(project, {"c2"}) == std::vector<std::int64_t>{0, 33, 40, 80, 100});
}

TEST_CASE("snap takes the nearest point within the tolerance") {
  const std::vector<std::int64_t> points{0, 40, 60};
  CHECK(project::snap(43, points, 5) == 40);
  CHECK(project::snap(46, points, 5) == 46);
  CHECK(project::snap(45, points, 5) == 40);
  CHECK(project::snap(50, points, 10) == 40);  // as far from both: the earlier one
  CHECK(project::snap(58, points, 20) == 60);
  CHECK(project::snap(7, {}, 100) == 7);
  CHECK(project::snap(40, points, 0) == 40);
}

TEST_CASE("any row of random edits keeps tracks sorted and free of overlaps") {
  std::mt19937 random(7);
  project::Project project = sampleProject();
  addTrack(project);
  const char* assets[] = {"a", "b", "p"};
  for (int step = 0; step < 3000; ++step) {
    std::vector<std::string> ids;
    for (const auto& track : project.timeline.tracks) {
      for (const auto& clip : track.clips) ids.push_back(clip.id);
    }
    const std::string id = ids.empty() ? "" : ids[random() % ids.size()];
    const auto at = static_cast<std::int64_t>(random() % 400);
    const int track = static_cast<int>(random() % 2);
    const PlaceMode mode = random() % 2 ? PlaceMode::Insert : PlaceMode::Overwrite;
    const project::Project before = project;
    bool ok = true;
    switch (random() % 9) {
      case 0:
        ok = project::placeClip(project, track, at, assets[random() % 3], mode).ok();
        break;
      case 1:
        ok = project::moveClip(project, id, track, at, mode).ok();
        break;
      case 2:
        ok = project::trimStart(project, id, at).ok();
        break;
      case 3:
        ok = project::trimEnd(project, id, at).ok();
        break;
      case 4:
        ok = project::splitAt(project, at).ok();
        break;
      case 5:
        ok = project::rippleDelete(project, {id}).ok();
        break;
      case 6:
        ok = project::liftClips(project, {id}).ok();
        break;
      case 7:
        ok = project::replaceTake(project, id, assets[random() % 3]).ok();
        break;
      case 8:
        ok = project::splitClip(project, id, at).ok();
        break;
    }
    if (!ok) REQUIRE(project == before);
    checkSound(project);
    if (ids.size() > 60) project.timeline.tracks[0].clips.clear();
  }
}
