// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QClipboard>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>
#include <QWheelEvent>

#include "tests/ui/timeline/timeline_fixture.h"
#include "ui/timeline/clip_thumbnails.h"
#include "ui/timeline/timeline_edits.h"
#include "ui/timeline/timeline_panel.h"

using namespace kinora;
using timeline::TimelinePanel;
using timeline::TimelineView;

class TestTimelinePanel : public test::TimelineTest {
  Q_OBJECT

 private Q_SLOTS:
  void init() { open(); }
  void cleanup() { close(); }
  void clickSelectsAndCtrlAdds();
  void moveIsOneUndoStep();
  void moveSnapsToTheNeighbour();
  void altMovesWithoutSnapping();
  void ctrlDragReorders();
  void movesAllSelectedClips();
  void trimsBothEnds();
  void escapeThrowsADragAway();
  void bladeSplitsWhereItClicks();
  void splitsAtThePlayhead();
  void deletesWithAndWithoutGap();
  void rubberBandSelects();
  void cutsCopiesPastesDuplicates();
  void rulerMovesThePlayhead();
  void trimsToThePlayhead();
  void keysMoveThePlayhead();
  void stepsFromCutToCut();
  void zoomsAroundThePointer();
  void fitAndSlider();
  void lockedTrackTakesNothing();
  void headerIconsHideAndLock();
  void doubleClickActivatesTheAsset();
  void thumbnailsArriveWithoutBlocking();
  void speaksAndLooks();
};

void TestTimelinePanel::clickSelectsAndCtrlAdds() {
  QTest::mouseClick(port(), Qt::LeftButton, {}, middle(0));
  QCOMPARE(document().selection().size(), 1);
  QTest::mouseClick(port(), Qt::LeftButton, Qt::ControlModifier, middle(1));
  QCOMPARE(document().selection().size(), 2);
  QTest::mouseClick(port(), Qt::LeftButton, Qt::ControlModifier, middle(1));
  QCOMPARE(document().selection().size(), 1);
  QTest::mouseClick(port(), Qt::LeftButton, {}, at(500));
  QVERIFY(document().selection().isEmpty());
  m_panel->selectAll();
  QCOMPARE(document().selection().size(), 3);
  QTest::mouseClick(port(), Qt::LeftButton, {}, middle(2));
  QCOMPARE(document().selection(), QStringList{QString::fromStdString(m_fixture->clip(2).id)});
}

void TestTimelinePanel::moveIsOneUndoStep() {
  const project::Project before = document().project();
  test::drag(port(), middle(2), middle(2) + QPoint(200, 0));
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(340));
  QCOMPARE(document().undoStack()->count(), 1);
  document().undoStack()->undo();
  QVERIFY(document().project() == before);
}

void TestTimelinePanel::moveSnapsToTheNeighbour() {
  test::drag(port(), middle(2), middle(2) + QPoint(100, 0));
  test::drag(port(), middle(2), middle(2) - QPoint(95, 0));  // 5 px short of the neighbour
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(240));
  m_panel->toggleSnapping();
  test::drag(port(), middle(2), middle(2) + QPoint(6, 0));
  test::drag(port(), middle(2), middle(2) + QPoint(20, 0));
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(250));
}

void TestTimelinePanel::altMovesWithoutSnapping() {
  test::drag(port(), middle(2), middle(2) + QPoint(100, 0));
  test::drag(port(), middle(2), middle(2) - QPoint(94, 0), Qt::AltModifier);
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(243));
}

void TestTimelinePanel::ctrlDragReorders() {
  const project::Id first = m_fixture->clip(0).id;
  test::drag(port(), middle(0), at(235), Qt::ControlModifier);
  QCOMPARE(m_fixture->clip(1).id, first);
  QCOMPARE(m_fixture->clip(0).start, std::int64_t(0));
  QCOMPARE(document().project().timeline.length(), std::int64_t(360));
  QCOMPARE(document().undoStack()->count(), 1);
}

