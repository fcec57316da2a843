// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>
#include <memory>

#include "ui/session/engine_client.h"

namespace kinora::session {
namespace {

using Pixels = std::shared_ptr<const std::uint8_t[]>;

void release(void* holder) {
  delete static_cast<Pixels*>(holder);
}

}  // namespace

QImage toImage(const core::Frame& frame) {
  if (frame.isNull()) return {};
  // The image holds a reference to the frame's pixels; QImage's const-data constructor copies on write.
  auto* holder = new Pixels(frame.pixels());
  return QImage(frame.data(), frame.width(), frame.height(), static_cast<qsizetype>(frame.stride()),
                QImage::Format_RGB888, release, holder);
}

core::Frame toFrame(const QImage& image) {
  if (image.isNull()) return {};
  const QImage rgb = image.convertToFormat(QImage::Format_RGB888);
  const std::size_t stride = static_cast<std::size_t>(rgb.width()) * 3;
  auto pixels = std::make_shared<std::uint8_t[]>(stride * static_cast<std::size_t>(rgb.height()));
  for (int y = 0; y < rgb.height(); ++y) {
    std::memcpy(pixels.get() + stride * static_cast<std::size_t>(y), rgb.constScanLine(y), stride);
  }
  return core::Frame(rgb.width(), rgb.height(), std::move(pixels));
}

}  // namespace kinora::session
