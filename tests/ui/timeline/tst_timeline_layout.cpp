// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "tests/ui/session/builders.h"
#include "ui/timeline/timeline_edits.h"
#include "ui/timeline/timeline_layout.h"

using namespace kinora;
using namespace kinora::timeline;

namespace {

TimelineLayout layoutOf(const project::Project& project) {
  TimelineLayout layout;
  layout.setViewport({1096, 300});
  layout.setProject(project);
  return layout;
}

project::Project twoTracks() {
  project::Project project = test::filmOf(3);
  project::Track second;
  second.id = "v2";
  second.name = "V2";
  project.timeline.tracks.push_back(second);
  return project;
}

std::vector<std::int64_t> starts(const project::Project& project, std::size_t track = 0) {
  std::vector<std::int64_t> result;
  for (const project::Clip& clip : project.timeline.tracks[track].clips) result.push_back(clip.start);
  return result;
}

using Starts = std::vector<std::int64_t>;

}  // namespace

class TestTimelineLayout : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void framesAndPixelsAreInverse();
  void hundredPercentIsFortyEightPixelsASecond();
  void topTrackIsTheLast();
  void findsEdgesAndBodies();
  void tinyClipsAreAllBody();
  void rulerStepsSuitTheZoom_data();
  void rulerStepsSuitTheZoom();
  void ticksCoverTheView();
  void fitShowsEverything();
  void movesClipsTogether();
  void movedClipsDoNotEatEachOther();
  void movesToAnotherTrack();
  void reordersClips();
  void lockedTrackRefusesAll();
  void copiesAndPastes();
  void pasteSurvivesForeignData();
  void findsCuts();
  void snapsTheNearerEdge();
  void knownFileIsNotImportedTwice();
};

void TestTimelineLayout::framesAndPixelsAreInverse() {
  TimelineLayout layout = layoutOf(test::filmOf(3));
  for (const double zoom : {0.5, 1.0, 7.3}) {
    layout.setZoom(zoom);
    layout.setScroll(130, 0);
    for (const std::int64_t frame : {0, 1, 59, 360, 5000}) {
      const std::int64_t back = layout.frameAt(layout.xOf(frame));
      QVERIFY(std::abs(static_cast<double>(back - frame)) * layout.pixelsPerFrame() <= 1.0);
    }
  }
  QCOMPARE(layout.frameAt(-5000), std::int64_t(0));
}

void TestTimelineLayout::hundredPercentIsFortyEightPixelsASecond() {
  TimelineLayout layout = layoutOf(test::filmOf(3));
  QCOMPARE(layout.xOf(0), kHeaderWidth);
  QCOMPARE(layout.xOf(120), kHeaderWidth + 240);
  layout.setZoom(1000);
  QCOMPARE(layout.zoom(), kMostZoom);
}

void TestTimelineLayout::topTrackIsTheLast() {
  const TimelineLayout layout = layoutOf(twoTracks());
  QCOMPARE(layout.rows().size(), std::size_t(2));
  QCOMPARE(layout.rows()[0].track, 1);
  QCOMPARE(layout.rowAt(kRulerHeight + 5)->track, 1);
  QCOMPARE(layout.rowAt(kRulerHeight + kVideoRowHeight + 5)->track, 0);
  QVERIFY(!layout.rowAt(5));
  QVERIFY(!layout.rowAt(299));
}

void TestTimelineLayout::findsEdgesAndBodies() {
  const project::Project project = test::filmOf(3);
  const TimelineLayout layout = layoutOf(project);
  const QRect rect = layout.clipRect(project.timeline.tracks[0].clips[1], 0);
  using Part = TimelineLayout::Part;
  QVERIFY(layout.hit(project, rect.center()).part == Part::Body);
  QVERIFY(layout.hit(project, {rect.left() + 2, rect.center().y()}).part == Part::StartEdge);
  QVERIFY(layout.hit(project, {rect.right() - 2, rect.center().y()}).part == Part::EndEdge);
  QCOMPARE(layout.hit(project, rect.center()).clip, test::clipAt(project, 1));
  QVERIFY(layout.hit(project, {900, rect.center().y()}).part == Part::None);
  QVERIFY(layout.hit(project, {10, rect.center().y()}).part == Part::None);
}

