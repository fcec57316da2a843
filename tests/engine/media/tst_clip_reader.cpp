// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/media/clip_reader.h"

#include "engine/media/clip_writer.h"
#include "tests/engine/media/media_test.h"

using namespace kinora;
using core::ErrorCode;
using core::Frame;
using core::Rational;
using core::Size;
using media::ClipReader;
using media::ClipWriter;
using test::numberOf;
using test::quoted;
using test::ScratchDir;

namespace {

/// A clip of numbered frames, written by ourselves.
std::string numberedClip(const ScratchDir& dir, int frames, Size size = {128, 80}, Rational fps = 24) {
  const std::string path = dir.path("source.mp4");
  media::ClipWriterOptions o;
  o.size = size;
  o.fps = fps;
  auto writer = ClipWriter::create(path, o);
  REQUIRE(writer.ok());
  for (int i = 0; i < frames; ++i) REQUIRE(writer.value()->push(test::numberedFrame(size.width, size.height, i)).ok());
  REQUIRE(writer.value()->finish().ok());
  return path;
}

std::unique_ptr<ClipReader> mustOpen(const std::string& path) {
  auto reader = ClipReader::open(path);
  INFO(path);
  if (!reader) FAIL(reader.error().text());
  return std::move(reader).value();
}

int numberAt(ClipReader& reader, std::int64_t index, Size size = {}) {
  const auto frame = reader.frame(index, size);
  if (!frame) {
    MESSAGE(frame.error().text());
    return -1;
  }
  return numberOf(*frame);
}

void checkAllOrders(ClipReader& reader, int frames) {
  for (int i = 0; i < frames; ++i) REQUIRE(numberAt(reader, i) == i);
  for (int i = frames - 1; i >= 0; --i) REQUIRE(numberAt(reader, i) == i);
  std::uint32_t state = 1;
  for (int i = 0; i < 40; ++i) {
    state = state * 1664525u + 1013904223u;
    const int index = static_cast<int>((state >> 8) % static_cast<std::uint32_t>(frames));
    REQUIRE(numberAt(reader, index) == index);
  }
}

}  // namespace

TEST_CASE("each frame is exact, forward, backward and at random") {
  ScratchDir dir;
  auto reader = mustOpen(numberedClip(dir, 100));
  CHECK(reader->info().frames == 100);
  checkAllOrders(*reader, 100);
  CHECK(numberAt(*reader, 99) == 99);
  CHECK(numberAt(*reader, 99) == 99);
}

TEST_CASE("a first call deep in the file is exact") {
  ScratchDir dir;
  const std::string path = numberedClip(dir, 100);
  for (const int index : {0, 1, 24, 25, 77, 99}) CHECK(numberAt(*mustOpen(path), index) == index);
}

