// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/media/clip_writer.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "engine/media/clip_reader.h"
#include "tests/engine/media/media_test.h"

using namespace kinora;
using core::ErrorCode;
using core::Frame;
using core::Rational;
using media::ClipReader;
using media::ClipWriter;
using media::ClipWriterOptions;
using test::ScratchDir;

namespace {
/// Bytes that pwrite still accepts before the disk is full; negative: no limit.
std::atomic<long> g_diskRoom{-1};
}  // namespace

// Takes the place of the C library's pwrite in this program, so that a disk can be full at any byte without a disk of
// its own.
extern "C" ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  const long room = g_diskRoom.load();
  if (room >= 0) {
    if (room == 0) {
      errno = ENOSPC;
      return -1;
    }
    size = std::min(size, static_cast<size_t>(room));
    g_diskRoom -= static_cast<long>(size);
  }
  return ::syscall(SYS_pwrite64, fd, data, size, offset);
}
extern "C" ssize_t pwrite64(int fd, const void* data, size_t size, off_t offset) {
  return pwrite(fd, data, size, offset);
}

namespace {

ClipWriterOptions options(int width, int height, Rational fps = 24) {
  ClipWriterOptions o;
  o.size = {width, height};
  o.fps = fps;
  return o;
}

/// Writes frames numbered from 0.
core::Result<core::ClipInfo> writeNumbered(const std::string& path, const ClipWriterOptions& o, int frames) {
  auto writer = ClipWriter::create(path, o);
  if (!writer) return writer.error();
  for (int i = 0; i < frames; ++i) {
    if (auto pushed = writer.value()->push(test::numberedFrame(o.size.width, o.size.height, i)); !pushed)
      return pushed.error();
  }
  return writer.value()->finish();
}

Frame noise(int width, int height, std::uint32_t seed) {
  return test::makeFrame(width, height, [&](int, int) {
    seed = seed * 1664525u + 1013904223u;
    return std::array<std::uint8_t, 3>{static_cast<std::uint8_t>(seed >> 24), static_cast<std::uint8_t>(seed >> 16),
                                       static_cast<std::uint8_t>(seed >> 8)};
  });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ffprobe finds H.264 High, yuv420p, BT.709 limited and the exact rate") {
  ScratchDir dir;
  const std::string path = dir.path("a clip.mp4");
  ClipWriterOptions o = options(128, 80, Rational(30000, 1001));
  o.title = "A red \"kite\"";
  const auto info = writeNumbered(path, o, 31);
  REQUIRE(info.ok());
  const std::string probe = test::output(
      "ffprobe -v error -count_frames -show_entries "
      "stream=codec_name,profile,pix_fmt,color_range,color_space,color_transfer,"
      "color_primaries,r_frame_rate,avg_frame_rate,nb_frames,nb_read_frames,width,height,sample_aspect_ratio,duration:"
      "format_tags "
      "-of default=nw=1 " +
      test::quoted(path));
  for (const char* line :
       {"codec_name=h264\n", "profile=High\n", "pix_fmt=yuv420p\n", "color_range=tv\n", "color_space=bt709\n",
        "color_transfer=bt709\n", "color_primaries=bt709\n", "r_frame_rate=30000/1001\n", "avg_frame_rate=30000/1001\n",
        "nb_frames=31\n", "nb_read_frames=31\n", "width=128\n", "height=80\n", "TAG:title=A red \"kite\"\n",
        "duration=1.034367\n"}) {
    CAPTURE(line);
    CAPTURE(probe);
    CHECK(contains(probe, line));
  }
  CHECK_FALSE(contains(probe, "creation_time"));
  // The decoder must have nothing to complain of.
  CHECK(test::output("ffmpeg -nostdin -v warning -i " + test::quoted(path) + " -f null -").empty());
}

TEST_CASE("the index lies before the frames, so that a player can start at once") {
  ScratchDir dir;
  const std::string path = dir.path("clip.mp4");
  REQUIRE(writeNumbered(path, options(64, 64), 10).ok());
  const auto bytes = test::readBytes(path);
  std::vector<std::string> boxes;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    const std::size_t size = (std::size_t{bytes[at]} << 24) | (std::size_t{bytes[at + 1]} << 16) |
                             (std::size_t{bytes[at + 2]} << 8) | bytes[at + 3];
    boxes.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                       bytes.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    REQUIRE(size >= 8);
    at += size;
  }
  const auto moov = std::find(boxes.begin(), boxes.end(), "moov"), mdat = std::find(boxes.begin(), boxes.end(), "mdat");
  REQUIRE(moov != boxes.end());
  REQUIRE(mdat != boxes.end());
  CHECK(moov < mdat);
}

