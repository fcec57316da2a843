// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "tests/support/scenes.h"

namespace kinora::test {

/// Shots as real video: written by the clip writer, read by FFmpeg, composed as an export would be. The service
/// outlives what uses the media.
DemoMedia filmedMedia(core::MediaService& service);

}  // namespace kinora::test
