// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>
#include <QPainter>
#include <QRandomGenerator>
#include <QtTest>
#include <cstring>
#include <functional>

#include "tests/cli/clip_judges.h"

using kinora::test::Clip;

namespace {

constexpr int kFrames = 25;
constexpr QSize kSize(128, 80);

kinora::core::Frame frameOf(const QImage& drawn) {
  const QImage image = drawn.convertToFormat(QImage::Format_RGB888);
  const std::size_t row = static_cast<std::size_t>(image.width()) * 3;
  const std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[row * static_cast<std::size_t>(image.height())]);
  for (int y = 0; y < image.height(); ++y) {
    std::memcpy(pixels.get() + row * static_cast<std::size_t>(y), image.constScanLine(y), row);
  }
  return {image.width(), image.height(), pixels};
}

/// Blots of many colours, twice as large as a frame.
QImage canvas() {
  QRandomGenerator random(5);
  QImage image(kSize * 2, QImage::Format_RGB888);
  image.fill(Qt::darkGray);
  QPainter painter(&image);
  painter.setPen(Qt::NoPen);
  for (int i = 0; i < 500; ++i) {
    painter.setBrush(QColor::fromRgb(random.generate()));
    painter.drawEllipse(QPoint(random.bounded(256), random.bounded(160)), 4 + random.bounded(9), 4 + random.bounded(9));
  }
  return image;
}

/// draw(painter, u) for u from 0 to 1 over the clip.
Clip drawn(const std::function<void(QPainter&, double)>& draw) {
  Clip clip;
  for (int i = 0; i < kFrames; ++i) {
    QImage image(kSize, QImage::Format_RGB888);
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    draw(painter, i / double(kFrames - 1));
    painter.end();
    clip.push_back(frameOf(image));
  }
  return clip;
}

/// The canvas seen from its middle plus `shift` pixels, `zoom` times as large.
Clip seenBy(QPointF shift, double zoom) {
  const QImage image = canvas();
  return drawn([&](QPainter& painter, double u) {
    const double now = 1 + (zoom - 1) * u;
    painter.translate(64, 40);
    painter.scale(now, now);
    painter.translate(-(QPointF(128, 80) + shift * (u - 0.5)));
    painter.drawImage(0, 0, image);
  });
}

/// A disc that goes `way` pixels over the canvas, which stands still.
Clip discGoing(QPointF way) {
  const QImage image = canvas();
  return drawn([&](QPainter& painter, double u) {
    painter.drawImage(0, 0, image);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(20, 20, 250));
    painter.drawEllipse(QPointF(64, 40) + way * (u - 0.5), 14, 14);
  });
}

}  // namespace

class TestClipJudges : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void camera_data();
  void camera();
  void direction_data();
  void direction();
  void steadinessAndPsnr();
  void whatCannotBeReadIsEmpty();
};

void TestClipJudges::camera_data() {
  QTest::addColumn<QPointF>("shift");
  QTest::addColumn<double>("zoom");
  QTest::newRow("static") << QPointF(0, 0) << 1.0;
  QTest::newRow("pan_right") << QPointF(36, 0) << 1.0;
  QTest::newRow("pan_left") << QPointF(-36, 0) << 1.0;
  QTest::newRow("tilt_down") << QPointF(0, 20) << 1.0;
  QTest::newRow("tilt_up") << QPointF(0, -20) << 1.0;
  QTest::newRow("zoom_in") << QPointF(0, 0) << 1.4;
  QTest::newRow("zoom_out") << QPointF(0, 0) << 0.72;
}

void TestClipJudges::camera() {
  QFETCH(QPointF, shift);
  QFETCH(double, zoom);
  QCOMPARE(kinora::test::cameraOf(seenBy(shift, zoom)), std::string(QTest::currentDataTag()));
}

void TestClipJudges::direction_data() {
  QTest::addColumn<QPointF>("way");
  QTest::newRow("still") << QPointF(0, 0);
  QTest::newRow("right") << QPointF(60, 6);
  QTest::newRow("left") << QPointF(-60, 6);
  QTest::newRow("down") << QPointF(5, 40);
  QTest::newRow("up") << QPointF(5, -40);
}

void TestClipJudges::direction() {
  QFETCH(QPointF, way);
  QCOMPARE(kinora::test::directionOf(discGoing(way)), std::string(QTest::currentDataTag()));
}

void TestClipJudges::steadinessAndPsnr() {
  const auto plain = [](int level) {
    QImage image(kSize, QImage::Format_RGB888);
    image.fill(QColor(level, level, level));
    return frameOf(image);
  };
  QCOMPARE(kinora::test::steadinessOf({plain(10), plain(10)}), 1.0);
  QCOMPARE(kinora::test::steadinessOf({plain(0), plain(51), plain(0)}), 0.8);
  QVERIFY(std::abs(kinora::test::psnrOf(plain(100), plain(110)) - 28.13) < 0.01);
}

void TestClipJudges::whatCannotBeReadIsEmpty() {
  QVERIFY(kinora::test::readClip("/no/such/clip.mp4").empty());
}

QTEST_MAIN(TestClipJudges)
#include "tst_clip_judges.moc"
