// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/core/frame_scaler.h"

namespace kinora::detail {

/// Enlarges a clip that begins with a picture, and gives its frames the picture's detail.
///
/// What the picture has beyond the enlarged first frame is carried along the motion between the small frames and added
/// to each enlarged frame, as far as the first frame, carried along in the same way, is what is seen there: where
/// things are hidden, revealed, changed in light or made anew, little or nothing is added, and the enlarged frame
/// stays. So the first frame is the picture itself.
class ReferenceScaler : public core::FrameScaler {
 public:
  /// picture: of any size and shape; it covers output as it covered the model's frames, so frames are stretched to
  /// output if their shape is another. output: not empty.
  ReferenceScaler(const core::Frame& picture, core::Size output);
  ~ReferenceScaler() override;

  core::Result<core::Frame> scale(const core::Frame& frame) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::detail