void TestTimelineLayout::tinyClipsAreAllBody() {
  const project::Project project = test::filmOf(3);
  TimelineLayout layout = layoutOf(project);
  layout.setZoom(kLeastZoom);
  const QRect rect = layout.clipRect(project.timeline.tracks[0].clips[0], 0);
  QVERIFY(rect.width() >= 2);
  QVERIFY(layout.hit(project, rect.center()).part != TimelineLayout::Part::None);
}

void TestTimelineLayout::rulerStepsSuitTheZoom_data() {
  QTest::addColumn<double>("pixelsPerFrame");
  QTest::addColumn<qint64>("label");
  QTest::addColumn<bool>("frames");
  QTest::newRow("100 %") << 2.0 << qint64(120) << false;
  QTest::newRow("20 %") << 0.4 << qint64(360) << false;
  QTest::newRow("an hour a window") << 0.01 << qint64(600 * 24) << false;
  QTest::newRow("2000 %") << 40.0 << qint64(4) << true;
}

void TestTimelineLayout::rulerStepsSuitTheZoom() {
  QFETCH(double, pixelsPerFrame);
  QFETCH(qint64, label);
  QFETCH(bool, frames);
  const RulerStep step = rulerStep(pixelsPerFrame, core::Rational(24));
  QVERIFY(step.label * pixelsPerFrame >= 100);
  QCOMPARE(step.frames, frames);
  QCOMPARE(step.label % step.small, std::int64_t(0));
  QCOMPARE(qint64(step.label), label);
}

void TestTimelineLayout::ticksCoverTheView() {
  TimelineLayout layout = layoutOf(test::filmOf(3));
  layout.setScroll(1000, 0);
  const auto ticks = layout.ticks();
  QVERIFY(ticks.front().x <= kHeaderWidth);
  QVERIFY(ticks.back().x >= 1096);
  const auto labels = std::count_if(ticks.begin(), ticks.end(), [](const auto& tick) { return !tick.label.isEmpty(); });
  QVERIFY(labels >= 4);
}

void TestTimelineLayout::fitShowsEverything() {
  TimelineLayout layout = layoutOf(test::filmOf(3));
  layout.setZoom(layout.zoomToFit(360));
  QVERIFY(layout.xOf(360) <= 1096);
  QVERIFY(layout.xOf(360) > 900);
  QCOMPARE(layout.zoomToFit(0), 1.0);
}

void TestTimelineLayout::movesClipsTogether() {
  project::Project project = test::filmOf(3);
  QVERIFY(moveClips(project, {test::clipAt(project, 1), test::clipAt(project, 2)}, 30, 0).ok());
  QCOMPARE(starts(project), (Starts{0, 150, 270}));
  QVERIFY(moveClips(project, {test::clipAt(project, 0), test::clipAt(project, 1)}, -500, 0).ok());
  QCOMPARE(starts(project), (Starts{0, 150, 270}));  // stopped by the start
}

void TestTimelineLayout::movedClipsDoNotEatEachOther() {
  project::Project project = test::filmOf(3);
  const std::vector<project::Id> ids = {test::clipAt(project, 0), test::clipAt(project, 1)};
  QVERIFY(moveClips(project, ids, 60, 0).ok());
  QCOMPARE(project.clip(ids[0])->length, std::int64_t(120));
  QCOMPARE(project.clip(ids[1])->length, std::int64_t(120));
  QCOMPARE(starts(project), (Starts{60, 180, 300}));  // the third lost its head
}

void TestTimelineLayout::movesToAnotherTrack() {
  project::Project project = twoTracks();
  const project::Id id = test::clipAt(project, 1);
  QVERIFY(moveClips(project, {id}, 0, 1).ok());
  QCOMPARE(project.trackOf(id), 1);
  QVERIFY(!moveClips(project, {id}, 0, 1).ok());
  QCOMPARE(project.trackOf(id), 1);
}

