// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/result.h"

namespace kinora::media {

inline constexpr int kMaxPictureSide = 16384;

enum class PictureFormat { Jpeg, Png, WebP, Bmp, Tiff, Gif };
/// "jpeg", "png", "webp", "bmp", "tiff", "gif"
const char* formatName(PictureFormat format);

/// What a picture file says of itself before any pixel is decoded.
struct PictureHeader {
  PictureFormat format = PictureFormat::Jpeg;
  core::Size stored;        ///< as in the file, before orientation
  int orientation = 1;      ///< EXIF 0x0112
  bool animated = false;    ///< WebP or APNG; GIF always counts as animated
  core::Size size() const;  ///< as displayed
};

/// Recognises data by its content and reads its header; every offset is checked. Unreadable (empty), Unsupported (a
/// kind we do not read, told by name where known; CMYK in a form OpenCV gets wrong), Corrupt (cut short, checksum
/// wrong) or InvalidInput (a side of 0 or over kMaxPictureSide). context of the error is left empty.
core::Result<PictureHeader> readPictureHeader(std::span<const std::uint8_t> data);

/// Whether data begins like one of PictureFormat.
bool looksLikePicture(std::span<const std::uint8_t> data);

/// data reduced to what the decoder needs, so that it has no metadata to complain of on stderr: a PNG's pixel chunks,
/// the first frame of an animated WebP as a still one. Other formats come back as they are.
std::vector<std::uint8_t> stripForDecoder(std::span<const std::uint8_t> data, const PictureHeader& header);

}  // namespace kinora::media
