// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/media/picture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "engine/media/decoder_noise.h"
#include "tests/engine/media/media_test.h"

using namespace kinora;
using core::ErrorCode;
using core::Frame;
using core::Size;
using media::loadPicture;
using media::pictureSize;
using test::pixelAt;
using test::quoted;
using test::ScratchDir;
using Bytes = std::vector<std::uint8_t>;

namespace {

/// Red, green over blue, white: four quarters that tell every turn and mirror apart.
const std::array<std::array<std::uint8_t, 3>, 4> kQuarters{
    {{230, 20, 20}, {20, 200, 20}, {20, 20, 220}, {250, 250, 250}}};

std::array<std::uint8_t, 3> quarterAt(int x, int y, int width, int height) {
  return kQuarters[static_cast<std::size_t>((y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0))];
}

cv::Mat quarters(int width, int height, int type = CV_8UC3) {
  cv::Mat mat(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto c = quarterAt(x, y, width, height);
      mat.at<cv::Vec3b>(y, x) = {c[2], c[1], c[0]};
    }
  }
  if (CV_MAT_DEPTH(type) == CV_16U) mat.convertTo(mat, CV_16U, 257);
  return mat;
}

Bytes encoded(const char* extension, const cv::Mat& mat, const std::vector<int>& parameters = {}) {
  Bytes bytes;
  REQUIRE(cv::imencode(extension, mat, bytes, parameters));
  return bytes;
}

/// The quarters' order as the loaded picture shows them: top left, top right, bottom left, bottom right.
std::string orderOf(const Frame& frame) {
  std::string order;
  for (const int y : {1, 3}) {
    for (const int x : {1, 3}) {
      const auto pixel = pixelAt(frame, frame.width() * x / 4, frame.height() * y / 4);
      for (std::size_t i = 0; i < 4; ++i) {
        if (test::distance(pixel, {kQuarters[i][0], kQuarters[i][1], kQuarters[i][2]}) <= 12) order += "RGBW"[i];
      }
    }
  }
  return order;
}

/// EXIF with nothing but an orientation, little endian.
Bytes exif(int orientation) {
  return {'E', 'x',  'i', 'f', 0,
          0,   'I',  'I', 42,  0,
          8,   0,    0,   0,   1,
          0,   0x12, 1,   3,   0,
          1,   0,    0,   0,   static_cast<std::uint8_t>(orientation),
          0,   0,    0,   0,   0,
          0,   0};
}

Bytes withExif(Bytes jpeg, int orientation) {
  Bytes segment{0xff, 0xe1, 0, 0};
  const Bytes tags = exif(orientation);
  segment.insert(segment.end(), tags.begin(), tags.end());
  segment[3] = static_cast<std::uint8_t>(segment.size() - 2);
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  return jpeg;
}

ErrorCode codeOf(const ScratchDir& dir, const char* name, const Bytes& bytes) {
  const std::string path = dir.path(name);
  test::writeBytes(path, bytes);
  const auto frame = loadPicture(path);
  INFO(name);
  REQUIRE_FALSE(frame.ok());
  CHECK(frame.error().context == path);
  CHECK(frame.error().message.size() > 10);
  return frame.error().code;
}

/// Collects what the process writes to stderr while it lives.
class StderrCapture {
 public:
  explicit StderrCapture(std::string path) : m_path(std::move(path)), m_saved(::dup(2)) {
    const int fd = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    ::dup2(fd, 2);
    ::close(fd);
  }
  ~StderrCapture() { restore(); }
  std::string text() {
    restore();
    const Bytes bytes = test::readBytes(m_path);
    return {bytes.begin(), bytes.end()};
  }

 private:
  void restore() {
    if (m_saved < 0) return;
    std::fflush(stderr);
    ::dup2(m_saved, 2);
    ::close(m_saved);
    m_saved = -1;
  }
  std::string m_path;
  int m_saved;
};

}  // namespace