void TestTimelineLayout::reordersClips() {
  project::Project project = test::filmOf(3);
  const project::Id a = test::clipAt(project, 0);
  const project::Id b = test::clipAt(project, 1);
  const project::Id c = test::clipAt(project, 2);
  QVERIFY(reorderClips(project, {a}, 0, 230).ok());  // nearer to the end of b
  QCOMPARE(starts(project), (Starts{0, 120, 240}));
  QCOMPARE(test::clipAt(project, 0), b);
  QCOMPARE(test::clipAt(project, 1), a);
  QVERIFY(reorderClips(project, {c}, 0, 10).ok());
  QCOMPARE(test::clipAt(project, 0), c);
  QCOMPARE(starts(project), (Starts{0, 120, 240}));
  QVERIFY(reorderClips(project, {c, b}, 0, 360).ok());
  QCOMPARE(test::clipAt(project, 0), a);
  QCOMPARE(project.timeline.length(), std::int64_t(360));
}

void TestTimelineLayout::lockedTrackRefusesAll() {
  project::Project project = test::filmOf(2);
  project.timeline.tracks[0].locked = true;
  const project::Project before = project;
  const std::vector<project::Id> ids = {test::clipAt(project, 0), test::clipAt(project, 1)};
  QVERIFY(!moveClips(project, ids, 10, 0).ok());
  QVERIFY(!reorderClips(project, ids, 0, 0).ok());
  QVERIFY(!pasteClips(project, copyClips(project, ids), 0, project::PlaceMode::Overwrite).ok());
  QVERIFY(project == before);
}

void TestTimelineLayout::copiesAndPastes() {
  project::Project project = test::filmOf(2);
  QVERIFY(project::trimStart(project, test::clipAt(project, 0), 24).ok());
  const QByteArray copied = copyClips(project, {test::clipAt(project, 0), test::clipAt(project, 1)});
  const auto ids = pasteClips(project, copied, 500, project::PlaceMode::Overwrite);
  QVERIFY(ids.ok());
  QCOMPARE(ids->size(), std::size_t(2));
  QCOMPARE(starts(project), (Starts{24, 120, 500, 596}));
  QCOMPARE(project.clip(ids->front())->in, std::int64_t(24));
  QCOMPARE(project.clip(ids->front())->length, std::int64_t(96));
  QVERIFY(copyClips(project, {}).isEmpty());
}

void TestTimelineLayout::pasteSurvivesForeignData() {
  project::Project project = test::filmOf(1);
  const project::Project before = project;
  for (const QByteArray& data :
       {QByteArray(), QByteArray("{"), QByteArray("[1,2]"), QByteArray("[{\"asset\":\"a0\",\"track\":9,\"length\":5}]"),
        QByteArray("[{\"asset\":\"a0\",\"track\":0,\"in\":-5,\"length\":5}]"),
        QByteArray("[{\"asset\":\"other\",\"track\":0,\"length\":5}]")}) {
    QVERIFY(!pasteClips(project, data, 0, project::PlaceMode::Overwrite).ok());
    QVERIFY(project == before);
  }
}

void TestTimelineLayout::findsCuts() {
  const project::Project project = test::filmOf(2);
  QCOMPARE(cuts(project), (Starts{0, 120, 240}));
  QCOMPARE(cutAfter(project, 0).value_or(-1), std::int64_t(120));
  QCOMPARE(cutBefore(project, 120).value_or(-1), std::int64_t(0));
  QVERIFY(!cutAfter(project, 240));
  QVERIFY(!cutBefore(project, 0));
}

void TestTimelineLayout::snapsTheNearerEdge() {
  std::optional<std::int64_t> snapped;
  QCOMPARE(snapDelta(7, 0, 50, {60, 200}, 5, snapped), std::int64_t(10));  // the end, 57, to 60
  QCOMPARE(snapped.value_or(-1), std::int64_t(60));
  QCOMPARE(snapDelta(30, 0, 50, {60, 200}, 5, snapped), std::int64_t(30));
  QVERIFY(!snapped);
}

void TestTimelineLayout::knownFileIsNotImportedTwice() {
  project::Project project = test::filmOf(1);
  core::ClipInfo info = project.assets[0].info;
  QCOMPARE(assetForFile(project, info, QStringLiteral("x"), 1), project::Id("a0"));
  info.path = "/films/new.mp4";
  const project::Id id = assetForFile(project, info, QStringLiteral("new.mp4"), 7);
  QCOMPARE(project.assets.size(), std::size_t(2));
  QCOMPARE(project.asset(id)->takeGroup, id);
  QVERIFY(!project.asset(id)->generated);
}

QTEST_MAIN(TestTimelineLayout)
#include "tst_timeline_layout.moc"
