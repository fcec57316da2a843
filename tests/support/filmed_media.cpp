// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/filmed_media.h"

#include "engine/media/clip_writer.h"
#include "ui/session/engine_client.h"

namespace kinora::test {
namespace {

constexpr QSize kSize(1280, 720);
constexpr int kFps = 24;

QString film(const QString& base, Scene scene, double from, double to, int seconds) {
  const QString file = base + QStringLiteral(".mp4");
  media::ClipWriterOptions options;
  options.size = {kSize.width(), kSize.height()};
  options.fps = core::Rational(kFps);
  options.preset = "ultrafast";
  auto writer = media::ClipWriter::create(file.toStdString(), options);
  if (!writer) qFatal("%s", writer.error().text().c_str());
  const int frames = seconds * kFps;
  for (int i = 0; i < frames; ++i) {
    const double progress = from + (to - from) * i / frames;
    if (auto pushed = (*writer)->push(session::toFrame(drawScene(scene, kSize, progress))); !pushed)
      qFatal("%s", pushed.error().text().c_str());
  }
  if (auto written = (*writer)->finish(); !written) qFatal("%s", written.error().text().c_str());
  return file;
}

}  // namespace

DemoMedia filmedMedia(core::MediaService& service) {
  return {&service, session::compositorRenderers(), film};
}

}  // namespace kinora::test
