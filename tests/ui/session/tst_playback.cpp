// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/ui/session/builders.h"
#include "ui/session/playback.h"
#include "ui/session/project_document.h"

using namespace kinora;
using session::PlaybackController;
using session::ProjectDocument;

namespace {

constexpr std::int64_t kMs = 1'000'000;

/// What the fake renderers have in common with their test: whether they may go on, and what they made.
struct Studio {
  std::mutex mutex;
  std::condition_variable wake;
  bool open = true;
  std::vector<std::int64_t> rendered;
  std::atomic<bool> broken = false;

  void setOpen(bool value) {
    {
      const std::lock_guard lock(mutex);
      open = value;
    }
    wake.notify_all();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return rendered.size();
  }
};

/// Frame n of a project is a picture whose red says n; the size is the one asked for.
class FakeRenderer : public session::FrameRenderer {
 public:
  explicit FakeRenderer(Studio& studio) : m_studio(studio) {}
  void setProject(project::Project project) override { m_project = std::move(project); }
  core::Result<core::Frame> frameAt(std::int64_t frame, core::Size size) override {
    {
      std::unique_lock lock(m_studio.mutex);
      m_studio.wake.wait(lock, [this] { return m_studio.open; });
      m_studio.rendered.push_back(frame);
    }
    if (m_studio.broken) return core::Error{core::ErrorCode::Unreadable, "broken", {}};
    if (size.isEmpty()) size = m_project.size;
    const auto bytes = static_cast<std::size_t>(size.width) * size.height * 3;
    auto pixels = std::make_shared<std::uint8_t[]>(bytes);
    std::fill_n(pixels.get(), bytes, static_cast<std::uint8_t>(frame % 256));
    return core::Frame(size.width, size.height, std::move(pixels));
  }

 private:
  Studio& m_studio;
  project::Project m_project;
};

}  // namespace

class TestPlayback : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init();
  void cleanup();
  void showsThePlayheadsFrame();
  void playsByTheClock();
  void dropsLateFramesRatherThanDrifts();
  void stopsAtTheEnd();
  void loopsOverTheMarks();
  void playingFromTheEndBeginsAnew();
  void shuttleGetsFaster();
  void latestSeekWins();
  void userMayMoveThePlayheadWhilePlaying();
  void rendersAgainAfterAnEdit();
  void rendersAtTheSizeOfTheView();
  void sourcePlaysOneFile();
  void grabsInFullSize();
  void tellsAFailureOnce();
  void emptyTimelineDoesNotPlay();

 private:
  void make(int clips = 3);
  /// Moves the clock to when frame is due and lets playback act.
  void tickTo(std::int64_t ms) {
    m_now = ms * kMs;
    m_playback->tick();
  }
  bool waitShown(qint64 frame) {
    return QTest::qWaitFor([&] { return m_frames.count() > 0 && m_frames.last()[1].toLongLong() == frame; }, 5000);
  }

  std::unique_ptr<Studio> m_studio;
  std::unique_ptr<ProjectDocument> m_document;
  std::unique_ptr<PlaybackController> m_playback;
  std::unique_ptr<QSignalSpy> m_spy;
  QList<QList<QVariant>> m_frames;
  std::int64_t m_now = 0;
};

void TestPlayback::init() {
  make();
}

void TestPlayback::make(int clips) {
  m_playback.reset();
  m_now = 0;
  m_frames.clear();
  m_studio = std::make_unique<Studio>();
  m_document = std::make_unique<ProjectDocument>();
  m_document->open(test::filmOf(clips), QString());
  m_playback = std::make_unique<PlaybackController>(
      *m_document, [this] { return std::make_unique<FakeRenderer>(*m_studio); }, [this] { return m_now; });
  connect(m_playback.get(), &PlaybackController::frameReady, this, [this](const QImage& image, qint64 frame) {
    QCOMPARE(QThread::currentThread(), thread());
    QCOMPARE(qRed(image.pixel(0, 0)), static_cast<int>(frame % 256));
    m_frames.append({QVariant(), frame});
  });
}

void TestPlayback::cleanup() {
  m_studio->setOpen(true);
  m_playback.reset();
}

void TestPlayback::showsThePlayheadsFrame() {
  QVERIFY(waitShown(0));
  m_document->setPlayhead(42);
  QVERIFY(waitShown(42));
  QCOMPARE(m_playback->position(), qint64(42));
}

