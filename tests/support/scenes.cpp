// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scenes.h"

#include <QLinearGradient>
#include <QPainter>
#include <QPainterPath>

#include "ui/session/engine_client.h"

namespace kinora::test {
namespace {

constexpr double kWidth = 160;
constexpr double kHeight = 90;

void drawCar(QPainter& painter, double x, double y) {
  QPainterPath body;
  body.moveTo(x, y);
  body.quadTo(x, y - 7, x + 8, y - 7);
  body.lineTo(x + 14, y - 13);
  body.lineTo(x + 28, y - 13);
  body.lineTo(x + 33, y - 7);
  body.quadTo(x + 42, y - 6, x + 43, y);
  body.closeSubpath();
  painter.fillPath(body, QColor(0xD8, 0x33, 0x3F));
  const QPolygonF window({{x + 15, y - 8}, {x + 18, y - 12}, {x + 26, y - 12}, {x + 29, y - 8}});
  painter.setBrush(QColor(0xBF, 0xE3, 0xF3));
  painter.drawPolygon(window);
  painter.setBrush(QColor(0x26, 0x2A, 0x31));
  painter.drawEllipse(QPointF(x + 11, y), 4.2, 4.2);
  painter.drawEllipse(QPointF(x + 33, y), 4.2, 4.2);
}

void drawShore(QPainter& painter, bool night, double progress) {
  QLinearGradient sky(0, 0, 0, kHeight * 0.55);
  sky.setColorAt(0, night ? QColor(0x0C, 0x14, 0x30) : QColor(0xFF, 0x9D, 0x5C));
  sky.setColorAt(1, night ? QColor(0x2A, 0x2F, 0x66) : QColor(0xFF, 0xD5, 0x9A));
  painter.fillRect(QRectF(0, 0, kWidth, kHeight), sky);
  painter.setBrush(night ? QColor(0xF4, 0xF1, 0xDE) : QColor(0xFF, 0xF0, 0xC4));
  painter.drawEllipse(QPointF(118, night ? 18 : 40), night ? 6 : 12, night ? 6 : 12);
  painter.fillRect(QRectF(0, 46, kWidth, kHeight), night ? QColor(0x14, 0x20, 0x44) : QColor(0x3C, 0x86, 0xAB));
  QPainterPath sand;
  sand.moveTo(0, 62);
  sand.quadTo(45, 52, 90, 62);
  sand.quadTo(125, 69, kWidth, 60);
  sand.lineTo(kWidth, kHeight);
  sand.lineTo(0, kHeight);
  painter.fillPath(sand, night ? QColor(0x3A, 0x37, 0x50) : QColor(0xD8, 0xA7, 0x66));
  drawCar(painter, 110 - 90 * progress, 72);
}

void drawHills(QPainter& painter, double progress) {
  painter.fillRect(QRectF(0, 0, kWidth, kHeight), QColor(0x9E, 0xC7, 0xE8));
  painter.setBrush(QColor(0x5F, 0x71, 0x8C));
  painter.drawPolygon(
      QPolygonF({{0, 70}, {40, 20}, {66, 52}, {90, 28}, {kWidth, 74}, {kWidth, kHeight}, {0, kHeight}}));
  painter.fillRect(QRectF(0, 70, kWidth, 20), QColor(0x5C, 0x8A, 0x4E));
  const QPointF balloon(30 + 90 * progress, 34 - 12 * progress);
  painter.setBrush(QColor(0xE0, 0x4B, 0x3E));
  painter.drawEllipse(balloon, 6, 7);
  painter.fillRect(QRectF(balloon.x() - 1.5, balloon.y() + 9, 3, 3), QColor(0x6B, 0x4A, 0x2E));
}

/// The asset file of the clip under the frame, as a still.
class StillRenderer : public session::FrameRenderer {
 public:
  void setProject(project::Project project) override { m_project = std::move(project); }

  core::Result<core::Frame> frameAt(std::int64_t frame, core::Size size) override {
    QImage picture(size.width, size.height, QImage::Format_RGB888);
    picture.fill(Qt::black);
    for (const project::Track& track : m_project.timeline.tracks) {
      for (const project::Clip& clip : track.clips) {
        if (frame < clip.start || frame >= clip.end()) continue;
        const project::Asset* asset = m_project.asset(clip.asset);
        const QImage file(asset ? QString::fromStdString(asset->info.path) : QString());
        if (!file.isNull()) QPainter(&picture).drawImage(picture.rect(), file);
      }
    }
    return session::toFrame(picture);
  }

 private:
  project::Project m_project;
};

}  // namespace

QImage drawScene(Scene scene, QSize size, double progress) {
  QImage image(size, QImage::Format_RGB888);
  QPainter painter(&image);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.scale(size.width() / kWidth, size.height() / kHeight);
  if (scene == Scene::Hills) {
    drawHills(painter, progress);
  } else {
    drawShore(painter, scene == Scene::Night, progress);
  }
  return image;
}

session::RendererFactory stillRenderers() {
  return [] { return std::make_unique<StillRenderer>(); };
}

DemoMedia stillMedia() {
  DemoMedia media;
  media.shoot = [](const QString& base, Scene scene, double from, double to, int) {
    const QString file = base + QStringLiteral(".png");
    if (!drawScene(scene, QSize(640, 360), (from + to) / 2).save(file))
      qFatal("%s cannot be written", qPrintable(file));
    return file;
  };
  return media;
}

}  // namespace kinora::test
