// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/picture_header.h"

#include <array>
#include <cstdlib>
#include <optional>

#include "engine/media/byte_reader.h"
#include "engine/media/orientation.h"

extern "C" {
#include <libavutil/crc.h>
}

namespace kinora::media {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using Bytes = std::span<const std::uint8_t>;
using namespace std::string_view_literals;

Error cutShort(const char* what) {
  return {ErrorCode::Corrupt, std::string("the ") + what + " file is cut short", {}};
}

std::optional<PictureFormat> formatOf(const ByteReader& d) {
  if (d.equals(0, "\xff\xd8\xff"sv)) return PictureFormat::Jpeg;
  if (d.equals(0, "\x89PNG\r\n\x1a\n"sv)) return PictureFormat::Png;
  if (d.equals(0, "RIFF"sv) && d.equals(8, "WEBP"sv)) return PictureFormat::WebP;
  if (d.equals(0, "BM"sv) && d.has(0, 26)) return PictureFormat::Bmp;
  if (d.equals(0, "II*\0"sv) || d.equals(0, "MM\0*"sv)) return PictureFormat::Tiff;
  if (d.equals(0, "GIF87a"sv) || d.equals(0, "GIF89a"sv)) return PictureFormat::Gif;
  return std::nullopt;
}

Error unknownFormat(const ByteReader& d) {
  std::string name;
  if (d.equals(4, "ftyp"sv)) {
    for (const std::string_view brand : {"avif"sv, "avis"sv}) {
      if (d.equals(8, brand)) name = "AVIF";
    }
    for (const std::string_view brand : {"heic"sv, "heix"sv, "hevc"sv, "mif1"sv, "msf1"sv}) {
      if (d.equals(8, brand)) name = "HEIC";
    }
  } else if (d.equals(0, "8BPS"sv)) {
    name = "Photoshop";
  } else if (d.equals(0, "\xff\x0a"sv) || d.equals(4, "JXL "sv)) {
    name = "JPEG XL";
  } else if (d.equals(0, "II+\0"sv) || d.equals(0, "MM\0+"sv)) {
    name = "BigTIFF";
  }
  constexpr const char* kExpected = "expected JPEG, PNG, WebP, BMP, TIFF or GIF";
  if (!name.empty()) return {ErrorCode::Unsupported, name + " pictures are not supported; " + kExpected, {}};
  return {ErrorCode::Unsupported, std::string("not a picture; ") + kExpected, {}};
}

/// The tags we use of the first directory of a TIFF structure (also what EXIF is).
struct TiffTags {
  std::uint32_t width = 0, height = 0, photometric = 0, orientation = 1, sampleFormat = 1;
  bool valid = false;
};

TiffTags readTiffTags(Bytes data) {
  TiffTags tags;
  const bool big = ByteReader(data).equals(0, "MM"sv);
  const ByteReader d(data, big);
  if (d.u16(2) != 42) return tags;
  const std::size_t directory = d.u32(4);
  if (!d.has(directory, 2)) return tags;
  const std::size_t count = d.u16(directory);
  tags.valid = d.has(directory + 2, count * 12);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = directory + 2 + i * 12;
    if (!d.has(at, 12)) break;
    const bool isShort = d.u16(at + 2) == 3;
    std::uint32_t value = isShort ? d.u16(at + 8) : d.u32(at + 8);
    // More than two shorts do not fit: the field is then where they are.
    if (isShort && d.u32(at + 4) > 2) value = d.u16(d.u32(at + 8));
    switch (d.u16(at)) {
      case 256:
        tags.width = value;
        break;
      case 257:
        tags.height = value;
        break;
      case 262:
        tags.photometric = value;
        break;
      case 274:
        tags.orientation = value;
        break;
      case 339:
        tags.sampleFormat = value;
        break;
      default:
        break;
    }
  }
  return tags;
}

