// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/picture.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include <sys/stat.h>

#include "engine/media/atomic_file.h"
#include "engine/media/clip_reader.h"
#include "engine/media/decoder_noise.h"
#include "engine/media/orientation.h"
#include "engine/media/picture_header.h"

namespace kinora::media {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 30;

void silenceOpenCv() {
  static std::once_flag once;
  std::call_once(once, [] { cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT); });
}

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<std::vector<std::uint8_t>> readFile(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const ErrorCode code = errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Unreadable;
    return Error{code, std::string("the picture cannot be opened: ") + std::strerror(errno), path};
  }
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::Unreadable, "not a file", path};
  if (status.st_size > kMaxFileBytes) {
    return Error{
        ErrorCode::InvalidInput,
        "the file is too large for a picture; expected at most 1 GiB, got " + std::to_string(status.st_size) + " bytes",
        path};
  }
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (!file)
    return Error{ErrorCode::Unreadable, std::string("the picture cannot be opened: ") + std::strerror(errno), path};
  std::vector<std::uint8_t> data(static_cast<std::size_t>(status.st_size));
  data.resize(std::fread(data.data(), 1, data.size(), file.get()));
  if (std::ferror(file.get())) return Error{ErrorCode::Unreadable, "the picture cannot be read", path};
  return data;
}

Result<PictureHeader> headerOf(const std::vector<std::uint8_t>& data, const std::string& path) {
  Result<PictureHeader> header = readPictureHeader(data);
  if (!header) return Error{header.error().code, header.error().message, path};
  return header;
}

/// libjpeg decodes at 1/2, 1/4 or 1/8 for a fraction of the cost; leaves at least twice the wanted size to average
/// over.
int jpegFlags(core::Size stored, core::Size wanted) {
  int flags = cv::IMREAD_COLOR;
  for (const auto& [divisor, reduced] :
       {std::pair{8, cv::IMREAD_REDUCED_COLOR_8}, std::pair{4, cv::IMREAD_REDUCED_COLOR_4},
        std::pair{2, cv::IMREAD_REDUCED_COLOR_2}}) {
    if (wanted.width * 2 * divisor <= stored.width && wanted.height * 2 * divisor <= stored.height) {
      flags = reduced;
      break;
    }
  }
  return flags | cv::IMREAD_IGNORE_ORIENTATION;
}

/// One row of grey, BGR or BGRA in T to RGB, alpha over white, 16 bit rounded to 8.
template <class T>
void rowToRgb(const T* in, std::uint8_t* out, int width, int channels) {
  constexpr std::uint32_t kMax = sizeof(T) == 1 ? 255u : 65535u;
  const auto toByte = [](std::uint32_t v) {
    return static_cast<std::uint8_t>(sizeof(T) == 1 ? v : (v * 255u + 32767u) / 65535u);
  };
  for (int x = 0; x < width; ++x, in += channels, out += 3) {
    std::uint32_t rgb[3];
    if (channels < 3) {
      rgb[0] = rgb[1] = rgb[2] = in[0];
    } else {
      rgb[0] = in[2];
      rgb[1] = in[1];
      rgb[2] = in[0];
    }
    if (channels == 4) {
      const std::uint64_t alpha = in[3];
      for (std::uint32_t& v : rgb)
        v = static_cast<std::uint32_t>((v * alpha + kMax * (kMax - alpha) + kMax / 2) / kMax);
    }
    for (int i = 0; i < 3; ++i) out[i] = toByte(rgb[i]);
  }
}

core::Frame toFrame(const cv::Mat& mat) {
  std::shared_ptr<std::uint8_t[]> pixels(
      new std::uint8_t[static_cast<std::size_t>(mat.cols) * 3 * static_cast<std::size_t>(mat.rows)]);
  for (int y = 0; y < mat.rows; ++y) {
    std::uint8_t* out = pixels.get() + static_cast<std::size_t>(y) * static_cast<std::size_t>(mat.cols) * 3;
    if (mat.depth() == CV_8U) {
      rowToRgb(mat.ptr<std::uint8_t>(y), out, mat.cols, mat.channels());
    } else {
      rowToRgb(mat.ptr<std::uint16_t>(y), out, mat.cols, mat.channels());
    }
  }
  return {mat.cols, mat.rows, std::move(pixels)};
}

core::Frame shrink(const core::Frame& frame, core::Size size) {
  if (frame.size() == size) return frame;
  const cv::Mat in(frame.height(), frame.width(), CV_8UC3, const_cast<std::uint8_t*>(frame.data()), frame.stride());
  std::shared_ptr<std::uint8_t[]> pixels(
      new std::uint8_t[static_cast<std::size_t>(size.width) * 3 * static_cast<std::size_t>(size.height)]);
  cv::Mat out(size.height, size.width, CV_8UC3, pixels.get());
  cv::resize(in, out, out.size(), 0, 0, cv::INTER_AREA);
  return {size.width, size.height, std::move(pixels)};
}