TEST_CASE("each format gives the same picture, whatever its name") {
  ScratchDir dir;
  const cv::Mat mat = quarters(64, 40);
  struct Format {
    const char* extension;
    int tolerance;
  };
  for (const Format& f :
       {Format{".png", 0}, Format{".jpg", 6}, Format{".webp", 6}, Format{".bmp", 0}, Format{".tiff", 0}}) {
    CAPTURE(f.extension);
    // The name says JPEG or PNG, the content decides.
    for (const char* name : {"picture.jpg", "picture.png", "no extension"}) {
      test::writeBytes(dir.path(name), encoded(f.extension, mat));
      CHECK(*pictureSize(dir.path(name)) == Size{64, 40});
      const auto frame = loadPicture(dir.path(name));
      REQUIRE(frame.ok());
      REQUIRE(frame->size() == Size{64, 40});
      for (const auto& [x, y] : {std::pair{10, 10}, std::pair{50, 10}, std::pair{10, 30}, std::pair{50, 30}}) {
        const auto c = quarterAt(x, y, 64, 40);
        CHECK(test::distance(pixelAt(*frame, x, y), {c[0], c[1], c[2]}) <= f.tolerance);
      }
    }
  }
}

TEST_CASE("all eight EXIF orientations come upright") {
  ScratchDir dir;
  // How each orientation shows the stored quarters RGBW (EXIF 2.32, 4.6.4 A).
  constexpr std::array kShown{"RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"};
  const Bytes jpeg = encoded(".jpg", quarters(64, 40));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    test::writeBytes(dir.path("turned.jpg"), withExif(jpeg, orientation));
    const Size size = orientation >= 5 ? Size{40, 64} : Size{64, 40};
    CHECK(*pictureSize(dir.path("turned.jpg")) == size);
    const auto frame = loadPicture(dir.path("turned.jpg"));
    REQUIRE(frame.ok());
    CHECK(frame->size() == size);
    CHECK(orderOf(*frame) == kShown[static_cast<std::size_t>(orientation - 1)]);
    const auto small = loadPicture(dir.path("turned.jpg"), 16);
    REQUIRE(small.ok());
    CHECK(small->size() == (orientation >= 5 ? Size{10, 16} : Size{16, 10}));
    CHECK(orderOf(*small) == kShown[static_cast<std::size_t>(orientation - 1)]);
  }
  test::writeBytes(dir.path("turned.jpg"), withExif(jpeg, 77));
  CHECK(orderOf(*loadPicture(dir.path("turned.jpg"))) == "RGBW");
}

TEST_CASE("transparency lies over white") {
  ScratchDir dir;
  for (const int depth : {CV_8U, CV_16U}) {
    CAPTURE(depth);
    cv::Mat mat(2, 3, CV_MAKETYPE(depth, 4));
    const double scale = depth == CV_8U ? 1 : 257;
    const std::array<std::array<double, 4>, 3> bgra{{{0, 0, 200, 255}, {0, 0, 200, 0}, {0, 0, 200, 128}}};
    for (int y = 0; y < 2; ++y) {
      for (int x = 0; x < 3; ++x) {
        for (int c = 0; c < 4; ++c) {
          const double v = bgra[static_cast<std::size_t>(x)][static_cast<std::size_t>(c)] * scale;
          if (depth == CV_8U)
            mat.ptr<std::uint8_t>(y)[4 * x + c] = static_cast<std::uint8_t>(v);
          else
            mat.ptr<std::uint16_t>(y)[4 * x + c] = static_cast<std::uint16_t>(v);
        }
      }
    }
    for (const char* extension : {".png", ".webp", ".tiff"}) {
      if (depth == CV_16U && std::string(extension) == ".webp") continue;  // WebP has 8 bits
      CAPTURE(extension);
      const std::vector<int> lossless =
          std::string(extension) == ".webp" ? std::vector<int>{cv::IMWRITE_WEBP_QUALITY, 101} : std::vector<int>{};
      test::writeBytes(dir.path("alpha"), encoded(extension, mat, lossless));
      const auto frame = loadPicture(dir.path("alpha"));
      REQUIRE(frame.ok());
      CHECK(pixelAt(*frame, 0, 0) == std::array{200, 0, 0});
      CHECK(pixelAt(*frame, 1, 1) == std::array{255, 255, 255});
      CHECK(test::distance(pixelAt(*frame, 2, 0), {227, 127, 127}) <= 1);
    }
  }
}

