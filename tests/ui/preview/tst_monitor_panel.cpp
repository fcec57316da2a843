// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractButton>
#include <QFile>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>

#include "tests/ui/timeline/timeline_fixture.h"
#include "ui/preview/full_screen_view.h"
#include "ui/preview/job_preview_card.h"
#include "ui/preview/monitor_panel.h"
#include "ui/preview/scrub_bar.h"
#include "ui/session/playback.h"

using namespace kinora;
using preview::MonitorPanel;
using preview::PictureView;
using session::PlaybackController;

namespace {

/// The landscape of the clip that lies under the frame.
class LandscapeRenderer : public session::FrameRenderer {
 public:
  void setProject(project::Project project) override { m_project = std::move(project); }
  core::Result<core::Frame> frameAt(std::int64_t frame, core::Size size) override {
    if (size.isEmpty()) size = m_project.size;
    return session::toFrame(
        test::LandscapeMedia::landscape("/films/clip1.mp4", frame % 120, {size.width, size.height}));
  }

 private:
  project::Project m_project;
};

}  // namespace

class TestMonitorPanel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init();
  void cleanup();
  void fitsThePictureWithItsAspect();
  void hundredPercentIsPixelForPixel();
  void buttonsDriveThePlayback();
  void timecodeFollows();
  void scrubBarGoesStraightThere();
  void switchesToTheSource();
  void grabsAPngInFullSize();
  void handsAFrameOverAsStart();
  void dragsTheExactFrame();
  void halfFinishedClipShowsInTheCorner();
  void fullScreenHasItsOwnKeys();
  void saysWhatToDoWhenEmpty();
  void everyControlHasANameAndATip();
  void looks();

 private:
  bool waitPicture() {
    return QTest::qWaitFor([&] { return !m_panel->view().image().isNull(); }, 5000);
  }
  QAbstractButton* button(const QString& name) const {
    for (auto* found : m_panel->findChildren<QAbstractButton*>()) {
      if (found->accessibleName() == name || found->text() == name) return found;
    }
    return nullptr;
  }
  void announce(core::JobEvent::Kind kind, const core::Progress& progress = {}, const core::Frame& picture = {}) {
    core::JobEvent event;
    event.kind = kind;
    event.id = "job";
    event.progress = progress;
    event.preview = picture;
    m_fixture->client->listener()(event);
    QCoreApplication::processEvents();
  }

  std::unique_ptr<test::TimelineFixture> m_fixture;
  std::unique_ptr<PlaybackController> m_playback;
  std::unique_ptr<MonitorPanel> m_panel;
  std::int64_t m_now = 0;
};

void TestMonitorPanel::init() {
  m_now = 0;
  m_fixture = std::make_unique<test::TimelineFixture>(3);
  m_playback = std::make_unique<PlaybackController>(
      m_fixture->document, [] { return std::make_unique<LandscapeRenderer>(); }, [this] { return m_now; });
  m_panel = std::make_unique<MonitorPanel>(*m_fixture->theme, *m_fixture->client, *m_playback);
  m_panel->resize(1258, 638);
  m_panel->show();
  QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
}

void TestMonitorPanel::cleanup() {
  m_panel.reset();
  m_playback.reset();
  m_fixture.reset();
}

void TestMonitorPanel::fitsThePictureWithItsAspect() {
  const QRect rect = m_panel->view().pictureRect();
  QVERIFY(m_panel->view().rect().contains(rect));
  QVERIFY(std::abs(rect.width() * 9.0 / 16 - rect.height()) <= 1);
  QVERIFY(waitPicture());
  QVERIFY(QTest::qWaitFor([&] { return m_panel->view().image().width() == rect.width(); }, 5000));
}

void TestMonitorPanel::hundredPercentIsPixelForPixel() {
  m_panel->setScale(PictureView::Scale::Actual);
  QCOMPARE(m_panel->view().pictureRect().size(), QSize(1280, 720));
  QVERIFY(QTest::qWaitFor([&] { return m_panel->view().image().width() == 1280; }, 5000));
}

