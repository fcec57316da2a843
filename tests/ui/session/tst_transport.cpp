// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "ui/session/frame_cache.h"
#include "ui/session/timecode.h"
#include "ui/session/transport.h"

using namespace kinora;
using session::Transport;

namespace {

constexpr std::int64_t kMs = 1'000'000;

Transport film(std::int64_t first, std::int64_t last, const core::Rational& fps = core::Rational(24)) {
  Transport transport;
  transport.setRate(fps);
  transport.setRange(first, last);
  return transport;
}

}  // namespace

class TestTransport : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void showsEachFrameForItsTime();
  void doesNotDriftOverAnHour();
  void nextChangeIsTheNextFrame();
  void stopsAtTheEndOfTheRange();
  void wrapsInALoop();
  void playsBackwardsAndFaster();
  void decodesAheadInTheDirectionOfPlay();
  void countsTimecode();
  void cacheKeepsWhatIsNear();
};

void TestTransport::showsEachFrameForItsTime() {
  Transport transport = film(0, 100);
  transport.start(10, 1, 5 * kMs);
  QCOMPARE(transport.frameAt(5 * kMs), std::int64_t(10));
  QCOMPARE(transport.frameAt(5 * kMs + 41 * kMs), std::int64_t(10));
  QCOMPARE(transport.frameAt(5 * kMs + 42 * kMs), std::int64_t(11));
  QCOMPARE(transport.frameAt(5 * kMs + 1000 * kMs), std::int64_t(34));
}

void TestTransport::doesNotDriftOverAnHour() {
  Transport transport = film(0, 1'000'000, core::Rational(30000, 1001));
  transport.start(0, 1, 0);
  // 1001 s of 29.97 are 30000 frames to the dot.
  QCOMPARE(transport.frameAt(1001'000 * kMs), std::int64_t(30000));
  QCOMPARE(transport.frameAt(1001'000 * kMs - 1 * kMs), std::int64_t(29999));
}

void TestTransport::nextChangeIsTheNextFrame() {
  Transport transport = film(0, 1000, core::Rational(30000, 1001));
  transport.start(0, 1, 123);
  std::int64_t now = 123;
  for (std::int64_t frame = 0; frame < 200; ++frame) {
    QCOMPARE(transport.frameAt(now), frame);
    now = transport.nextChange(now);
  }
}

void TestTransport::stopsAtTheEndOfTheRange() {
  Transport transport = film(10, 20);
  transport.start(18, 1, 0);
  QVERIFY(!transport.endedAt(100 * kMs));
  QCOMPARE(transport.frameAt(2000 * kMs), std::int64_t(20));
  QVERIFY(transport.endedAt(2000 * kMs));
  transport.start(12, -1, 0);
  QCOMPARE(transport.frameAt(2000 * kMs), std::int64_t(10));
  QVERIFY(transport.endedAt(2000 * kMs));
}

void TestTransport::wrapsInALoop() {
  Transport transport = film(10, 20);  // eleven frames
  transport.setLoop(true);
  transport.start(20, 1, 0);
  QCOMPARE(transport.frameAt(42 * kMs), std::int64_t(10));
  QVERIFY(!transport.endedAt(100'000 * kMs));
  QCOMPARE(transport.frameAfter(20, 1), std::int64_t(10));
  transport.start(10, -1, 0);
  QCOMPARE(transport.frameAt(42 * kMs), std::int64_t(20));
}

void TestTransport::playsBackwardsAndFaster() {
  Transport transport = film(0, 1000);
  transport.start(500, -2, 0);
  QCOMPARE(transport.frameAt(1000 * kMs), std::int64_t(452));
  transport.start(0, 8, 0);
  QCOMPARE(transport.frameAt(1000 * kMs), std::int64_t(192));
  transport.stop();
  QVERIFY(!transport.isPlaying());
}

void TestTransport::decodesAheadInTheDirectionOfPlay() {
  Transport transport = film(0, 100);
  transport.start(50, -4, 0);
  QCOMPARE(transport.frameAfter(50, 1), std::int64_t(46));
  QCOMPARE(transport.frameAfter(2, 1), std::int64_t(-1));
  transport.start(50, 1, 0);
  QCOMPARE(transport.frameAfter(100, 1), std::int64_t(-1));
}

void TestTransport::countsTimecode() {
  QCOMPARE(session::timecode(0, core::Rational(24)), QStringLiteral("00:00:00:00"));
  QCOMPARE(session::timecode(7 * 24 + 11, core::Rational(24)), QStringLiteral("00:00:07:11"));
  QCOMPARE(session::timecode(3600 * 30, core::Rational(30000, 1001)), QStringLiteral("01:00:00:00"));
  QCOMPARE(session::timecode(-4, core::Rational(24)), QStringLiteral("00:00:00:00"));
  QCOMPARE(session::shortTime(65 * 24, core::Rational(24)), QStringLiteral("01:05"));
  QCOMPARE(session::shortTime(3665 * 24, core::Rational(24)), QStringLiteral("1:01:05"));
}

void TestTransport::cacheKeepsWhatIsNear() {
  session::FrameCache cache;
  QImage image(1, 1, QImage::Format_RGB888);
  for (int i = 0; i < 10; ++i) cache.insert(i, i == 4 ? QImage() : image);
  QCOMPARE(cache.latestBehind(4, false, 8).value_or(-1), std::int64_t(3));
  QCOMPARE(cache.latestBehind(4, true, 8).value_or(-1), std::int64_t(5));
  QVERIFY(!cache.latestBehind(30, false, 8));
  cache.trim(8, 3);
  QCOMPARE(cache.size(), std::size_t(3));
  QVERIFY(cache.contains(8) && cache.contains(9) && cache.contains(7));
}

QTEST_MAIN(TestTransport)
#include "tst_transport.moc"
