// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/core/frame.h"
#include "engine/core/frame_scaler.h"
#include "engine/core/frame_sink.h"
#include "engine/core/rational.h"

namespace kinora::pipeline {

/// How frames come in and how they must go out.
struct DeliveryFormat {
  core::Rational inputFps;
  core::Size outputSize;
  core::Rational outputFps;
  /// Exactly this many are delivered; the last input frame is held where time runs over.
  std::int64_t outputFrames = 0;
  /// Where the shapes differ: true cuts the edges off, false stretches, for a clip made from a picture that was
  /// squeezed to the model's shape in the same way.
  bool crop = true;
  core::FrameScaler* scaler = nullptr;  ///< scales in place of Lanczos; outlives the delivery
};

/// The pipeline's last stage: brings the model's frames to the size and rate an edition promises. Lanczos (or a scaler)
/// in space, linear in time; frames already right pass through untouched. Holds two frames. One thread.
class Delivery : public core::FrameSink {
 public:
  /// target outlives this.
  Delivery(DeliveryFormat format, core::FrameSink& target) : m_format(format), m_target(target) {}

  core::Result<void> push(const core::Frame& frame) override;
  /// Delivers what is still owed after the last input frame.
  core::Result<void> finish();
  std::int64_t delivered() const { return m_delivered; }

 private:
  /// Position of the next output frame on the input's frame axis.
  core::Rational nextPosition() const;
  core::Result<core::Frame> scaled(const core::Frame& frame);
  core::Result<void> deliver(const core::Frame& frame);

  DeliveryFormat m_format;
  core::FrameSink& m_target;
  core::Frame m_previous;  ///< input frame m_received - 1, resized
  std::int64_t m_received = 0;
  std::int64_t m_delivered = 0;
};

}  // namespace kinora::pipeline