void TestTimelinePanel::movesAllSelectedClips() {
  QTest::mouseClick(port(), Qt::LeftButton, {}, middle(1));
  QTest::mouseClick(port(), Qt::LeftButton, Qt::ControlModifier, middle(2));
  test::drag(port(), middle(2), middle(2) + QPoint(100, 0));
  QCOMPARE(m_fixture->clip(1).start, std::int64_t(170));
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(290));
  QCOMPARE(document().undoStack()->count(), 1);
}

void TestTimelinePanel::trimsBothEnds() {
  const QRect rect = view().timelineLayout().clipRect(m_fixture->clip(1), 0);
  QTest::mouseMove(port(), {rect.right() - 2, rect.center().y()});
  QCOMPARE(port()->cursor().shape(), Qt::SizeHorCursor);
  test::drag(port(), {rect.right() - 2, rect.center().y()}, {rect.right() - 62, rect.center().y()});
  QCOMPARE(m_fixture->clip(1).end(), std::int64_t(210));
  test::drag(port(), {rect.left() + 2, rect.center().y()}, {rect.left() + 42, rect.center().y()});
  QCOMPARE(m_fixture->clip(1).start, std::int64_t(140));
  QCOMPARE(m_fixture->clip(1).in, std::int64_t(20));
  QCOMPARE(document().undoStack()->count(), 2);
  document().undoStack()->undo();
  document().undoStack()->undo();
  QCOMPARE(m_fixture->clip(1).length, std::int64_t(120));
}

void TestTimelinePanel::escapeThrowsADragAway() {
  const project::Project before = document().project();
  test::send(port(), QEvent::MouseButtonPress, middle(1));
  test::send(port(), QEvent::MouseMove, middle(1) + QPoint(300, 0));
  QVERIFY(view().isDragging());
  QTest::keyClick(&view(), Qt::Key_Escape);
  QVERIFY(!view().isDragging());
  test::send(port(), QEvent::MouseButtonRelease, middle(1) + QPoint(300, 0));
  QVERIFY(document().project() == before);
  QCOMPARE(document().undoStack()->count(), 0);
}

void TestTimelinePanel::bladeSplitsWhereItClicks() {
  m_panel->bladeTool();
  QTest::mouseClick(port(), Qt::LeftButton, {}, at(50));
  QCOMPARE(m_fixture->clipCount(), std::size_t(4));
  QCOMPARE(m_fixture->clip(1).start, std::int64_t(50));
  m_panel->selectTool();
  QVERIFY(view().tool() == TimelineView::Tool::Select);
  document().undoStack()->undo();
  QCOMPARE(m_fixture->clipCount(), std::size_t(3));
}

void TestTimelinePanel::splitsAtThePlayhead() {
  document().setPlayhead(150);
  m_panel->splitAtPlayhead();
  QCOMPARE(m_fixture->clipCount(), std::size_t(4));
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(150));
  m_panel->splitAtPlayhead();  // on a cut there is nothing to split
  QCOMPARE(document().undoStack()->count(), 1);
  document().setPlayhead(20);
  m_panel->splitAllTracks();
  QCOMPARE(m_fixture->clipCount(), std::size_t(5));
}

void TestTimelinePanel::deletesWithAndWithoutGap() {
  QTest::mouseClick(port(), Qt::LeftButton, {}, middle(1));
  m_panel->deleteSelection(false);
  QCOMPARE(m_fixture->clip(1).start, std::int64_t(240));
  QVERIFY(document().selection().isEmpty());
  document().undoStack()->undo();
  QTest::mouseClick(port(), Qt::LeftButton, {}, middle(1));
  m_panel->deleteSelection(true);
  QCOMPARE(m_fixture->clip(1).start, std::int64_t(120));
}

void TestTimelinePanel::rubberBandSelects() {
  test::drag(port(), {at(400).x(), 150}, at(130));
  QCOMPARE(document().selection().size(), 2);
}