TEST_CASE("what finish() tells is what is in the file") {
  ScratchDir dir;
  const std::string path = dir.path("clip.mp4");
  ClipWriterOptions o = options(64, 48, 16);
  o.recipe = R"({"prompt":"风筝 🪁 \"kite\"","seed":7})";
  const auto info = writeNumbered(path, o, 9);
  REQUIRE(info.ok());
  CHECK(info->path == path);
  CHECK(info->size == core::Size{64, 48});
  CHECK(info->frames == 9);
  CHECK(info->fps == Rational(16));
  CHECK(info->duration == Rational(9, 16));
  CHECK(info->sha256 == test::output("sha256sum " + test::quoted(path)).substr(0, 64));
  auto reader = ClipReader::open(path);
  REQUIRE(reader.ok());
  core::ClipInfo read = reader.value()->info();
  read.sha256 = info->sha256;
  CHECK(read == *info);
}

TEST_CASE("a recipe of a hundred kilobytes survives, in comment and description") {
  ScratchDir dir;
  const std::string path = dir.path("clip.mp4");
  ClipWriterOptions o = options(32, 32);
  o.recipe = "{\"prompt\":\"" + std::string(100'000, 'x') + "\"}";
  REQUIRE(writeNumbered(path, o, 2).ok());
  auto reader = ClipReader::open(path);
  REQUIRE(reader.ok());
  CHECK(reader.value()->info().recipe == o.recipe);
  const std::string tags = test::output(
      "ffprobe -v error -show_entries format_tags=comment,description -of default=nw=1 " + test::quoted(path));
  CHECK(contains(tags, "TAG:comment=" + o.recipe));
  CHECK(contains(tags, "TAG:description=" + o.recipe));
}

TEST_CASE("colours survive writing and reading within 3 of 255") {
  ScratchDir dir;
  constexpr std::array<std::array<int, 3>, 10> kColours{{{255, 0, 0},
                                                         {0, 255, 0},
                                                         {0, 0, 255},
                                                         {255, 255, 255},
                                                         {0, 0, 0},
                                                         {128, 128, 128},
                                                         {200, 30, 30},
                                                         {255, 255, 0},
                                                         {17, 99, 180},
                                                         {240, 200, 170}}};
  for (const core::Size size : {core::Size{320, 64}, core::Size{1280, 720}}) {
    const std::string path = dir.path("colours.mp4");
    const int patch = size.width / 10;
    auto writer = ClipWriter::create(path, options(size.width, size.height));
    REQUIRE(writer.ok());
    const Frame frame = test::makeFrame(size.width, size.height, [&](int x, int) {
      const auto& c = kColours[static_cast<std::size_t>(std::min(x / patch, 9))];
      return std::array<std::uint8_t, 3>{static_cast<std::uint8_t>(c[0]), static_cast<std::uint8_t>(c[1]),
                                         static_cast<std::uint8_t>(c[2])};
    });
    for (int i = 0; i < 5; ++i) REQUIRE(writer.value()->push(frame).ok());
    REQUIRE(writer.value()->finish().ok());
    auto reader = ClipReader::open(path);
    REQUIRE(reader.ok());
    const auto read = reader.value()->frame(3);
    REQUIRE(read.ok());
    // FFmpeg's own conversion, told the matrix, as an independent reader.
    test::ffmpeg("-i " + test::quoted(path) +
                 " -vf scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int -frames:v 1 -f "
                 "rawvideo -pix_fmt rgb24 " +
                 test::quoted(dir.path("raw")));
    const auto raw = test::readBytes(dir.path("raw"));
    for (int i = 0; i < 10; ++i) {
      CAPTURE(i);
      const int x = i * patch + patch / 2, y = size.height / 2;
      CHECK(test::distance(test::pixelAt(*read, x, y), kColours[static_cast<std::size_t>(i)]) <= 3);
      const std::uint8_t* p = raw.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                                                static_cast<std::size_t>(x));
      CHECK(test::distance({p[0], p[1], p[2]}, kColours[static_cast<std::size_t>(i)]) <= 3);
    }
  }
}

TEST_CASE("the same frames give the same bytes") {
  ScratchDir dir;
  std::vector<std::uint8_t> first;
  for (const char* name : {"a.mp4", "b.mp4"}) {
    auto writer = ClipWriter::create(dir.path(name), options(320, 176));
    REQUIRE(writer.ok());
    for (std::uint32_t i = 0; i < 30; ++i) REQUIRE(writer.value()->push(noise(320, 176, i)).ok());
    REQUIRE(writer.value()->finish().ok());
    const auto bytes = test::readBytes(dir.path(name));
    if (first.empty()) first = bytes;
    CHECK(bytes == first);
  }
}

TEST_CASE("a clip of one frame is whole") {
  ScratchDir dir;
  const auto info = writeNumbered(dir.path("one.mp4"), options(32, 32), 1);
  REQUIRE(info.ok());
  CHECK(info->frames == 1);
  auto reader = ClipReader::open(dir.path("one.mp4"));
  REQUIRE(reader.ok());
  CHECK(reader.value()->info().frames == 1);
  CHECK(reader.value()->info().fps == Rational(24));
  CHECK(test::numberOf(*reader.value()->frame(0)) == 0);
}

