// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/render/exporter.h"

#include <chrono>
#include <thread>

#include "engine/media/clip_reader.h"
#include "engine/project/project_file.h"
#include "engine/render/compositor.h"
#include "tests/engine/render/render_test.h"

using namespace kinora;
using core::ErrorCode;
using core::Rational;
using core::Size;
using project::Project;
using render::ExportPreset;
using test::assetOf;
using test::clipOf;
using test::numberOf;
using test::ScratchDir;

namespace {

const ExportPreset kPreset{"test", "Test", 14, "veryfast", 0};

core::ExportSpec specOf(const Project& p, const ScratchDir& dir) {
  core::ExportSpec spec;
  spec.projectDir = dir.path("");
  spec.projectJson = project::toJson(p, spec.projectDir);
  spec.preset = kPreset.id;
  return spec;
}

Project cutProject(const ScratchDir& dir) {
  Project p = test::smallProject();
  p.name = "Cut";
  p.assets = {assetOf("a", test::writeNumbered(dir.path("a.mp4"), p.size, 24, 20)),
              assetOf("b", test::writeNumbered(dir.path("b.mp4"), p.size, 12, 20, 100))};
  p.timeline.tracks[0].clips = {clipOf("a", 0, 10, 5), clipOf("b", 12, 8)};
  return p;
}

const std::function<void(const core::Progress&)> kSilent;

}  // namespace

TEST_CASE("the file holds the timeline, frame by frame") {
  ScratchDir dir;
  const auto outcome = render::exportTimeline(specOf(cutProject(dir), dir), kPreset, dir.path("out.mp4"), kSilent, {});
  REQUIRE(outcome.ok());
  CHECK(outcome->clip.frames == 20);
  CHECK(outcome->clip.size == Size{128, 80});
  CHECK(outcome->clip.fps == Rational(24));
  CHECK(outcome->clip.sha256.size() == 64);
  CHECK(outcome->timings.contains("total"));
  auto reader = media::ClipReader::open(dir.path("out.mp4"));
  REQUIRE(reader.ok());
  REQUIRE(reader.value()->info().frames == 20);
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    const int expected = i < 10 ? i + 5 : i < 12 ? 0 : 100 + (i - 12) / 2;
    CHECK(numberOf(*reader.value()->frame(i)) == expected);
  }
}

TEST_CASE("preview pixels at the export's size are export pixels") {
  ScratchDir dir;
  Project p = cutProject(dir);
  // Another shape and size than the sources, so that scaling and padding take part.
  p.size = {202, 98};
  std::vector<core::Frame> exported;
  render::Compositor exporting(*project::fromJson(specOf(p, dir).projectJson, dir.path("")));
  for (int i = 0; i < 20; ++i) exported.push_back(*exporting.frameAt(i, render::exportSize(p.size, 0)));
  // The preview jumps about, at other sizes in between; the export runs straight through.
  render::Compositor preview(p);
  for (const int i : {19, 3, 3, 0, 13, 12, 11, 5, 18, 4}) {
    REQUIRE(preview.frameAt((i * 7) % 20, {64, 40}).ok());
    const auto frame = preview.frameAt(i, p.size);
    REQUIRE(frame.ok());
    const core::Frame& other = exported[static_cast<std::size_t>(i)];
    CAPTURE(i);
    CHECK(
        std::equal(frame->data(), frame->data() + frame->byteCount(), other.data(), other.data() + other.byteCount()));
  }
  // And what the file shows differs from it by no more than the codec's loss.
  ExportPreset fine = kPreset;
  fine.crf = 4;
  REQUIRE(render::exportTimeline(specOf(p, dir), fine, dir.path("out.mp4"), kSilent, {}).ok());
  auto reader = media::ClipReader::open(dir.path("out.mp4"));
  REQUIRE(reader.ok());
  for (const int i : {0, 9, 15}) {
    const auto shown = reader.value()->frame(i);
    REQUIRE(shown.ok());
    double sum = 0;
    for (std::size_t k = 0; k < shown->byteCount(); ++k)
      sum += std::abs(shown->data()[k] - exported[static_cast<std::size_t>(i)].data()[k]);
    CHECK(sum / static_cast<double>(shown->byteCount()) < 1.5);
  }
}

TEST_CASE("a range is exported alone") {
  ScratchDir dir;
  core::ExportSpec spec = specOf(cutProject(dir), dir);
  spec.fromFrame = 8;
  spec.toFrame = 14;
  const auto outcome = render::exportTimeline(spec, kPreset, dir.path("out.mp4"), kSilent, {});
  REQUIRE(outcome.ok());
  CHECK(outcome->clip.frames == 6);
  CHECK(numberOf(*media::ClipReader::open(dir.path("out.mp4")).value()->frame(0)) == 13);
  spec.toFrame = 5000;  // past the end: to the end
  CHECK(render::exportTimeline(spec, kPreset, dir.path("out.mp4"), kSilent, {})->clip.frames == 12);
  for (const auto& [from, to] : {std::pair{20, -1}, std::pair{5, 5}, std::pair{7, 3}, std::pair{-1, 3}}) {
    spec.fromFrame = from;
    spec.toFrame = to;
    CHECK(render::exportTimeline(spec, kPreset, dir.path("no.mp4"), kSilent, {}).error().code ==
          ErrorCode::InvalidInput);
  }
  CHECK_FALSE(std::filesystem::exists(dir.path("no.mp4")));
}