TEST_CASE("16 bit is rounded to 8, grey becomes RGB, palettes are looked up") {
  ScratchDir dir;
  for (const char* extension : {".png", ".tiff"}) {
    CAPTURE(extension);
    test::writeBytes(dir.path("deep"), encoded(extension, quarters(32, 32, CV_16UC3)));
    CHECK(pixelAt(*loadPicture(dir.path("deep")), 3, 3) == std::array{230, 20, 20});
    cv::Mat grey(1, 3, CV_16U);
    grey.at<std::uint16_t>(0, 0) = 128;  // 0.498 of a step: down
    grey.at<std::uint16_t>(0, 1) = 129;  // 0.502: up
    grey.at<std::uint16_t>(0, 2) = 65535;
    test::writeBytes(dir.path("grey"), encoded(extension, grey));
    const auto frame = loadPicture(dir.path("grey"));
    REQUIRE(frame.ok());
    CHECK(pixelAt(*frame, 0, 0) == std::array{0, 0, 0});
    CHECK(pixelAt(*frame, 1, 0) == std::array{1, 1, 1});
    CHECK(pixelAt(*frame, 2, 0) == std::array{255, 255, 255});
  }
  test::writeBytes(dir.path("grey.jpg"), encoded(".jpg", cv::Mat(16, 16, CV_8U, cv::Scalar(77))));
  CHECK(test::distance(pixelAt(*loadPicture(dir.path("grey.jpg")), 8, 8), {77, 77, 77}) <= 1);
  test::writeBytes(dir.path("quarters.png"), encoded(".png", quarters(32, 32)));
  for (const std::string format : {"pal8", "monob", "gray", "ya8", "rgba64be"}) {
    CAPTURE(format);
    const std::string palette = format == "pal8" ? " -vf 'split[a][b];[a]palettegen[p];[b][p]paletteuse'" : "";
    test::ffmpeg("-i " + quoted(dir.path("quarters.png")) + palette + " -pix_fmt " + format + " " +
                 quoted(dir.path("other.png")));
    const auto frame = loadPicture(dir.path("other.png"));
    REQUIRE(frame.ok());
    CHECK(frame->size() == Size{32, 32});
    if (format == "pal8" || format == "rgba64be") CHECK(orderOf(*frame) == "RGBW");
    CHECK(test::distance(pixelAt(*frame, 24, 24), {255, 255, 255}) <= 6);
  }
}

TEST_CASE("a picture of one pixel is a picture") {
  ScratchDir dir;
  for (const char* extension : {".png", ".jpg", ".webp", ".bmp", ".tiff"}) {
    CAPTURE(extension);
    test::writeBytes(dir.path("dot"), encoded(extension, cv::Mat(1, 1, CV_8UC3, cv::Scalar(90, 90, 90))));
    const auto frame = loadPicture(dir.path("dot"), 512);
    REQUIRE(frame.ok());
    CHECK(frame->size() == Size{1, 1});
    CHECK(test::distance(pixelAt(*frame, 0, 0), {90, 90, 90}) <= 3);
  }
}

TEST_CASE("large pictures are scaled down in proportion") {
  ScratchDir dir;
  for (const char* extension : {".jpg", ".png"}) {
    test::writeBytes(dir.path("large"), encoded(extension, quarters(2000, 1000)));
    for (const int side : {1999, 1000, 333, 64, 1}) {
      CAPTURE(side);
      const auto frame = loadPicture(dir.path("large"), side);
      REQUIRE(frame.ok());
      CHECK(frame->size() == Size{side, std::max(1, static_cast<int>(std::lround(side / 2.0)))});
      if (side > 1) CHECK(orderOf(*frame) == "RGBW");
    }
  }
}