void TestMonitorPanel::buttonsDriveThePlayback() {
  QTest::mouseClick(button(QStringLiteral("Play")), Qt::LeftButton);
  QVERIFY(m_playback->isPlaying());
  QTest::mouseClick(button(QStringLiteral("Pause")), Qt::LeftButton);
  QVERIFY(!m_playback->isPlaying());
  QTest::mouseClick(button(QStringLiteral("Forward one frame")), Qt::LeftButton);
  QCOMPARE(m_fixture->document.playhead(), std::int64_t(1));
  QTest::mouseClick(button(QStringLiteral("Go to the end")), Qt::LeftButton);
  QCOMPARE(m_fixture->document.playhead(), std::int64_t(359));
  QTest::mouseClick(button(QStringLiteral("Mark out")), Qt::LeftButton);
  QTest::mouseClick(button(QStringLiteral("Back one frame")), Qt::LeftButton);
  QTest::mouseClick(button(QStringLiteral("Mark in")), Qt::LeftButton);
  QCOMPARE(m_playback->inPoint().value_or(-1), qint64(358));
  QTest::mouseClick(button(QStringLiteral("Loop")), Qt::LeftButton);
  QVERIFY(m_playback->loops());
  QTest::mouseClick(button(QStringLiteral("Go to the start")), Qt::LeftButton);
  QCOMPARE(m_fixture->document.playhead(), std::int64_t(0));
}

void TestMonitorPanel::timecodeFollows() {
  m_fixture->document.setPlayhead(7 * 24 + 11);
  QStringList texts;
  for (const auto* label : m_panel->findChildren<QLabel*>()) texts.append(label->text());
  QVERIFY(texts.contains(QStringLiteral("00:00:07:11")));
  QVERIFY(texts.contains(QStringLiteral("/ 00:00:15:00")));
}

void TestMonitorPanel::scrubBarGoesStraightThere() {
  auto* bar = m_panel->findChild<preview::ScrubBar*>();
  QVERIFY(bar);
  QTest::mouseClick(bar, Qt::LeftButton, {}, bar->rect().center());
  QVERIFY(std::abs(m_fixture->document.playhead() - 180) <= 1);
  bar->setFocus();
  const std::int64_t before = m_fixture->document.playhead();
  QTest::keyClick(bar, Qt::Key_Right);
  QCOMPARE(m_fixture->document.playhead(), before + 1);
}

void TestMonitorPanel::switchesToTheSource() {
  const project::Asset& asset = m_fixture->document.project().assets[2];
  m_playback->setSource(asset.info, QStringLiteral("Clip 2"));
  QTest::mouseClick(button(QStringLiteral("Source")), Qt::LeftButton);
  QVERIFY(m_playback->mode() == PlaybackController::Mode::Source);
  QCOMPARE(m_playback->length(), qint64(120));
  QVERIFY(button(QStringLiteral("Source"))->isChecked());
  QTest::mouseClick(button(QStringLiteral("Program")), Qt::LeftButton);
  QCOMPARE(m_playback->length(), qint64(360));
}

void TestMonitorPanel::grabsAPngInFullSize() {
  m_fixture->document.setPlayhead(30);
  QSignalSpy grabbed(m_panel.get(), &MonitorPanel::frameGrabbed);
  m_panel->grabFrame();
  QVERIFY(grabbed.wait(5000));
  const QString file = grabbed[0][0].toString();
  QVERIFY(file.endsWith(QStringLiteral("frame-00-00-01-06.png")));
  QCOMPARE(QImage(file).size(), QSize(1280, 720));
  m_panel->grabFrame();
  QVERIFY(grabbed.wait(5000));
  QVERIFY(grabbed[1][0].toString() != file);  // never over another
}

void TestMonitorPanel::handsAFrameOverAsStart() {
  QSignalSpy handed(m_panel.get(), &MonitorPanel::useAsStart);
  QTest::mouseClick(button(QStringLiteral("Use this frame as start")), Qt::LeftButton);
  QVERIFY(handed.wait(5000));
  QVERIFY(QFile::exists(handed[0][0].toString()));
}

void TestMonitorPanel::dragsTheExactFrame() {
  QVERIFY(waitPicture());
  std::unique_ptr<QMimeData> dragged;
  m_panel->startDrag = [&](QMimeData* mime, const QPixmap& pixmap) {
    dragged.reset(mime);
    QVERIFY(!pixmap.isNull());
  };
  const QPoint centre = m_panel->view().pictureRect().center();
  test::send(&m_panel->view(), QEvent::MouseButtonPress, centre);
  test::send(&m_panel->view(), QEvent::MouseMove, centre + QPoint(40, 0));
  QVERIFY(QTest::qWaitFor([&] { return dragged != nullptr; }, 5000));
  QVERIFY(dragged->hasImage());
  QCOMPARE(dragged->urls().size(), 1);
  QCOMPARE(QImage(dragged->urls().first().toLocalFile()).size(), QSize(1280, 720));
}

