// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/delivery.h"

#include "engine/image/resample.h"

namespace kinora::pipeline {

core::Rational Delivery::nextPosition() const {
  return core::Rational(m_delivered) * m_format.inputFps / m_format.outputFps;
}

core::Result<void> Delivery::deliver(const core::Frame& frame) {
  ++m_delivered;
  return m_target.push(frame);
}

core::Result<core::Frame> Delivery::scaled(const core::Frame& frame) {
  if (m_format.scaler) return m_format.scaler->scale(frame);
  return m_format.crop ? image::coverCrop(frame, m_format.outputSize)
                       : image::resizeLanczos(frame, m_format.outputSize);
}

core::Result<void> Delivery::push(const core::Frame& frame) {
  auto brought = scaled(frame);
  if (!brought) return brought.error();
  const core::Frame current = std::move(brought).value();
  const core::Rational index(m_received);
  // All output frames up to and with this input frame can be made now: those between it and the one before are mixed.
  while (m_delivered < m_format.outputFrames && nextPosition() <= index) {
    const core::Rational behind = index - nextPosition();
    const bool exact = behind.isZero() || m_previous.isNull();
    auto sent = deliver(exact ? current : image::blend(current, m_previous, behind.toDouble()));
    if (!sent) return sent;
  }
  m_previous = current;
  ++m_received;
  return {};
}

core::Result<void> Delivery::finish() {
  while (m_delivered < m_format.outputFrames && !m_previous.isNull()) {
    if (auto sent = deliver(m_previous); !sent) return sent;
  }
  return {};
}

}  // namespace kinora::pipeline