/// FFmpeg decodes what OpenCV does not.
Result<core::Frame> decodeGif(const std::string& path) {
  Result<std::unique_ptr<ClipReader>> reader = ClipReader::open(path);
  if (!reader) return Error{ErrorCode::Corrupt, "the GIF file is damaged: " + reader.error().message, path};
  return reader.value()->frame(0);
}

Result<core::Frame> decode(const std::vector<std::uint8_t>& data, const PictureHeader& header, core::Size wanted,
                           const std::string& path) {
  if (header.format == PictureFormat::Gif) return decodeGif(path);
  const std::vector<std::uint8_t> stripped = stripForDecoder(data, header);
  int flags = cv::IMREAD_UNCHANGED;
  if (header.format == PictureFormat::Jpeg) flags = jpegFlags(header.stored, orientedSize(wanted, header.orientation));
  cv::Mat mat;
  if (!stripped.empty()) {
    const DecoderNoise noise;
    mat = cv::imdecode(stripped, flags);
  }
  if (mat.empty()) {
    return Error{ErrorCode::Corrupt,
                 std::string("the ") + formatName(header.format) + " picture is damaged and cannot be decoded", path};
  }
  if (mat.depth() != CV_8U && mat.depth() != CV_16U) {
    return Error{ErrorCode::Unsupported, "pictures of this bit depth are not supported; expected 8 or 16 bit", path};
  }
  return applyOrientation(toFrame(mat), header.orientation);
}

/// Runs work with every exception of OpenCV and of allocation turned into an Error.
template <class T, class Work>
Result<T> guarded(const std::string& path, Work work) {
  silenceOpenCv();
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::OutOfMemory, "the picture does not fit into memory", path};
  } catch (const cv::Exception& e) {
    if (e.code == cv::Error::StsNoMem)
      return Error{ErrorCode::OutOfMemory, "the picture does not fit into memory", path};
    return Error{ErrorCode::Corrupt, "the picture cannot be decoded: " + e.err, path};
  } catch (const std::exception& e) {
    return Error{ErrorCode::Internal, e.what(), path};
  }
}

}  // namespace

core::Size limitedSize(core::Size size, int maxSide) {
  const int side = std::max(size.width, size.height);
  if (maxSide <= 0 || side <= maxSide) return size;
  const double factor = static_cast<double>(maxSide) / side;
  return {std::max(1, static_cast<int>(std::lround(size.width * factor))),
          std::max(1, static_cast<int>(std::lround(size.height * factor)))};
}

Result<core::Frame> loadPicture(const std::string& path, int maxSide) {
  return guarded<core::Frame>(path, [&]() -> Result<core::Frame> {
    Result<std::vector<std::uint8_t>> data = readFile(path);
    if (!data) return data.error();
    const Result<PictureHeader> header = headerOf(*data, path);
    if (!header) return header.error();
    const core::Size wanted = limitedSize(header->size(), maxSide);
    Result<core::Frame> frame = decode(*data, *header, wanted, path);
    if (!frame) return frame;
    return shrink(*frame, limitedSize(frame->size(), maxSide));
  });
}

Result<core::ClipInfo> probePicture(const std::string& path) {
  return guarded<core::ClipInfo>(path, [&]() -> Result<core::ClipInfo> {
    Result<std::vector<std::uint8_t>> data = readFile(path);
    if (!data) return data.error();
    const Result<PictureHeader> header = headerOf(*data, path);
    if (!header) return header.error();
    core::ClipInfo info;
    info.kind = core::MediaKind::Picture;
    std::error_code ignored;
    info.path = std::filesystem::absolute(path, ignored).lexically_normal().string();
    info.size = header->size();
    info.frames = 1;
    info.codec = formatName(header->format);
    return info;
  });
}

Result<core::Size> pictureSize(const std::string& path) {
  const Result<core::ClipInfo> info = probePicture(path);
  if (!info) return info.error();
  return info->size;
}

bool isPicture(const std::string& path) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return false;
  std::uint8_t start[32];
  return looksLikePicture({start, std::fread(start, 1, sizeof start, file.get())});
}

Result<void> writePng(const std::string& path, const core::Frame& frame) {
  if (frame.isNull()) return Error{ErrorCode::InvalidInput, "there is no picture to write", path};
  Result<std::vector<std::uint8_t>> png =
      guarded<std::vector<std::uint8_t>>(path, [&]() -> Result<std::vector<std::uint8_t>> {
        const cv::Mat rgb(frame.height(), frame.width(), CV_8UC3, const_cast<std::uint8_t*>(frame.data()),
                          frame.stride());
        cv::Mat bgr;
        cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
        std::vector<std::uint8_t> bytes;
        if (!cv::imencode(".png", bgr, bytes)) return Error{ErrorCode::Internal, "the PNG encoder failed", path};
        return bytes;
      });
  if (!png) return png.error();
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) return file.error();
  if (const int code = file->writeAt(png->data(), png->size(), 0); code != 0) return writeError(code, path);
  return file->commit();
}

}  // namespace kinora::media