void TestMonitorPanel::halfFinishedClipShowsInTheCorner() {
  QVERIFY(waitPicture());
  preview::JobPreviewCard& card = m_panel->jobPreview();
  QVERIFY(!card.isVisible());
  const core::Frame picture = session::toFrame(test::LandscapeMedia::landscape("/x", 10, {256, 144}));
  m_playback->play();
  announce(core::JobEvent::Kind::Progress, {core::Stage::Denoise, 5, 8, 0.58, -1, 0});
  announce(core::JobEvent::Kind::Preview, {}, picture);
  QVERIFY(card.isVisible());
  QCOMPARE(card.picture().size(), QSize(256, 144));
  QVERIFY(m_panel->view().rect().contains(card.geometry()));
  test::saveShot(*m_panel, QStringLiteral("monitor-job"));
  m_now = 1'000'000'001;  // the timeline goes on beneath
  m_playback->tick();
  QCOMPARE(m_fixture->document.playhead(), std::int64_t(24));
  card.findChild<QAbstractButton*>()->click();
  QVERIFY(!card.isVisible());
  announce(core::JobEvent::Kind::Preview, {}, picture);
  QVERIFY(!card.isVisible());  // closed means closed, for this job
  announce(core::JobEvent::Kind::Finished);
  QVERIFY(!card.isVisible());
}

void TestMonitorPanel::fullScreenHasItsOwnKeys() {
  m_panel->toggleFullScreen();
  QVERIFY(m_panel->isFullScreen());
  preview::FullScreenView* full = nullptr;
  for (QWidget* widget : QApplication::topLevelWidgets()) {
    if (auto* found = qobject_cast<preview::FullScreenView*>(widget)) full = found;
  }
  QVERIFY(full);
  QTest::keyClick(full, Qt::Key_Right);
  QCOMPARE(m_fixture->document.playhead(), std::int64_t(1));
  QTest::keyClick(full, Qt::Key_Space);
  QVERIFY(m_playback->isPlaying());
  QTest::keyClick(full, Qt::Key_Escape);
  QVERIFY(!m_panel->isFullScreen());
}

void TestMonitorPanel::saysWhatToDoWhenEmpty() {
  QVERIFY(waitPicture());
  m_fixture->document.open(project::newProject(), QString());
  QVERIFY(m_panel->view().image().isNull());
  QVERIFY(!button(QStringLiteral("Play"))->isEnabled());
  test::saveShot(*m_panel, QStringLiteral("monitor-empty"));
}

void TestMonitorPanel::everyControlHasANameAndATip() {
  for (const auto* found : m_panel->findChildren<QAbstractButton*>()) {
    QVERIFY2(!found->accessibleName().isEmpty() || !found->text().isEmpty(), found->metaObject()->className());
    QVERIFY2(!found->toolTip().isEmpty(), qPrintable(found->text()));
  }
  QVERIFY(!m_panel->view().accessibleName().isEmpty());
}

void TestMonitorPanel::looks() {
  QVERIFY(waitPicture());
  qint64 shown = -1;
  connect(m_playback.get(), &PlaybackController::frameReady, this, [&](const QImage&, qint64 frame) { shown = frame; });
  m_fixture->document.setPlayhead(60);
  QVERIFY(QTest::qWaitFor([&] { return shown == 60; }, 5000));
  const QImage dark = m_panel->grab().toImage();
  test::saveShot(*m_panel, QStringLiteral("monitor-dark"));
  QVERIFY(dark.pixel(629, 300) != dark.pixel(20, 300));
  m_fixture->theme->setMode(widgets::Theme::Mode::Light);
  m_panel->resize(618, 420);  // what a 1280 px window leaves
  QCoreApplication::processEvents();
  const QImage light = m_panel->grab().toImage();
  test::saveShot(*m_panel, QStringLiteral("monitor-light-small"));
  QVERIFY(qGray(light.pixel(5, 200)) > 200);
  QVERIFY(m_panel->minimumSizeHint().width() <= 618);
  m_playback->disconnect(this);
}

QTEST_MAIN(TestMonitorPanel)
#include "tst_monitor_panel.moc"
