// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/clip_info.h"
#include "engine/core/frame.h"
#include "engine/core/result.h"

namespace kinora::media {

/// Loads JPEG (EXIF orientation applied), PNG (alpha over white), WebP, BMP, TIFF; 16 bit is scaled to 8; grey becomes
/// RGB; CMYK is converted or refused with a sentence; an animated picture gives its first frame. Recognised by content,
/// not by name. Refuses sides over 16,384 px with the size in the message. maxSide > 0 scales down (area/Lanczos).
core::Result<core::Frame> loadPicture(const std::string& path, int maxSide = 0);
/// Size after orientation, from the header only.
core::Result<core::Size> pictureSize(const std::string& path);
/// Whether the file begins like a picture loadPicture knows; false where it cannot be read.
bool isPicture(const std::string& path);
/// ClipInfo of a picture, from the header only: kind Picture, one frame, codec "jpeg", "png", "webp", "bmp", "tiff" or
/// "gif".
core::Result<core::ClipInfo> probePicture(const std::string& path);
/// The size that brings the longer side to at most maxSide (0: size itself).
core::Size limitedSize(core::Size size, int maxSide);
/// PNG by temporary file, fsync, rename.
core::Result<void> writePng(const std::string& path, const core::Frame& frame);

}  // namespace kinora::media
