// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/core/media_service.h"

namespace kinora::media {

/// core::MediaService over FFmpeg and OpenCV; keeps a few readers open, so that neighbouring frames are cheap.
std::unique_ptr<core::MediaService> createMediaService();

}  // namespace kinora::media