void TestTimelinePanel::cutsCopiesPastesDuplicates() {
  QTest::mouseClick(port(), Qt::LeftButton, {}, middle(0));
  m_panel->copy();
  document().setPlayhead(400);
  m_panel->paste();
  QCOMPARE(m_fixture->clipCount(), std::size_t(4));
  QCOMPARE(m_fixture->clip(3).start, std::int64_t(400));
  QCOMPARE(document().playhead(), std::int64_t(520));
  m_panel->cut();  // the pasted one is selected
  QCOMPARE(m_fixture->clipCount(), std::size_t(3));
  QTest::mouseClick(port(), Qt::LeftButton, {}, middle(0));
  m_panel->duplicate();
  QCOMPARE(m_fixture->clipCount(), std::size_t(4));
  QCOMPARE(m_fixture->clip(1).asset, project::Id("a0"));
  QCOMPARE(document().project().timeline.length(), std::int64_t(480));
  QCOMPARE(document().undoStack()->count(), 3);
}

void TestTimelinePanel::rulerMovesThePlayhead() {
  test::drag(port(), {at(10).x(), 8}, {at(200).x(), 300});
  QCOMPARE(document().playhead(), std::int64_t(200));
  QCOMPARE(document().undoStack()->count(), 0);
}

void TestTimelinePanel::trimsToThePlayhead() {
  document().setPlayhead(150);
  m_panel->trimToPlayhead(true);
  QCOMPARE(m_fixture->clipCount(), std::size_t(3));
  QCOMPARE(m_fixture->clip(1).in, std::int64_t(30));
  QCOMPARE(m_fixture->clip(1).start, std::int64_t(120));
  QCOMPARE(m_fixture->clip(1).length, std::int64_t(90));
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(210));
  QCOMPARE(document().playhead(), std::int64_t(120));
  QCOMPARE(document().undoStack()->count(), 1);
  document().undoStack()->undo();
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(240));
  document().setPlayhead(150);
  m_panel->trimToPlayhead(false);
  QCOMPARE(m_fixture->clip(1).length, std::int64_t(30));
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(150));
  QCOMPARE(document().playhead(), std::int64_t(150));
  // On a cut there is nothing to trim.
  m_panel->trimToPlayhead(true);
  QCOMPARE(document().undoStack()->count(), 1);
}

void TestTimelinePanel::keysMoveThePlayhead() {
  view().setFocus();
  QTest::keyClick(&view(), Qt::Key_Right);
  QTest::keyClick(&view(), Qt::Key_Right, Qt::ShiftModifier);
  QCOMPARE(document().playhead(), std::int64_t(25));
  QTest::keyClick(&view(), Qt::Key_Left);
  QCOMPARE(document().playhead(), std::int64_t(24));
  QTest::keyClick(&view(), Qt::Key_End);
  QCOMPARE(document().playhead(), std::int64_t(360));
  QTest::keyClick(&view(), Qt::Key_Home);
  QCOMPARE(document().playhead(), std::int64_t(0));
}

void TestTimelinePanel::stepsFromCutToCut() {
  m_panel->nextCut();
  m_panel->nextCut();
  QCOMPARE(document().playhead(), std::int64_t(240));
  m_panel->previousCut();
  QCOMPARE(document().playhead(), std::int64_t(120));
}

