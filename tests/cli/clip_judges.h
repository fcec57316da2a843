// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/core/frame.h"

namespace kinora::test {

/// The frames of a clip, all of one size.
using Clip = std::vector<core::Frame>;

/// Every frame of a video file, at size or at its own; empty where it cannot be read.
Clip readClip(const std::string& path, core::Size size = {});

/// Where the part of the clip that moves went from its beginning to its end: left, right, up, down, or still. The
/// medians of beginning, middle and end are compared: a thing that moves is at a place in one of them only.
std::string directionOf(const Clip& clip);

/// pan_left, pan_right, tilt_up, tilt_down, zoom_in, zoom_out or static: the largest of shift and expansion of the
/// optical flow (DIS), each relative to a full move.
std::string cameraOf(const Clip& clip);

/// 1 - mean absolute difference of neighbouring frames / 255, the form of VBench's temporal flickering.
double steadinessOf(const Clip& clip);

/// dB between frames of one size.
double psnrOf(const core::Frame& a, const core::Frame& b);

}  // namespace kinora::test
