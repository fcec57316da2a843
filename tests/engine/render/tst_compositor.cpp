// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/render/compositor.h"

#include "engine/media/picture.h"
#include "tests/engine/render/render_test.h"

using namespace kinora;
using core::ErrorCode;
using core::Frame;
using core::Rational;
using core::Size;
using project::Project;
using render::Compositor;
using test::assetOf;
using test::clipOf;
using test::isBlack;
using test::numberOf;
using test::ScratchDir;

namespace {

Frame frameOf(Compositor& compositor, std::int64_t frame, Size size = {}) {
  auto result = compositor.frameAt(frame, size);
  if (!result) FAIL(result.error().text());
  return *result;
}

}  // namespace

TEST_CASE("clips play at their place, from their in point; gaps and the end are black") {
  ScratchDir dir;
  Project p = test::smallProject();
  p.assets = {assetOf("a", test::writeNumbered(dir.path("a.mp4"), p.size, 24, 20)),
              assetOf("b", test::writeNumbered(dir.path("b.mp4"), p.size, 24, 20, 100))};
  p.timeline.tracks[0].clips = {clipOf("a", 0, 10, 5), clipOf("b", 12, 8), clipOf("a", 20, 5)};
  Compositor compositor(p);
  for (int pass = 0; pass < 2; ++pass) {
    for (int step = 0; step < 30; ++step) {
      const int i = pass == 0 ? step : 29 - step;
      CAPTURE(i);
      const Frame frame = frameOf(compositor, i);
      CHECK(frame.size() == p.size);
      if (i < 10)
        CHECK(numberOf(frame) == i + 5);
      else if (i < 12 || i >= 25)
        CHECK(isBlack(frame));
      else
        CHECK(numberOf(frame) == (i < 20 ? 100 + i - 12 : i - 20));
    }
  }
}

TEST_CASE("sources of another rate are sampled by time") {
  ScratchDir dir;
  Project p = test::smallProject();
  p.assets = {assetOf("slow", test::writeNumbered(dir.path("slow.mp4"), p.size, 12, 10)),
              assetOf("fast", test::writeNumbered(dir.path("fast.mp4"), p.size, 48, 40)),
              assetOf("film", test::writeNumbered(dir.path("film.mp4"), p.size, Rational(24000, 1001), 30))};
  p.timeline.tracks[0].clips = {clipOf("slow", 0, 20), clipOf("fast", 20, 20), clipOf("film", 40, 30)};
  Compositor compositor(p);
  for (int i = 0; i < 20; ++i) CHECK(numberOf(frameOf(compositor, i)) == i / 2);
  for (int i = 0; i < 20; ++i) CHECK(numberOf(frameOf(compositor, 20 + i)) == 2 * i);
  for (int i = 0; i < 30; ++i) CHECK(numberOf(frameOf(compositor, 40 + i)) == i * 1000 / 1001);
  // A clip drawn longer than its source holds the last frame.
  p.timeline.tracks[0].clips = {clipOf("slow", 0, 100)};
  compositor.setProject(p);
  CHECK(numberOf(frameOf(compositor, 99)) == 9);
}

TEST_CASE("the top-most visible video track wins") {
  ScratchDir dir;
  Project p = test::smallProject();
  p.assets = {assetOf("a", test::writeNumbered(dir.path("a.mp4"), p.size, 24, 10, 1)),
              assetOf("b", test::writeNumbered(dir.path("b.mp4"), p.size, 24, 10, 100))};
  project::Track upper = p.timeline.tracks[0], sound = p.timeline.tracks[0];
  upper.id = "upper";
  sound.id = "sound";
  sound.kind = project::TrackKind::Audio;
  p.timeline.tracks[0].clips = {clipOf("a", 0, 10)};
  upper.clips = {clipOf("b", 4, 3)};
  sound.clips = {clipOf("a", 0, 10, 5)};
  p.timeline.tracks.push_back(upper);
  p.timeline.tracks.push_back(sound);
  Compositor compositor(p);
  CHECK(numberOf(frameOf(compositor, 3)) == 4);
  CHECK(numberOf(frameOf(compositor, 4)) == 100);
  CHECK(numberOf(frameOf(compositor, 7)) == 8);
  p.timeline.tracks[1].hidden = true;
  compositor.setProject(p);
  CHECK(numberOf(frameOf(compositor, 4)) == 5);
  p.timeline.tracks[0].hidden = true;
  compositor.setProject(p);
  CHECK(isBlack(frameOf(compositor, 4)));
}