TEST_CASE("every container and codec gives the same frames") {
  ScratchDir dir;
  const std::string source = numberedClip(dir, 40);
  struct Format {
    const char* name;
    const char* arguments;
  };
  for (const Format& f :
       {Format{"long-gop.mp4", "-c:v libx264 -g 250 -bf 5 -qp 10"},
        Format{"open-gop.mkv", "-c:v libx264 -x264-params open-gop=1:keyint=8:bframes=3 -qp 10"},
        Format{"vp9.webm", "-c:v libvpx-vp9 -deadline realtime -b:v 1M"},
        Format{"vp8.webm", "-c:v libvpx -deadline realtime -auto-alt-ref 0 -b:v 2M"},
        Format{"mpeg4.avi", "-c:v mpeg4 -q 3"}, Format{"mpeg4-b.avi", "-c:v mpeg4 -bf 2 -q 3"},
        Format{"mjpeg.mov", "-c:v mjpeg -q 3"}, Format{"prores.mov", "-c:v prores_ks"},
        Format{"h264.ts", "-c:v libx264 -bf 2 -qp 10"}, Format{"stream.h264", "-c:v libx264 -bf 2 -qp 10"},
        Format{"hevc10.mp4", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le"},
        Format{"rgb.mkv", "-c:v ffv1 -pix_fmt gbrp"}, Format{"old.flv", "-c:v flv1 -q 3"},
        Format{"mpeg2.mpg", "-c:v mpeg2video -bf 2 -q 2 -r 25"},
        Format{"interlaced.mp4", "-c:v libx264 -flags +ilme+ildct -qp 10"},
        Format{"grey.mkv", "-c:v ffv1 -pix_fmt gray"}}) {
    CAPTURE(f.name);
    const std::string path = dir.path(f.name);
    // fps=25 keeps the count where a codec has no 24.
    const bool pal = std::string(f.name) == "mpeg2.mpg";
    test::ffmpeg(std::string(pal ? "-r 25 " : "") + "-i " + quoted(source) + " " + f.arguments + " " + quoted(path));
    auto reader = mustOpen(path);
    CHECK(reader->info().frames == 40);
    CHECK(reader->info().size == Size{128, 80});
    if (std::string(f.name) != "stream.h264") CHECK(reader->info().fps == Rational(pal ? 25 : 24));
    checkAllOrders(*reader, 40);
  }
}

TEST_CASE("the exact rate survives containers with coarse clocks") {
  ScratchDir dir;
  const std::string source = numberedClip(dir, 60, {64, 64}, Rational(30000, 1001));
  CHECK(mustOpen(source)->info().fps == Rational(30000, 1001));
  test::ffmpeg("-i " + quoted(source) + " -c copy " + quoted(dir.path("copy.mkv")));
  auto reader = mustOpen(dir.path("copy.mkv"));
  CHECK(reader->info().fps == Rational(30000, 1001));
  CHECK(reader->info().frames == 60);
  CHECK(reader->info().duration == Rational(60 * 1001, 30000));
}

TEST_CASE("a file that does not begin at zero begins with its first frame") {
  ScratchDir dir;
  const std::string source = numberedClip(dir, 60);
  test::ffmpeg("-i " + quoted(source) + " -c copy -output_ts_offset 7 " + quoted(dir.path("late.ts")));
  auto late = mustOpen(dir.path("late.ts"));
  CHECK(late->info().frames == 60);
  checkAllOrders(*late, 60);
  // Copied from 1.5 s on: the container keeps the frames since the key frame at 1 s and tells players to hide 12 of
  // them.
  test::ffmpeg("-ss 1.5 -i " + quoted(source) + " -c copy " + quoted(dir.path("trimmed.mp4")));
  auto trimmed = mustOpen(dir.path("trimmed.mp4"));
  CHECK(trimmed->info().frames == 24);
  for (int i = 0; i < 24; ++i) REQUIRE(numberAt(*trimmed, i) == 36 + i);
  for (int i = 23; i >= 0; --i) REQUIRE(numberAt(*trimmed, i) == 36 + i);
}

TEST_CASE("a variable rate is seen at its average, with the frame that is on screen then") {
  ScratchDir dir;
  const std::string source = numberedClip(dir, 30);
  // 10 frames at 10 a second, then 20 at 20 a second: 2 s in all.
  test::ffmpeg("-i " + quoted(source) +
               " -vf \"setpts='if(lt(N,10),N*0.1,1+(N-10)*0.05)/TB',settb=1/1000\" -vsync vfr -c:v libx264 -qp 10 "
               "-enc_time_base 1:1000 -video_track_timescale 1000 " +
               quoted(dir.path("vfr.mp4")));
  auto reader = mustOpen(dir.path("vfr.mp4"));
  const core::ClipInfo info = reader->info();
  CHECK(info.fps.toDouble() == doctest::Approx(15).epsilon(0.01));
  CHECK(info.frames == 30);
  for (int pass = 0; pass < 2; ++pass) {
    for (int step = 0; step < 30; ++step) {
      const int i = pass == 0 ? step : 29 - step;
      const double t = i / info.fps.toDouble() + 1e-3;
      const int expected = t < 1 ? static_cast<int>(t / 0.1) : 10 + static_cast<int>((t - 1) / 0.05);
      CAPTURE(i);
      CHECK(numberAt(*reader, i) == std::min(expected, 29));
    }
  }
}

TEST_CASE("a phone's rotated video is upright") {
  ScratchDir dir;
  // Red top left, green top right, blue bottom left, white bottom right.
  media::ClipWriterOptions o;
  o.size = {96, 64};
  o.fps = 24;
  auto writer = ClipWriter::create(dir.path("source.mp4"), o);
  REQUIRE(writer.ok());
  const Frame frame = test::makeFrame(96, 64, [](int x, int y) {
    if (y < 32) return x < 48 ? std::array<std::uint8_t, 3>{255, 0, 0} : std::array<std::uint8_t, 3>{0, 255, 0};
    return x < 48 ? std::array<std::uint8_t, 3>{0, 0, 255} : std::array<std::uint8_t, 3>{255, 255, 255};
  });
  for (int i = 0; i < 3; ++i) REQUIRE(writer.value()->push(frame).ok());
  REQUIRE(writer.value()->finish().ok());
  for (const int degrees : {90, 180, 270}) {
    CAPTURE(degrees);
    const std::string path = dir.path("rotated" + std::to_string(degrees) + ".mp4");
    test::ffmpeg("-i " + quoted(dir.path("source.mp4")) + " -c copy -metadata:s:v rotate=" + std::to_string(degrees) +
                 " " + quoted(path));
    // ffmpeg turns the picture itself when it decodes: the second opinion.
    test::ffmpeg("-i " + quoted(path) + " -frames:v 1 -f rawvideo -pix_fmt rgb24 " + quoted(dir.path("raw")));
    const auto raw = test::readBytes(dir.path("raw"));
    auto reader = mustOpen(path);
    const Size size = degrees == 180 ? Size{96, 64} : Size{64, 96};
    CHECK(reader->info().size == size);
    for (const Size asked : {Size{}, Size{size.width / 2, size.height / 2}}) {
      const auto read = reader->frame(1, asked);
      REQUIRE(read.ok());
      REQUIRE(read->size() == (asked.isEmpty() ? size : asked));
      for (const int y : {1, 3}) {
        for (const int x : {1, 3}) {
          const std::uint8_t* p = raw.data() + 3 * (y * size.height / 4 * size.width + x * size.width / 4);
          CHECK(test::distance(test::pixelAt(*read, x * read->width() / 4, y * read->height() / 4),
                               {p[0], p[1], p[2]}) <= 6);
        }
      }
    }
  }
}

TEST_CASE("odd sizes and one-pixel videos are read") {
  ScratchDir dir;
  test::ffmpeg("-f lavfi -i testsrc=size=127x79:rate=24 -frames:v 5 -c:v ffv1 -pix_fmt yuv420p " +
               quoted(dir.path("odd.mkv")));
  auto odd = mustOpen(dir.path("odd.mkv"));
  CHECK(odd->info().size == Size{127, 79});
  CHECK(odd->frame(4)->size() == Size{127, 79});
  CHECK(odd->frame(2, {31, 17})->size() == Size{31, 17});
  test::ffmpeg("-f lavfi -i color=red:size=4x4:rate=24,format=gbrp,crop=1:1 -frames:v 3 -c:v ffv1 -pix_fmt gbrp " +
               quoted(dir.path("dot.mkv")));
  auto dot = mustOpen(dir.path("dot.mkv"));
  REQUIRE(dot->frame(2).ok());
  CHECK(test::distance(test::pixelAt(*dot->frame(2), 0, 0), {255, 0, 0}) <= 3);
}

TEST_CASE("pixels that are not square are shown at their true shape") {
  ScratchDir dir;
  test::ffmpeg("-f lavfi -i testsrc=size=72x58:rate=25 -frames:v 3 -vf setsar=16/11 -c:v libx264 " +
               quoted(dir.path("wide.mp4")));
  auto reader = mustOpen(dir.path("wide.mp4"));
  CHECK(reader->info().size == Size{105, 58});
  CHECK(reader->frame(0)->size() == Size{105, 58});
}

TEST_CASE("colours follow the stream's tags, and its lines where it has none") {
  ScratchDir dir;
  struct Case {
    const char* name;
    const char* filter;
    const char* tags;
    const char* size;
  };
  for (const Case& c :
       {Case{"709.mp4", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace bt709 -color_range tv", "64x64"},
        Case{"601.mp4", "scale=out_color_matrix=bt601:out_range=tv", "-colorspace smpte170m -color_range tv", "64x64"},
        Case{"full.mp4", "scale=out_color_matrix=bt709:out_range=pc", "-colorspace bt709 -color_range pc", "64x64"},
        Case{"2020.mp4", "scale=out_color_matrix=bt2020:out_range=tv", "-colorspace bt2020nc -color_range tv", "64x64"},
        Case{"untagged-small.mp4",
             "scale=out_color_matrix=bt601:out_range=tv,setparams=colorspace=unknown:range=unknown", "", "64x64"},
        Case{"untagged-large.mp4",
             "scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=unknown:range=unknown", "", "64x720"}}) {
    CAPTURE(c.name);
    for (const std::array<int, 3> rgb : {std::array{230, 20, 20}, std::array{20, 200, 40}, std::array{30, 40, 220}}) {
      char colour[16];
      std::snprintf(colour, sizeof colour, "0x%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
      test::ffmpeg(std::string("-f lavfi -i color=") + colour + ":size=" + c.size +
                   ":rate=24,format=gbrp -frames:v 2 -vf " + quoted(std::string(c.filter)) +
                   " -pix_fmt yuv420p -c:v libx264 -qp 4 " + c.tags + " " + quoted(dir.path(c.name)));
      CHECK(test::distance(test::pixelAt(*mustOpen(dir.path(c.name))->frame(0), 32, 32), rgb) <= 3);
    }
  }
  test::ffmpeg("-f lavfi -i color=0xe61414:size=64x64:rate=24 -frames:v 2 -c:v mjpeg -pix_fmt yuvj420p -q:v 1 " +
               quoted(dir.path("jpeg.avi")));
  CHECK(test::distance(test::pixelAt(*mustOpen(dir.path("jpeg.avi"))->frame(0), 32, 32), {230, 20, 20}) <= 4);
}

TEST_CASE("frames outside the clip are refused") {
  ScratchDir dir;
  auto reader = mustOpen(numberedClip(dir, 5));
  for (const std::int64_t index : {std::int64_t{-1}, std::int64_t{5}, std::int64_t{1} << 40}) {
    const auto frame = reader->frame(index);
    REQUIRE_FALSE(frame.ok());
    CHECK(frame.error().code == ErrorCode::InvalidInput);
    CHECK(frame.error().message.find("expected 0 to 4") != std::string::npos);
  }
  CHECK(numberAt(*reader, 4) == 4);
}

TEST_CASE("sound and a recipe are seen; cover art is no video") {
  ScratchDir dir;
  const std::string source = numberedClip(dir, 24);
  test::ffmpeg("-i " + quoted(source) +
               " -f lavfi -i sine=duration=1 -c:v copy -c:a aac -metadata comment='{\"seed\":3}' " +
               quoted(dir.path("sound.mp4")));
  auto reader = mustOpen(dir.path("sound.mp4"));
  CHECK(reader->info().hasAudio);
  CHECK(reader->info().recipe == "{\"seed\":3}");
  checkAllOrders(*reader, 24);
  test::ffmpeg("-i " + quoted(source) + " -c copy -metadata comment='made by hand' " + quoted(dir.path("comment.mp4")));
  CHECK(mustOpen(dir.path("comment.mp4"))->info().recipe.empty());
  test::ffmpeg("-f lavfi -i color=red:size=32x32 -frames:v 1 " + quoted(dir.path("cover.png")));
  test::ffmpeg("-f lavfi -i sine=duration=1 -i " + quoted(dir.path("cover.png")) +
               " -map 0 -map 1 -c:v copy -disposition:v attached_pic " + quoted(dir.path("song.mp3")));
  const auto song = ClipReader::open(dir.path("song.mp3"));
  REQUIRE_FALSE(song.ok());
  CHECK(song.error().code == ErrorCode::Unsupported);
}

TEST_CASE("files that are no video are refused with a reason") {
  ScratchDir dir;
  test::writeBytes(dir.path("empty.mp4"), {});
  std::vector<std::uint8_t> garbage(20'000);
  std::uint32_t state = 9;
  for (auto& byte : garbage) byte = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  test::writeBytes(dir.path("garbage.mp4"), garbage);
  const std::string text(4000, 'a');
  test::writeBytes(dir.path("notes.txt"), {text.begin(), text.end()});
  test::writeBytes(dir.path("notes.mp4"), {text.begin(), text.end()});
  test::ffmpeg("-f lavfi -i color=red:size=32x32 -frames:v 1 " + quoted(dir.path("picture.png")));
  const auto code = [&](const char* name) {
    const auto reader = ClipReader::open(dir.path(name));
    REQUIRE_FALSE(reader.ok());
    CHECK_FALSE(reader.error().message.empty());
    CHECK(reader.error().context == dir.path(name));
    return reader.error().code;
  };
  CHECK(code("missing.mp4") == ErrorCode::NotFound);
  CHECK(code("empty.mp4") == ErrorCode::Unreadable);
  CHECK(code("garbage.mp4") == ErrorCode::Unreadable);
  CHECK(code("notes.mp4") == ErrorCode::Unreadable);
  CHECK(code("notes.txt") == ErrorCode::Unsupported);
  CHECK(code("picture.png") == ErrorCode::Unsupported);
  CHECK(code(".") == ErrorCode::Unreadable);
}

TEST_CASE("a file cut short says so at every length") {
  ScratchDir dir;
  const auto whole = test::readBytes(numberedClip(dir, 48));
  for (const double part : {0.02, 0.1, 0.3, 0.5, 0.9, 0.999}) {
    CAPTURE(part);
    auto bytes = whole;
    bytes.resize(static_cast<std::size_t>(static_cast<double>(whole.size()) * part));
    test::writeBytes(dir.path("cut.mp4"), bytes);
    const auto reader = ClipReader::open(dir.path("cut.mp4"));
    REQUIRE_FALSE(reader.ok());
    CHECK((reader.error().code == ErrorCode::Corrupt || reader.error().code == ErrorCode::Unreadable));
  }
}

TEST_CASE("damaged bytes give frames or an error, never a crash") {
  ScratchDir dir;
  const auto whole = test::readBytes(numberedClip(dir, 24));
  std::uint32_t state = 3;
  const auto next = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
  int opened = 0;
  for (int round = 0; round < 60; ++round) {
    auto bytes = whole;
    for (int hit = 0; hit < 8; ++hit) bytes[next() % bytes.size()] = static_cast<std::uint8_t>(next());
    test::writeBytes(dir.path("damaged.mp4"), bytes);
    auto reader = ClipReader::open(dir.path("damaged.mp4"));
    if (!reader) continue;
    ++opened;
    const std::int64_t frames = std::min<std::int64_t>(reader.value()->info().frames, 30);
    for (std::int64_t i = frames - 1; i >= 0; i -= 5) {
      const auto frame = reader.value()->frame(i, {64, 40});
      CHECK((frame.ok() ? frame->size() == Size{64, 40} : !frame.error().message.empty()));
    }
  }
  CHECK(opened > 0);
}
