// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "tests/ui/timeline/timeline_fixture.h"
#include "ui/timeline/timeline_edits.h"

using namespace kinora;
using timeline::TimelinePanel;

class TestTimelineDrops : public test::TimelineTest {
  Q_OBJECT

 private Q_SLOTS:
  void init() { open(); }
  void cleanup() { close(); }
  void dropsALibraryAsset();
  void ctrlDropInserts();
  void dropOfAnotherTakeReplaces();
  void dropOnAClipsMiddleMakesATake();
  void projectsAreLeftToTheWindow();
  void dropsFilesAsOneStep();
  void unreadableFileIsTold();
};

void TestTimelineDrops::dropsALibraryAsset() {
  QMimeData mime;
  mime.setData(QLatin1String(timeline::kAssetMime), "a1");
  QVERIFY(test::dropOn(port(), mime, at(363), {}, false));
  QVERIFY(view().ghost().has_value());
  QCOMPARE(view().ghost()->start, std::int64_t(360));  // snapped to the end
  QCOMPARE(view().ghost()->length, std::int64_t(120));
  test::saveShot(*m_panel, QStringLiteral("timeline-ghost"));
  QVERIFY(test::dropOn(port(), mime, at(363)));
  QVERIFY(!view().ghost());
  QCOMPARE(m_fixture->clipCount(), std::size_t(4));
  QCOMPARE(m_fixture->clip(3).start, std::int64_t(360));
  QCOMPARE(document().selection(), QStringList{QString::fromStdString(m_fixture->clip(3).id)});
  QCOMPARE(document().undoStack()->count(), 1);
  QVERIFY(test::dropOn(port(), mime, at(488), Qt::AltModifier));
  QCOMPARE(m_fixture->clip(4).start, std::int64_t(488));
}

void TestTimelineDrops::ctrlDropInserts() {
  QMimeData mime;
  mime.setData(QLatin1String(timeline::kAssetMime), "a2");
  QVERIFY(test::dropOn(port(), mime, at(121), Qt::ControlModifier));
  QCOMPARE(m_fixture->clipCount(), std::size_t(4));
  QCOMPARE(m_fixture->clip(1).asset, project::Id("a2"));
  QCOMPARE(m_fixture->clip(2).start, std::int64_t(240));
}

void TestTimelineDrops::dropOfAnotherTakeReplaces() {
  QVERIFY(document()
              .edit(QStringLiteral("take"),
                    [](project::Project& p) {
                      p.assets[1].takeGroup = "a0";
                      return core::Result<void>();
                    })
              .ok());
  QMimeData mime;
  mime.setData(QLatin1String(timeline::kAssetMime), "a1");
  QVERIFY(test::dropOn(port(), mime, at(30), {}, false));
  QCOMPARE(view().ghost()->replace, m_fixture->clip(0).id);
  QVERIFY(test::dropOn(port(), mime, at(30)));
  QCOMPARE(m_fixture->clipCount(), std::size_t(3));
  QCOMPARE(m_fixture->clip(0).asset, project::Id("a1"));
}

void TestTimelineDrops::dropOnAClipsMiddleMakesATake() {
  QMimeData mime;
  mime.setData(QLatin1String(timeline::kAssetMime), "a2");
  document().setSelection({});
  // Trimmed, so that it shows that the trim stays.
  QVERIFY(document()
              .edit(QStringLiteral("trim"),
                    [&](project::Project& p) { return project::trimEnd(p, m_fixture->clip(0).id, 90); })
              .ok());
  QVERIFY(test::dropOn(port(), mime, at(45), {}, false));
  QCOMPARE(view().ghost()->replace, m_fixture->clip(0).id);
  QCOMPARE(view().ghost()->length, std::int64_t(90));
  QVERIFY(test::dropOn(port(), mime, at(45)));
  QCOMPARE(m_fixture->clipCount(), std::size_t(3));
  QCOMPARE(m_fixture->clip(0).asset, project::Id("a2"));
  QCOMPARE(m_fixture->clip(0).length, std::int64_t(90));
  QCOMPARE(document().project().takes("a0").size(), std::size_t(2));
  document().undoStack()->undo();
  QCOMPARE(m_fixture->clip(0).asset, project::Id("a0"));
  // Near its end it goes beside it.
  QVERIFY(test::dropOn(port(), mime, at(88), {}, false));
  QVERIFY(view().ghost()->replace.empty());
}

void TestTimelineDrops::projectsAreLeftToTheWindow() {
  QMimeData mime;
  mime.setUrls({QUrl::fromLocalFile(QStringLiteral("/films/x.kinora"))});
  QDragEnterEvent enter(at(30), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(port(), &enter);
  QVERIFY(!enter.isAccepted());
  QVERIFY(!view().ghost());
}

void TestTimelineDrops::dropsFilesAsOneStep() {
  QMimeData mime;
  mime.setUrls(
      {QUrl::fromLocalFile(QStringLiteral("/films/x.mp4")), QUrl::fromLocalFile(QStringLiteral("/films/y.mp4"))});
  QSignalSpy changed(&document(), &session::ProjectDocument::changed);
  QVERIFY(test::dropOn(port(), mime, at(360)));
  QVERIFY(changed.wait(5000));
  QCOMPARE(m_fixture->clipCount(), std::size_t(5));
  QCOMPARE(m_fixture->clip(3).start, std::int64_t(360));
  QCOMPARE(m_fixture->clip(4).start, std::int64_t(480));
  QCOMPARE(document().project().assets.size(), std::size_t(5));
  QCOMPARE(document().undoStack()->count(), 1);
  document().undoStack()->undo();
  QCOMPARE(document().project().assets.size(), std::size_t(3));
}

void TestTimelineDrops::unreadableFileIsTold() {
  QMimeData mime;
  mime.setUrls({QUrl::fromLocalFile(QStringLiteral("/films/bad.mp4"))});
  QSignalSpy failed(m_panel.get(), &TimelinePanel::importFailed);
  QVERIFY(test::dropOn(port(), mime, at(0)));
  QVERIFY(failed.wait(5000));
  QCOMPARE(failed[0][0].toString(), QStringLiteral("/films/bad.mp4"));
  QCOMPARE(document().undoStack()->count(), 0);
  QMimeData text;
  text.setText(QStringLiteral("words"));
  QVERIFY(!test::dropOn(port(), text, at(0)));
}

QTEST_MAIN(TestTimelineDrops)
#include "tst_timeline_drops.moc"