void TestPlayback::playsByTheClock() {
  QVERIFY(waitShown(0));
  m_playback->play();
  QVERIFY(m_playback->isPlaying());
  for (const int frame : {1, 2, 3, 24, 25}) {
    tickTo(frame * 1000 / 24 + 1);
    QCOMPARE(m_document->playhead(), std::int64_t(frame));
    QVERIFY(waitShown(frame));
  }
  m_playback->pause();
  tickTo(10'000);
  QCOMPARE(m_document->playhead(), std::int64_t(25));
}

void TestPlayback::dropsLateFramesRatherThanDrifts() {
  QVERIFY(waitShown(0));
  m_studio->setOpen(false);
  m_playback->play();
  tickTo(500);
  QCOMPARE(m_document->playhead(), std::int64_t(12));  // the clock goes on although no picture came
  tickTo(1000);
  QCOMPARE(m_document->playhead(), std::int64_t(24));
  m_studio->setOpen(true);
  QVERIFY(waitShown(24));
  // What lay between was not worked off one by one.
  QVERIFY(m_studio->count() < 20);
}

void TestPlayback::stopsAtTheEnd() {
  m_document->setPlayhead(350);
  m_playback->play();
  tickTo(5000);
  QVERIFY(!m_playback->isPlaying());
  QCOMPARE(m_document->playhead(), std::int64_t(359));
  QVERIFY(waitShown(359));
}

void TestPlayback::loopsOverTheMarks() {
  m_playback->seek(100);
  m_playback->markIn();
  m_playback->seek(123);
  m_playback->markOut();
  m_playback->setLoop(true);
  m_playback->play();  // from outside or the end: from the in point
  QCOMPARE(m_document->playhead(), std::int64_t(100));
  tickTo(1000 + 1);  // 24 frames: once around
  QCOMPARE(m_document->playhead(), std::int64_t(100));
  QVERIFY(m_playback->isPlaying());
  m_playback->clearMarks();
  QVERIFY(!m_playback->inPoint() && !m_playback->outPoint());
}

void TestPlayback::playingFromTheEndBeginsAnew() {
  m_playback->goToEnd();
  QCOMPARE(m_document->playhead(), std::int64_t(359));
  m_playback->play();
  QCOMPARE(m_document->playhead(), std::int64_t(0));
}

void TestPlayback::shuttleGetsFaster() {
  m_playback->shuttle(1);
  QCOMPARE(m_playback->speed(), 1.0);
  m_playback->shuttle(1);
  m_playback->shuttle(1);
  QCOMPARE(m_playback->speed(), 4.0);
  m_playback->shuttle(-1);
  QCOMPARE(m_playback->speed(), -1.0);
  m_playback->shuttle(0);
  QVERIFY(!m_playback->isPlaying());
  for (int i = 0; i < 9; ++i) m_playback->shuttle(1);
  QCOMPARE(m_playback->speed(), 8.0);
}

void TestPlayback::latestSeekWins() {
  QVERIFY(waitShown(0));
  m_studio->setOpen(false);
  for (int frame = 1; frame <= 50; ++frame) m_playback->seek(frame);
  m_studio->setOpen(true);
  QVERIFY(waitShown(50));
  QVERIFY2(m_studio->count() <= 4, qPrintable(QString::number(m_studio->count())));
}

void TestPlayback::userMayMoveThePlayheadWhilePlaying() {
  m_playback->play();
  m_document->setPlayhead(200);
  QVERIFY(m_playback->isPlaying());
  tickTo(42);
  QCOMPARE(m_document->playhead(), std::int64_t(201));
}

void TestPlayback::rendersAgainAfterAnEdit() {
  QVERIFY(waitShown(0));
  const std::size_t before = m_studio->count();
  QVERIFY(m_document
              ->edit(QStringLiteral("lift"),
                     [](project::Project& p) { return project::liftClips(p, {test::clipAt(p, 0)}); })
              .ok());
  QVERIFY(QTest::qWaitFor([&] { return m_studio->count() > before; }, 5000));
}

void TestPlayback::rendersAtTheSizeOfTheView() {
  QVERIFY(waitShown(0));
  m_playback->setRenderSize({320, 320});
  QVERIFY(QTest::qWaitFor([&] { return m_playback->shownImage().width() == 320; }, 5000));
  QCOMPARE(m_playback->shownImage().size(), QSize(320, 180));
  m_playback->setRenderSize({4000, 4000});  // never more than there is
  QVERIFY(QTest::qWaitFor([&] { return m_playback->shownImage().width() == 1280; }, 5000));
}

void TestPlayback::sourcePlaysOneFile() {
  core::ClipInfo info;
  info.path = "/films/source.mp4";
  info.size = {640, 360};
  info.frames = 36;
  info.fps = core::Rational(12);
  info.duration = core::Rational(3);
  QVERIFY(!m_playback->hasSource());
  m_playback->setSource(info, QStringLiteral("source"));
  QCOMPARE(m_playback->length(), qint64(360));
  m_playback->setMode(PlaybackController::Mode::Source);
  QCOMPARE(m_playback->length(), qint64(36));
  QVERIFY(QTest::qWaitFor([&] { return m_playback->shownImage().width() == 640; }, 5000));
  m_playback->play();
  tickTo(1001);
  QCOMPARE(m_playback->position(), qint64(12));
  QCOMPARE(m_document->playhead(), std::int64_t(0));
  m_playback->setMode(PlaybackController::Mode::Program);
  QVERIFY(!m_playback->isPlaying());
  QCOMPARE(m_playback->position(), qint64(0));
}

void TestPlayback::grabsInFullSize() {
  m_playback->setRenderSize({320, 180});
  m_playback->seek(7);
  core::Frame grabbed;
  m_playback->grabFrame(this, [&](const core::Result<core::Frame>& frame) {
    QVERIFY(frame.ok());
    grabbed = *frame;
  });
  QVERIFY(QTest::qWaitFor([&] { return !grabbed.isNull(); }, 5000));
  QCOMPARE(grabbed.width(), 1280);
  QCOMPARE(static_cast<int>(grabbed.data()[0]), 7);
}

void TestPlayback::tellsAFailureOnce() {
  QVERIFY(waitShown(0));
  m_studio->broken = true;
  QSignalSpy failed(m_playback.get(), &PlaybackController::failed);
  m_playback->seek(5);
  QVERIFY(failed.wait(5000));
  m_playback->seek(6);
  const std::size_t made = m_studio->count();
  QVERIFY(QTest::qWaitFor([&] { return m_studio->count() > made || made >= 3; }, 5000));
  QCoreApplication::processEvents();
  QCOMPARE(failed.count(), 1);
}

void TestPlayback::emptyTimelineDoesNotPlay() {
  make(0);
  m_playback->play();
  QVERIFY(!m_playback->isPlaying());
  QCOMPARE(m_playback->length(), qint64(0));
}

QTEST_MAIN(TestPlayback)
#include "tst_playback.moc"