TEST_CASE("20,000 pixels are refused from the header, with the size in the sentence") {
  ScratchDir dir;
  const Bytes png = encoded(".png", cv::Mat(1, 20'000, CV_8U, cv::Scalar(9)));
  CHECK(codeOf(dir, "wide.png", png) == ErrorCode::InvalidInput);
  CHECK(loadPicture(dir.path("wide.png")).error().message.find("20000x1") != std::string::npos);
  CHECK(pictureSize(dir.path("wide.png")).error().code == ErrorCode::InvalidInput);
  CHECK(codeOf(dir, "wide.jpg", encoded(".jpg", cv::Mat(20'000, 2, CV_8U, cv::Scalar(9)))) == ErrorCode::InvalidInput);
  CHECK(codeOf(dir, "wide.bmp", encoded(".bmp", cv::Mat(1, 20'000, CV_8U, cv::Scalar(9)))) == ErrorCode::InvalidInput);
  CHECK(codeOf(dir, "wide.tif", encoded(".tiff", cv::Mat(1, 20'000, CV_8U, cv::Scalar(9)))) == ErrorCode::InvalidInput);
}

TEST_CASE("animated pictures give their first frame") {
  ScratchDir dir;
  test::ffmpeg(
      "-f lavfi -i color=0xe61414:size=64x40:rate=10 -f lavfi -i color=0x1414dc:size=64x40:rate=10 -filter_complex "
      "'[0]trim=end_frame=3[a];[1]trim=end_frame=3[b];[a][b]concat' -c:v ffv1 -pix_fmt gbrp " +
      quoted(dir.path("source.mkv")));
  for (const std::string name : {"moving.gif", "moving.apng", "moving.webp"}) {
    CAPTURE(name);
    const std::string path = dir.path(name);
    test::ffmpeg("-i " + quoted(dir.path("source.mkv")) +
                 (name == "moving.webp" ? " -c:v libwebp_anim -lossless 1 " : " ") + quoted(path));
    CHECK(*pictureSize(path) == Size{64, 40});
    const auto frame = loadPicture(path);
    REQUIRE(frame.ok());
    CHECK(frame->size() == Size{64, 40});
    CHECK(test::distance(pixelAt(*frame, 30, 20), {230, 20, 20}) <=
          (name == "moving.gif" ? 40 : 6));  // GIF's 256 colours
  }
}

TEST_CASE("files that are no picture are refused with a sentence") {
  ScratchDir dir;
  CHECK(loadPicture(dir.path("missing.png")).error().code == ErrorCode::NotFound);
  CHECK(pictureSize(dir.path("missing.png")).error().code == ErrorCode::NotFound);
  CHECK(loadPicture(dir.path(".")).error().code == ErrorCode::Unreadable);
  CHECK(codeOf(dir, "empty.jpg", {}) == ErrorCode::Unreadable);
  CHECK(codeOf(dir, "text.png", {'h', 'e', 'l', 'l', 'o'}) == ErrorCode::Unsupported);
  CHECK(codeOf(dir, "photo.heic", {0, 0, 0, 24, 'f', 't', 'y', 'p', 'h', 'e', 'i', 'c', 0, 0, 0, 0}) ==
        ErrorCode::Unsupported);
  CHECK(loadPicture(dir.path("photo.heic")).error().message.find("HEIC") != std::string::npos);
  CHECK(codeOf(dir, "zero.png", Bytes(1000, 0)) == ErrorCode::Unsupported);
}

TEST_CASE("CMYK is converted where its inks are known and refused where not") {
  ScratchDir dir;
  // Four components in a frame header, without Adobe's marker.
  const Bytes cmyk{0xff, 0xd8, 0xff, 0xc0, 0, 20, 8,    0, 16,   0,    16, 4, 1, 0x11, 0,   2,
                   0x11, 0,    3,    0x11, 0, 4,  0x11, 0, 0xff, 0xda, 0,  2, 0, 0xff, 0xd9};
  CHECK(codeOf(dir, "cmyk.jpg", cmyk) == ErrorCode::Unsupported);
  CHECK(loadPicture(dir.path("cmyk.jpg")).error().message.find("CMYK") != std::string::npos);
  const auto converted = loadPicture(KINORA_SOURCE_DIR "/tests/data/media/cmyk-adobe.jpg");
  REQUIRE(converted.ok());
  // Cyan, magenta, yellow and black inks, a quarter each.
  CHECK(test::distance(pixelAt(*converted, 8, 8), {0, 255, 255}) <= 8);
  CHECK(test::distance(pixelAt(*converted, 24, 8), {255, 0, 255}) <= 8);
  CHECK(test::distance(pixelAt(*converted, 8, 24), {255, 255, 0}) <= 8);
  CHECK(test::distance(pixelAt(*converted, 24, 24), {0, 0, 0}) <= 8);
  const auto refused = loadPicture(KINORA_SOURCE_DIR "/tests/data/media/cmyk.tif");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::Unsupported);
  CHECK(refused.error().message.find("CMYK") != std::string::npos);
}

TEST_CASE("cut pictures are refused at every length, damaged ones never crash, and stderr stays silent") {
  ScratchDir dir;
  std::string said;
  int refused = 0;
  {
    StderrCapture capture(dir.path("stderr"));
    for (const char* extension : {".png", ".jpg", ".webp", ".bmp", ".tiff"}) {
      const Bytes whole = encoded(extension, quarters(48, 32));
      for (const double part : {0.01, 0.05, 0.2, 0.5, 0.9, 0.98}) {
        Bytes bytes = whole;
        bytes.resize(static_cast<std::size_t>(static_cast<double>(whole.size()) * part));
        test::writeBytes(dir.path("cut"), bytes);
        refused += loadPicture(dir.path("cut")).ok() ? 0 : 1;
      }
      std::uint32_t state = 7;
      const auto next = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
      for (int round = 0; round < 60; ++round) {
        Bytes bytes = whole;
        for (int hit = 0; hit < 4; ++hit) bytes[next() % bytes.size()] = static_cast<std::uint8_t>(next());
        test::writeBytes(dir.path("damaged"), bytes);
        const auto frame = loadPicture(dir.path("damaged"), 64);
        CHECK((frame.ok() ? !frame->isNull() : !frame.error().message.empty()));
      }
    }
    said = capture.text();
  }
  CHECK(refused == 30);
  CHECK(said == "");
}

TEST_CASE("only the decoders' own lines are kept from stderr") {
  CHECK(media::withoutDecoderLines(
            "kinora: out of credits\nCorrupt JPEG data: bad Huffman code\n\nimdecode_(''): no\nend") ==
        "kinora: out of credits\nend");
  CHECK(media::withoutDecoderLines("").empty());
}

TEST_CASE("writePng and loadPicture keep every pixel") {
  ScratchDir dir;
  std::uint32_t state = 5;
  const Frame frame = test::makeFrame(61, 37, [&](int, int) {
    state = state * 1664525u + 1013904223u;
    return std::array<std::uint8_t, 3>{static_cast<std::uint8_t>(state >> 24), static_cast<std::uint8_t>(state >> 16),
                                       static_cast<std::uint8_t>(state >> 8)};
  });
  const std::string path = dir.path("frame.png");
  REQUIRE(media::writePng(path, frame).ok());
  CHECK(dir.fileCount() == 1);
  const auto read = loadPicture(path);
  REQUIRE(read.ok());
  REQUIRE(read->size() == frame.size());
  CHECK(std::equal(read->data(), read->data() + read->byteCount(), frame.data()));
  CHECK(media::writePng(path, {}).error().code == ErrorCode::InvalidInput);
  CHECK(media::writePng(dir.path("missing/frame.png"), frame).error().code == ErrorCode::NotWritable);
}