TEST_CASE("an abandoned writer leaves nothing and touches no former file") {
  ScratchDir dir;
  const std::string path = dir.path("clip.mp4");
  test::writeBytes(path, {1, 2, 3});
  {
    auto writer = ClipWriter::create(path, options(64, 64));
    REQUIRE(writer.ok());
    for (int i = 0; i < 60; ++i) REQUIRE(writer.value()->push(noise(64, 64, 5)).ok());
    CHECK(dir.fileCount() == 2);
  }
  CHECK(dir.fileCount() == 1);
  CHECK(test::readBytes(path) == std::vector<std::uint8_t>{1, 2, 3});
}

TEST_CASE("a finished clip replaces the former file under its name") {
  ScratchDir dir;
  const std::string path = dir.path("clip.mp4");
  test::writeBytes(path, {1, 2, 3});
  REQUIRE(writeNumbered(path, options(64, 64), 3).ok());
  CHECK(dir.fileCount() == 1);
  CHECK(ClipReader::open(path).ok());
}

TEST_CASE("a disk that fills up gives DiskFull and no half file, wherever it happens") {
  ScratchDir dir;
  const std::string path = dir.path("clip.mp4");
  g_diskRoom = 1 << 30;
  auto write = [&]() -> core::Result<core::ClipInfo> {
    auto writer = ClipWriter::create(path, options(320, 176));
    if (!writer) return writer.error();
    for (std::uint32_t i = 0; i < 24; ++i) {
      if (auto pushed = writer.value()->push(noise(320, 176, i)); !pushed) return pushed.error();
    }
    return writer.value()->finish();
  };
  REQUIRE(write().ok());
  const long needed = (1 << 30) - g_diskRoom.load();
  std::filesystem::remove(path);
  REQUIRE(needed > 1000);
  for (const long room : {0L, 1L, 100L, needed / 3, needed / 2, needed * 9 / 10, needed - 1}) {
    CAPTURE(room);
    g_diskRoom = room;
    const auto result = write();
    g_diskRoom = -1;
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::DiskFull);
    CHECK(contains(result.error().message, "No space left"));
    CHECK(result.error().context == path);
    CHECK(dir.fileCount() == 0);
  }
}

TEST_CASE("a path that cannot be written is refused before any work") {
  ScratchDir dir;
  test::writeBytes(dir.path("file"), {1});
  std::filesystem::create_directory(dir.path("folder"));
  const std::string tooLong = dir.path(std::string(300, 'n') + ".mp4");
  for (const std::string& path : {std::string(), dir.path("missing/clip.mp4"), dir.path("file/clip.mp4"),
                                  dir.path("folder"), std::string("/proc/kinora.mp4"), tooLong}) {
    CAPTURE(path);
    const auto writer = ClipWriter::create(path, options(64, 64));
    REQUIRE_FALSE(writer.ok());
    CHECK(writer.error().code == ErrorCode::NotWritable);
  }
  CHECK(dir.fileCount() == 2);
}

TEST_CASE("a name of the longest length works") {
  ScratchDir dir;
  REQUIRE(writeNumbered(dir.path(std::string(251, 'n') + ".mp4"), options(32, 32), 1).ok());
}

TEST_CASE("options that cannot be are refused with what was expected") {
  ScratchDir dir;
  const auto refused = [&](const ClipWriterOptions& o) {
    const auto writer = ClipWriter::create(dir.path("clip.mp4"), o);
    return !writer.ok() && writer.error().code == ErrorCode::InvalidInput;
  };
  CHECK(refused(options(63, 64)));
  CHECK(refused(options(64, 63)));
  CHECK(refused(options(0, 0)));
  CHECK(refused(options(-2, 64)));
  CHECK(refused(options(40000, 64)));
  CHECK(refused(options(64, 64, 0)));
  CHECK(refused(options(64, 64, Rational(-24))));
  CHECK(refused(options(64, 64, 5000)));
  ClipWriterOptions o = options(64, 64);
  o.crf = 0;
  CHECK(refused(o));
  o = options(64, 64);
  o.preset = "no-such-preset";
  CHECK(refused(o));
  CHECK(dir.fileCount() == 0);
}

TEST_CASE("misuse is an error, not a crash") {
  ScratchDir dir;
  auto writer = ClipWriter::create(dir.path("clip.mp4"), options(64, 64));
  REQUIRE(writer.ok());
  CHECK(writer.value()->finish().error().code == ErrorCode::InvalidInput);
  CHECK(writer.value()->push({}).error().code == ErrorCode::InvalidInput);
  CHECK(writer.value()->push(test::flatFrame(62, 64, 0, 0, 0)).error().code == ErrorCode::InvalidInput);
  REQUIRE(writer.value()->push(test::flatFrame(64, 64, 0, 0, 0)).ok());
  REQUIRE(writer.value()->finish().ok());
  CHECK(writer.value()->push(test::flatFrame(64, 64, 0, 0, 0)).error().code == ErrorCode::InvalidInput);
  CHECK(writer.value()->finish().error().code == ErrorCode::InvalidInput);
  CHECK(dir.fileCount() == 1);
}