TEST_CASE("an empty timeline, a damaged project and hopeless paths are refused") {
  ScratchDir dir;
  Project p = cutProject(dir);
  core::ExportSpec spec = specOf(p, dir);
  CHECK(render::exportTimeline(spec, kPreset, dir.path("missing/out.mp4"), kSilent, {}).error().code ==
        ErrorCode::NotWritable);
  spec.projectJson.resize(spec.projectJson.size() / 2);
  CHECK(render::exportTimeline(spec, kPreset, dir.path("out.mp4"), kSilent, {}).error().code == ErrorCode::Corrupt);
  p.timeline.tracks[0].clips.clear();
  CHECK(render::exportTimeline(specOf(p, dir), kPreset, dir.path("out.mp4"), kSilent, {}).error().code ==
        ErrorCode::InvalidInput);
  CHECK_FALSE(std::filesystem::exists(dir.path("out.mp4")));
}

TEST_CASE("progress rises to the last frame and tells a time") {
  ScratchDir dir;
  std::vector<core::Progress> seen;
  const auto outcome = render::exportTimeline(specOf(cutProject(dir), dir), kPreset, dir.path("out.mp4"),
                                              [&](const core::Progress& p) { seen.push_back(p); }, {});
  REQUIRE(outcome.ok());
  REQUIRE(seen.size() >= 2);
  CHECK(seen.front().step == 0);
  CHECK(seen.front().etaSeconds < 0);
  CHECK(seen.back().step == 20);
  CHECK(seen.back().fraction == 1.0);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(seen[i].stage == core::Stage::Write);
    CHECK(seen[i].steps == 20);
    if (i > 0) CHECK(seen[i].fraction >= seen[i - 1].fraction);
  }
}

TEST_CASE("cancel is seen within 250 ms and leaves no file") {
  ScratchDir dir;
  Project p = test::smallProject();
  p.size = {640, 400};
  p.assets = {assetOf("a", test::writeNumbered(dir.path("a.mp4"), {128, 80}, 24, 24))};
  p.timeline.tracks[0].clips = {clipOf("a", 0, 100'000)};
  std::stop_source stop;
  std::chrono::steady_clock::time_point asked;
  ExportPreset preset = kPreset;
  preset.speed = "medium";
  const auto outcome = render::exportTimeline(
      specOf(p, dir), preset, dir.path("out.mp4"),
      [&](const core::Progress& progress) {
        if (progress.step < 5 || stop.stop_requested()) return;
        asked = std::chrono::steady_clock::now();
        stop.request_stop();
      },
      stop.get_token());
  const double waited = std::chrono::duration<double>(std::chrono::steady_clock::now() - asked).count();
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::Cancelled);
  CHECK(waited < 0.25);
  CHECK(dir.fileCount() == 1);
}

TEST_CASE("odd project sizes become even and a preset's short side is a limit") {
  CHECK(render::exportSize({1280, 720}, 0) == Size{1280, 720});
  CHECK(render::exportSize({1279, 719}, 0) == Size{1280, 720});
  CHECK(render::exportSize({1920, 1080}, 720) == Size{1280, 720});
  CHECK(render::exportSize({1080, 1920}, 720) == Size{720, 1280});
  CHECK(render::exportSize({128, 80}, 720) == Size{128, 80});
  CHECK(render::exportSize({1, 1}, 0) == Size{2, 2});
}

TEST_CASE("the shipped presets load; damaged lists are refused") {
  const auto presets = render::loadExportPresets(KINORA_SOURCE_DIR "/resources/presets/export.json");
  REQUIRE(presets.ok());
  std::vector<std::string> ids;
  for (const ExportPreset& p : *presets) ids.push_back(p.id);
  CHECK(ids == std::vector<std::string>{"h264-high", "h264-standard", "h264-small"});
  ScratchDir dir;
  for (const ExportPreset& p : *presets) {
    INFO(p.id);
    CHECK(render::exportTimeline(specOf(cutProject(dir), dir), p, dir.path("out.mp4"), kSilent, {}).ok());
  }
  CHECK(render::loadExportPresets(dir.path("missing.json")).error().code == ErrorCode::NotFound);
  const auto code = [&](const std::string& text) {
    test::writeBytes(dir.path("presets.json"), {text.begin(), text.end()});
    const auto loaded = render::loadExportPresets(dir.path("presets.json"));
    REQUIRE_FALSE(loaded.ok());
    return loaded.error().code;
  };
  const std::string head = R"({"format":"kinora-export-presets","version":)";
  CHECK(code("") == ErrorCode::Corrupt);
  CHECK(code("[]") == ErrorCode::Corrupt);
  CHECK(code(head + "2}") == ErrorCode::NewerVersion);
  CHECK(code(head + "1,\"presets\":[]}") == ErrorCode::Corrupt);
  const std::string preset = R"({"id":"a","name":"A","crf":20,"speed":"fast","shortSide":0})";
  CHECK(code(head + "1,\"presets\":[" + preset + "," + preset + "]}") == ErrorCode::Corrupt);
  CHECK(code(head + R"(1,"presets":[{"id":"a","name":"A","crf":99,"speed":"fast","shortSide":0}]})") ==
        ErrorCode::Corrupt);
  CHECK(code(head + R"(1,"presets":[{"id":"a"}]})") == ErrorCode::Corrupt);
}