TEST_CASE("a source of another shape is fitted and padded with black") {
  ScratchDir dir;
  Project p = test::smallProject();
  media::ClipWriterOptions o;
  o.size = {64, 128};
  o.fps = 24;
  auto writer = media::ClipWriter::create(dir.path("tall.mp4"), o);
  REQUIRE(writer.ok());
  REQUIRE(writer.value()->push(test::flatFrame(64, 128, 200, 40, 40)).ok());
  p.assets = {assetOf("tall", *writer.value()->finish())};
  p.timeline.tracks[0].clips = {clipOf("tall", 0, 1)};
  Compositor compositor(p);
  const Frame frame = frameOf(compositor, 0);  // 40×80 in the middle of 128×80
  CHECK(test::distance(test::pixelAt(frame, 64, 40), {200, 40, 40}) <= 3);
  CHECK(test::distance(test::pixelAt(frame, 46, 2), {200, 40, 40}) <= 6);
  CHECK(test::pixelAt(frame, 43, 40) == std::array{0, 0, 0});
  CHECK(test::pixelAt(frame, 84, 40) == std::array{0, 0, 0});
  CHECK(frameOf(compositor, 0, {33, 71}).size() == Size{33, 71});
}

TEST_CASE("a still picture fills its clip") {
  ScratchDir dir;
  Project p = test::smallProject();
  REQUIRE(media::writePng(dir.path("still.png"), test::flatFrame(256, 160, 10, 200, 90)).ok());
  p.assets = {assetOf("still", *media::probePicture(dir.path("still.png")))};
  p.timeline.tracks[0].clips = {clipOf("still", 3, 200, 7)};
  Compositor compositor(p);
  CHECK(isBlack(frameOf(compositor, 2)));
  CHECK(test::pixelAt(frameOf(compositor, 3), 5, 5) == std::array{10, 200, 90});
  CHECK(frameOf(compositor, 3).data() == frameOf(compositor, 202).data());
}

TEST_CASE("offline, missing and unknown media are black; a damaged file is an error") {
  ScratchDir dir;
  Project p = test::smallProject();
  const core::ClipInfo info = test::writeNumbered(dir.path("a.mp4"), p.size, 24, 10, 7);
  core::ClipInfo missing = info, damaged = info;
  missing.path = dir.path("missing.mp4");
  damaged.path = dir.path("damaged.mp4");
  test::writeBytes(damaged.path, std::vector<std::uint8_t>(500, 1));
  p.assets = {assetOf("a", info), assetOf("missing", missing), assetOf("damaged", damaged)};
  p.timeline.tracks[0].clips = {clipOf("missing", 0, 2), clipOf("damaged", 2, 2), clipOf("nobody", 4, 2),
                                clipOf("a", 6, 2)};
  p.assets[0].offline = true;
  Compositor compositor(p);
  CHECK(isBlack(frameOf(compositor, 0)));
  CHECK(isBlack(frameOf(compositor, 1)));
  CHECK(isBlack(frameOf(compositor, 4)));
  CHECK(isBlack(frameOf(compositor, 6)));
  const auto bad = compositor.frameAt(2);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().context == damaged.path);
  // Relinked: the file is back, and the project says so.
  std::filesystem::copy_file(info.path, missing.path);
  p.assets[0].offline = false;
  compositor.setProject(p);
  CHECK(numberOf(frameOf(compositor, 0)) == 7);
  CHECK(numberOf(frameOf(compositor, 6)) == 7);
}

TEST_CASE("frames and sizes that cannot be are refused") {
  Compositor compositor(test::smallProject());
  CHECK(compositor.frameAt(-1).error().code == ErrorCode::InvalidInput);
  CHECK(compositor.frameAt(0, {-4, 5}).error().code == ErrorCode::InvalidInput);
  CHECK(compositor.frameAt(0, {4, 0}).error().code == ErrorCode::InvalidInput);
  CHECK(isBlack(frameOf(compositor, std::int64_t{1} << 60)));
}