int exifOrientation(Bytes exif) {
  if (ByteReader(exif).equals(0, "Exif\0\0"sv)) exif = exif.subspan(6);
  const std::uint32_t value = readTiffTags(exif).orientation;
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

Result<PictureHeader> readJpeg(Bytes data, PictureHeader header) {
  const ByteReader d(data);
  bool adobe = false, sized = false;
  std::uint32_t components = 0;
  for (std::size_t at = 2; d.has(at, 4);) {
    if (d.u8(at) != 0xff) return Error{ErrorCode::Corrupt, "the JPEG file's markers are damaged", {}};
    const std::uint32_t marker = d.u8(at + 1);
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    const std::size_t length = d.u16(at + 2);
    if (length < 2 || !d.has(at + 2, length)) return cutShort("JPEG");
    if (marker == 0xe1 && d.equals(at + 4, "Exif\0\0"sv)) {
      header.orientation = exifOrientation(d.part(at + 4, length - 2));
    } else if (marker == 0xee && d.equals(at + 4, "Adobe"sv)) {
      adobe = true;
    } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      header.stored = {static_cast<int>(d.u16(at + 7)), static_cast<int>(d.u16(at + 5))};
      components = d.u8(at + 9);
      sized = true;
    } else if (marker == 0xda) {
      // Inside coded data a 0xff is always followed by a stuffed 0, so this can only be the end marker.
      const auto end = "\xff\xd9"sv;
      const auto begin = data.begin() + static_cast<std::ptrdiff_t>(at + 2 + length);
      if (std::search(begin, data.end(), end.begin(), end.end(),
                      [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) == data.end()) {
        return cutShort("JPEG");
      }
      if (!sized) break;
      if (components == 4 && !adobe) {
        return Error{ErrorCode::Unsupported,
                     "a CMYK JPEG without Adobe's marker says nothing of its inks; expected RGB, save it as sRGB",
                     {}};
      }
      return header;
    }
    at += 2 + length;
  }
  return cutShort("JPEG");
}

/// Calls use(type, offset of the chunk, its data's length) for each chunk; false when one reaches past the end.
template <class Use>
bool walkPng(const ByteReader& d, Use use) {
  for (std::size_t at = 8; d.has(at, 12);) {
    const std::size_t length = d.u32(at);
    if (!d.has(at + 8, length + 4)) return false;
    if (!use(at, length)) return true;
    at += 12 + length;
  }
  return false;
}

Result<PictureHeader> readPng(Bytes data, PictureHeader header) {
  const ByteReader d(data);
  if (!d.equals(12, "IHDR"sv)) return Error{ErrorCode::Corrupt, "the PNG file does not begin with its header", {}};
  header.stored = {static_cast<int>(std::min(d.u32(16), 0x7fffffffu)),
                   static_cast<int>(std::min(d.u32(20), 0x7fffffffu))};
  const AVCRC* table = av_crc_get_table(AV_CRC_32_IEEE_LE);
  bool pixels = false, ended = false, damaged = false;
  walkPng(d, [&](std::size_t at, std::size_t length) {
    if (d.equals(at + 4, "acTL"sv)) header.animated = true;
    if (d.equals(at + 4, "eXIf"sv)) header.orientation = exifOrientation(d.part(at + 8, length));
    const bool critical = (d.u8(at + 4) & 0x20) == 0;
    if (critical) {
      const std::uint32_t crc = ~av_crc(table, ~0u, data.data() + at + 4, length + 4);
      damaged = damaged || crc != d.u32(at + 8 + length);
    }
    pixels = pixels || d.equals(at + 4, "IDAT"sv);
    ended = d.equals(at + 4, "IEND"sv);
    return !ended && !damaged;
  });
  if (damaged) return Error{ErrorCode::Corrupt, "the PNG file is damaged: a checksum is wrong", {}};
  if (!pixels || !ended) return cutShort("PNG");
  return header;
}

/// Calls use(offset, data's length) for each chunk of [from, to).
template <class Use>
void walkRiff(const ByteReader& d, std::size_t from, std::size_t to, Use use) {
  while (from + 8 <= to) {
    const std::size_t length = d.u32(from + 4);
    if (length > to - from - 8 || !use(from, length)) return;
    from += 8 + length + (length & 1);
  }
}

/// Size in the head of a VP8 or VP8L chunk at offset at.
core::Size webpFrameSize(const ByteReader& d, std::size_t at) {
  if (d.equals(at, "VP8L"sv)) {
    const std::uint32_t bits = d.u32(at + 9);
    return {static_cast<int>(bits & 0x3fff) + 1, static_cast<int>((bits >> 14) & 0x3fff) + 1};
  }
  return {static_cast<int>(d.u16(at + 14) & 0x3fff), static_cast<int>(d.u16(at + 16) & 0x3fff)};
}

Result<PictureHeader> readWebP(Bytes data, PictureHeader header) {
  const ByteReader d(data, false);
  const std::size_t end = static_cast<std::size_t>(d.u32(4)) + 8;
  if (end > d.size()) return cutShort("WebP");
  bool pixels = false;
  walkRiff(d, 12, end, [&](std::size_t at, std::size_t length) {
    if (d.equals(at, "VP8X"sv) && length >= 10) {
      header.animated = (d.u8(at + 8) & 2) != 0;
      header.stored = {static_cast<int>(d.u24(at + 12)) + 1, static_cast<int>(d.u24(at + 15)) + 1};
    } else if (d.equals(at, "VP8 "sv) || d.equals(at, "VP8L"sv)) {
      if (header.stored.isEmpty()) header.stored = webpFrameSize(d, at);
      pixels = true;
    } else if (d.equals(at, "ANMF"sv)) {
      pixels = true;
    } else if (d.equals(at, "EXIF"sv)) {
      header.orientation = exifOrientation(d.part(at + 8, length));
    }
    return true;
  });
  if (!pixels) return Error{ErrorCode::Corrupt, "the WebP file holds no picture", {}};
  return header;
}

Result<PictureHeader> readBmp(Bytes data, PictureHeader header) {
  const ByteReader d(data, false);
  if (d.u32(14) == 12) {
    header.stored = {static_cast<int>(d.u16(18)), static_cast<int>(d.u16(20))};
  } else {
    const std::int64_t width = static_cast<std::int32_t>(d.u32(18)), height = static_cast<std::int32_t>(d.u32(22));
    header.stored = {static_cast<int>(width), static_cast<int>(std::min<std::int64_t>(
                                                  std::llabs(height), 0x7fffffff))};  // negative: top row first
  }
  if (d.u32(10) >= d.size()) return cutShort("BMP");
  return header;
}

Result<PictureHeader> readTiff(Bytes data, PictureHeader header) {
  const TiffTags tags = readTiffTags(data);
  if (!tags.valid) return cutShort("TIFF");
  if (tags.photometric == 5) {
    return Error{ErrorCode::Unsupported, "CMYK TIFF pictures are not supported; expected RGB, save it as sRGB", {}};
  }
  if (tags.photometric > 6 || tags.sampleFormat == 3) {
    return Error{ErrorCode::Unsupported,
                 "this kind of TIFF (Lab or floating point) is not supported; expected 8 or 16 bit RGB",
                 {}};
  }
  header.stored = {static_cast<int>(std::min(tags.width, 0x7fffffffu)),
                   static_cast<int>(std::min(tags.height, 0x7fffffffu))};
  header.orientation = tags.orientation >= 1 && tags.orientation <= 8 ? static_cast<int>(tags.orientation) : 1;
  return header;
}

Result<PictureHeader> readByFormat(Bytes data, PictureHeader header) {
  switch (header.format) {
    case PictureFormat::Jpeg:
      return readJpeg(data, header);
    case PictureFormat::Png:
      return readPng(data, header);
    case PictureFormat::WebP:
      return readWebP(data, header);
    case PictureFormat::Bmp:
      return readBmp(data, header);
    case PictureFormat::Tiff:
      return readTiff(data, header);
    case PictureFormat::Gif:
      break;
  }
  const ByteReader d(data, false);
  header.stored = {static_cast<int>(d.u16(6)), static_cast<int>(d.u16(8))};
  header.animated = true;
  return header;
}

void append(std::vector<std::uint8_t>& out, Bytes bytes) {
  for (const std::uint8_t byte : bytes) out.push_back(byte);
}

void appendLittle(std::vector<std::uint8_t>& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::vector<std::uint8_t> stripPng(Bytes data) {
  const ByteReader d(data);
  std::vector<std::uint8_t> out;
  out.reserve(data.size());
  append(out, d.part(0, 8));
  walkPng(d, [&](std::size_t at, std::size_t length) {
    const bool keep = (d.u8(at + 4) & 0x20) == 0 || d.equals(at + 4, "tRNS"sv);
    if (keep) append(out, d.part(at, length + 12));
    return !d.equals(at + 4, "IEND"sv);
  });
  return out;
}

/// The chunks of the first ANMF in a still file of that frame's own size.
std::vector<std::uint8_t> firstWebPFrame(Bytes data) {
  const ByteReader d(data, false);
  std::vector<std::uint8_t> out;
  walkRiff(d, 12, d.size(), [&](std::size_t at, std::size_t length) {
    if (!d.equals(at, "ANMF"sv) || length < 16) return true;
    std::vector<std::uint8_t> chunks;
    walkRiff(d, at + 24, at + 8 + length, [&](std::size_t inner, std::size_t innerLength) {
      if (d.equals(inner, "ALPH"sv) || d.equals(inner, "VP8 "sv) || d.equals(inner, "VP8L"sv)) {
        append(chunks, d.part(inner, std::min(8 + innerLength + (innerLength & 1), d.size() - inner)));
      }
      return true;
    });
    const auto text = [&](std::string_view s) { out.insert(out.end(), s.begin(), s.end()); };
    text("RIFF"sv);
    appendLittle(out, static_cast<std::uint32_t>(4 + 18 + chunks.size()), 4);
    text("WEBPVP8X"sv);
    appendLittle(out, 10, 4);
    appendLittle(out, 0x10, 4);  // may have alpha
    appendLittle(out, d.u24(at + 14), 3);
    appendLittle(out, d.u24(at + 17), 3);
    append(out, chunks);
    return false;
  });
  return out;
}

}  // namespace

const char* formatName(PictureFormat format) {
  constexpr std::array kNames{"jpeg", "png", "webp", "bmp", "tiff", "gif"};
  return kNames[static_cast<std::size_t>(format)];
}

core::Size PictureHeader::size() const {
  return orientedSize(stored, orientation);
}

bool looksLikePicture(Bytes data) {
  return formatOf(ByteReader(data)).has_value();
}

Result<PictureHeader> readPictureHeader(Bytes data) {
  if (data.empty()) return Error{ErrorCode::Unreadable, "the file is empty (0 bytes)", {}};
  const ByteReader d(data);
  const std::optional<PictureFormat> format = formatOf(d);
  if (!format) return unknownFormat(d);
  PictureHeader start;
  start.format = *format;
  Result<PictureHeader> header = readByFormat(data, start);
  if (!header) return header;
  const core::Size size = header->stored;
  const std::string text = std::to_string(size.width) + "x" + std::to_string(size.height);
  if (size.isEmpty()) return Error{ErrorCode::Corrupt, "the picture's size cannot be; got " + text, {}};
  if (size.width > kMaxPictureSide || size.height > kMaxPictureSide) {
    return Error{
        ErrorCode::InvalidInput,
        "the picture is too large; expected at most " + std::to_string(kMaxPictureSide) + " pixels a side, got " + text,
        {}};
  }
  return header;
}

std::vector<std::uint8_t> stripForDecoder(Bytes data, const PictureHeader& header) {
  if (header.format == PictureFormat::Png) return stripPng(data);
  if (header.format == PictureFormat::WebP && header.animated) return firstWebPFrame(data);
  return {data.begin(), data.end()};
}

}  // namespace kinora::media
