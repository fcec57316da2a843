// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/media/media_service.h"

#include <atomic>
#include <thread>

#include "engine/media/clip_writer.h"
#include "tests/engine/media/media_test.h"

using namespace kinora;
using core::ErrorCode;
using core::MediaKind;
using core::Size;
using test::numberOf;
using test::quoted;
using test::ScratchDir;

namespace {

core::ClipInfo writeNumbered(const std::string& path, int frames, int first = 0, const std::string& recipe = {}) {
  media::ClipWriterOptions o;
  o.size = {128, 80};
  o.fps = 24;
  o.recipe = recipe;
  auto writer = media::ClipWriter::create(path, o);
  REQUIRE(writer.ok());
  for (int i = 0; i < frames; ++i) REQUIRE(writer.value()->push(test::numberedFrame(128, 80, first + i)).ok());
  auto info = writer.value()->finish();
  REQUIRE(info.ok());
  return *info;
}

}  // namespace

TEST_CASE("videos, pictures and sound are told apart by content") {
  ScratchDir dir;
  auto service = media::createMediaService();
  core::ClipInfo written = writeNumbered(dir.path("clip.mp4"), 12, 0, R"({"seed":1})");
  const auto video = service->probe(dir.path("clip.mp4"));
  REQUIRE(video.ok());
  written.sha256.clear();
  CHECK(*video == written);

  REQUIRE(service->writePng(dir.path("photo.mp4"), test::flatFrame(30, 20, 1, 2, 3)).ok());
  const auto picture = service->probe(dir.path("photo.mp4"));
  REQUIRE(picture.ok());
  CHECK(picture->kind == MediaKind::Picture);
  CHECK(picture->size == Size{30, 20});
  CHECK(picture->frames == 1);
  CHECK(picture->fps.isZero());
  CHECK(picture->codec == "png");

  test::ffmpeg("-f lavfi -i sine=duration=2 " + quoted(dir.path("song.flac")));
  const auto sound = service->probe(dir.path("song.flac"));
  REQUIRE(sound.ok());
  CHECK(sound->kind == MediaKind::Audio);
  CHECK(sound->hasAudio);
  CHECK(sound->duration == core::Rational(2));
  CHECK(sound->codec == "flac");
}

TEST_CASE("what cannot be opened says why") {
  ScratchDir dir;
  auto service = media::createMediaService();
  CHECK(service->probe(dir.path("missing.mp4")).error().code == ErrorCode::NotFound);
  CHECK(service->frameAt(dir.path("missing.mp4"), 0, 0).error().code == ErrorCode::NotFound);
  CHECK(service->picture(dir.path("missing.png"), 0).error().code == ErrorCode::NotFound);
  test::writeBytes(dir.path("empty.mp4"), {});
  CHECK(service->probe(dir.path("empty.mp4")).error().code == ErrorCode::Unreadable);
  test::writeBytes(dir.path("notes.txt"), std::vector<std::uint8_t>(3000, 'x'));
  CHECK(service->probe(dir.path("notes.txt")).error().code == ErrorCode::Unsupported);
  writeNumbered(dir.path("clip.mp4"), 3);
  CHECK(service->frameAt(dir.path("clip.mp4"), 3, 0).error().code == ErrorCode::InvalidInput);
  CHECK(service->picture(dir.path("clip.mp4"), 0).error().code == ErrorCode::Unsupported);
}

TEST_CASE("frames come by number, scaled to the side asked for") {
  ScratchDir dir;
  auto service = media::createMediaService();
  writeNumbered(dir.path("clip.mp4"), 30);
  for (const int i : {0, 29, 7, 8, 3}) {
    const auto frame = service->frameAt(dir.path("clip.mp4"), i, i % 2 ? 64 : 0);
    REQUIRE(frame.ok());
    CHECK(frame->size() == (i % 2 ? Size{64, 40} : Size{128, 80}));
    CHECK(numberOf(*frame) == i);
  }
  REQUIRE(service->writePng(dir.path("photo.png"), test::flatFrame(300, 200, 9, 8, 7)).ok());
  CHECK(service->frameAt(dir.path("photo.png"), 0, 30)->size() == Size{30, 20});
  CHECK(service->frameAt(dir.path("photo.png"), 1, 30).error().code == ErrorCode::InvalidInput);
}

TEST_CASE("a file written anew under its name is read anew") {
  ScratchDir dir;
  auto service = media::createMediaService();
  writeNumbered(dir.path("clip.mp4"), 10);
  CHECK(numberOf(*service->frameAt(dir.path("clip.mp4"), 4, 0)) == 4);
  writeNumbered(dir.path("clip.mp4"), 12, 100);
  CHECK(service->probe(dir.path("clip.mp4"))->frames == 12);
  CHECK(numberOf(*service->frameAt(dir.path("clip.mp4"), 4, 0)) == 104);
}

TEST_CASE("many threads ask for many files at once") {
  ScratchDir dir;
  auto service = media::createMediaService();
  constexpr int kFiles = 9;
  for (int i = 0; i < kFiles; ++i) writeNumbered(dir.path("clip" + std::to_string(i) + ".mp4"), 10, 10 * i);
  REQUIRE(service->writePng(dir.path("photo.png"), test::flatFrame(300, 200, 9, 8, 7)).ok());
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int k = 0; k < 40; ++k) {
          const int file = (k * 5 + t) % kFiles, index = (k * 3 + t) % 10;
          const auto frame = service->frameAt(dir.path("clip" + std::to_string(file) + ".mp4"), index, 0);
          if (!frame.ok() || numberOf(*frame) != 10 * file + index) ++wrong;
          if (!service->picture(dir.path("photo.png"), 20 + k).ok()) ++wrong;
          if (!service->probe(dir.path("clip" + std::to_string(file) + ".mp4")).ok()) ++wrong;
        }
      });
    }
  }
  CHECK(wrong == 0);
}
