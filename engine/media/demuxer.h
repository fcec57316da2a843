// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/clip_info.h"
#include "engine/core/result.h"
#include "engine/media/ffmpeg.h"
#include "engine/media/frame_index.h"

namespace kinora::media {

struct InputDeleter {
  void operator()(AVFormatContext* p) const;
};
using InputPtr = std::unique_ptr<AVFormatContext, InputDeleter>;

/// Opens a local media file and reads its stream headers. NotFound, Unreadable (not media), Corrupt or OutOfMemory.
/// Pictures and text that FFmpeg would play as video are Unsupported.
core::Result<InputPtr> openInput(const std::string& path);

/// The video stream to show (never cover art); null if there is none. Owned by input.
AVStream* videoStream(AVFormatContext& input);

/// Why videoStream is null: Corrupt where a header promises a video or no stream is left, else Unsupported.
core::Error noVideo(const AVFormatContext& input, const std::string& path);

/// Everything of ClipInfo but frames, fps and duration: those need an index.
core::ClipInfo describe(AVFormatContext& input, const std::string& path);

/// EXIF-style orientation of a stream's display matrix; 1 if it has none.
int streamOrientation(const AVStream& stream);
/// Size in square pixels, before rotation.
core::Size squareSize(const AVStream& stream);

/// Reads all packets of stream, without decoding, into an index. Where the container has no display times, times stays
/// empty. Corrupt when the file ends before its own index says.
core::Result<FrameIndex> scanPackets(AVFormatContext& input, AVStream& stream);

}  // namespace kinora::media