void TestTimelinePanel::zoomsAroundThePointer() {
  const QPoint point = at(200);
  QWheelEvent wheel(point, port()->mapToGlobal(point), {}, {0, 240}, Qt::NoButton, Qt::ControlModifier,
                    Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(port(), &wheel);
  QVERIFY(view().zoom() > 2);
  QVERIFY(std::abs(at(200).x() - point.x()) <= 1);
  m_panel->zoomOut();
  m_panel->zoomOut();
  QVERIFY(std::abs(view().zoom() - 1) < 0.01);
}

void TestTimelinePanel::fitAndSlider() {
  m_panel->zoomIn();
  m_panel->fit();
  QVERIFY(at(360).x() <= port()->width());
  QVERIFY(at(360).x() > port()->width() - 60);
}

void TestTimelinePanel::lockedTrackTakesNothing() {
  const timeline::TimelineLayout& layout = view().timelineLayout();
  QTest::mouseClick(port(), Qt::LeftButton, {}, layout.lockRect(layout.rows()[0]).center());
  QVERIFY(document().project().timeline.tracks[0].locked);
  const project::Project before = document().project();
  test::drag(port(), middle(1), middle(1) + QPoint(300, 0));
  QMimeData mime;
  mime.setData(QLatin1String(timeline::kAssetMime), "a1");
  QVERIFY(!test::dropOn(port(), mime, at(363)));
  QSignalSpy refused(m_panel.get(), &TimelinePanel::refused);
  m_panel->deleteSelection(false);
  QCOMPARE(refused.count(), 1);
  QVERIFY(document().project() == before);
}

void TestTimelinePanel::headerIconsHideAndLock() {
  const timeline::TimelineLayout& layout = view().timelineLayout();
  QTest::mouseClick(port(), Qt::LeftButton, {}, layout.eyeRect(layout.rows()[0]).center());
  QVERIFY(document().project().timeline.tracks[0].hidden);
  document().undoStack()->undo();
  QVERIFY(!document().project().timeline.tracks[0].hidden);
}

void TestTimelinePanel::doubleClickActivatesTheAsset() {
  QSignalSpy activated(m_panel.get(), &TimelinePanel::assetActivated);
  QTest::mouseDClick(port(), Qt::LeftButton, {}, middle(1));
  QCOMPARE(activated.count(), 1);
  QCOMPARE(activated[0][0].toString(), QStringLiteral("a1"));
  QVERIFY(!view().isDragging());
}

void TestTimelinePanel::thumbnailsArriveWithoutBlocking() {
  const QImage before = port()->grab().toImage();
  QVERIFY(QTest::qWaitFor([&] { return view().thumbnails().isIdle(); }, 5000));
  port()->grab();
  QVERIFY(QTest::qWaitFor([&] { return view().thumbnails().isIdle(); }, 5000));
  QVERIFY(port()->grab().toImage() != before);
}

void TestTimelinePanel::speaksAndLooks() {
  QVERIFY(!view().accessibleName().isEmpty());
  QVERIFY(QTest::qWaitFor([&] { return view().thumbnails().isIdle(); }, 5000));
  QVERIFY(document()
              .edit(QStringLiteral("scene"),
                    [](project::Project& p) {
                      project::Track second;
                      second.id = "v2";
                      second.name = "V2";
                      p.timeline.tracks.push_back(second);
                      p.assets[1].takeGroup = "a0";
                      p.assets[1].name = "Red car on the beach";
                      p.assets[0].name = "Night drive";
                      p.assets[2].offline = true;
                      p.assets[2].name = "drone_4k.mp4";
                      auto placed = project::placeClip(p, 1, 240, "a1", project::PlaceMode::Overwrite);
                      return placed ? core::Result<void>() : core::Result<void>(placed.error());
                    })
              .ok());
  document().setSelection({QString::fromStdString(m_fixture->clip(1).id)});
  document().setPlayhead(180);
  timeline::PendingClip pending;
  pending.start = 370;
  pending.length = 120;
  pending.fraction = 0.58;
  pending.title = QStringLiteral("Being made · 58 % · 0:11");
  view().setPending(pending);
  m_panel->grab();
  QVERIFY(QTest::qWaitFor([&] { return view().thumbnails().isIdle(); }, 5000));
  const QImage dark = m_panel->grab().toImage();
  test::saveShot(*m_panel, QStringLiteral("timeline-dark"));
  m_fixture->theme->setMode(widgets::Theme::Mode::Light);
  const QImage light = m_panel->grab().toImage();
  test::saveShot(*m_panel, QStringLiteral("timeline-light"));
  QVERIFY(dark != light);
  QVERIFY(qGray(dark.pixel(600, 360)) < 60);
  QVERIFY(qGray(light.pixel(600, 360)) > 200);
}

QTEST_MAIN(TestTimelinePanel)
#include "tst_timeline_panel.moc"
