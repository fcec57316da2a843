// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "engine/project/edit.h"
#include "tests/ui/session/builders.h"
#include "ui/session/project_document.h"

using namespace kinora;
using session::ChangeEvent;
using session::ProjectDocument;

namespace {

using Operation = ProjectDocument::Operation;

core::Result<void> drop(core::Result<project::Id> result) {
  return result ? core::Result<void>() : core::Result<void>(result.error());
}

}  // namespace

Q_DECLARE_METATYPE(Operation)

class TestProjectDocument : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void undoesAndRedoesEveryEdit_data();
  void undoesAndRedoesEveryEdit();
  void failedEditLeavesNoTrace();
  void editWithoutEffectIsNoStep();
  void mergesStepsWithTheSameKeyOnly();
  void mergedStepsThatCancelOutVanish();
  void listenerMayEditAtOnce();
  void tellsWhatChanged();
  void keepsPlayheadAndDraftOutOfUndo();
  void dropsVanishedClipsFromSelection();
  void tracksTheModifiedMark();
  void openEmptiesTheUndoStack();
  void undoFollowsMovedMedia();
};

void TestProjectDocument::undoesAndRedoesEveryEdit_data() {
  QTest::addColumn<Operation>("operation");
  const auto first = [](const project::Project& p) { return test::clipAt(p, 0); };
  QTest::newRow("place") << Operation(
      [](project::Project& p) { return drop(project::placeClip(p, 0, 400, "a0", project::PlaceMode::Overwrite)); });
  QTest::newRow("insert") << Operation(
      [](project::Project& p) { return drop(project::placeClip(p, 0, 60, "a1", project::PlaceMode::Insert)); });
  QTest::newRow("move") << Operation(
      [first](project::Project& p) { return project::moveClip(p, first(p), 0, 500, project::PlaceMode::Overwrite); });
  QTest::newRow("trim start") << Operation(
      [first](project::Project& p) { return project::trimStart(p, first(p), 20); });
  QTest::newRow("trim end") << Operation([first](project::Project& p) { return project::trimEnd(p, first(p), 90); });
  QTest::newRow("split") << Operation(
      [first](project::Project& p) { return drop(project::splitClip(p, first(p), 60)); });
  QTest::newRow("lift") << Operation([first](project::Project& p) { return project::liftClips(p, {first(p)}); });
  QTest::newRow("ripple") << Operation([first](project::Project& p) { return project::rippleDelete(p, {first(p)}); });
  QTest::newRow("take") << Operation([first](project::Project& p) { return project::replaceTake(p, first(p), "a2"); });
  QTest::newRow("lock") << Operation([](project::Project& p) {
    p.timeline.tracks[0].locked = true;
    return core::Result<void>();
  });
  QTest::newRow("star") << Operation([](project::Project& p) {
    p.assets[1].starred = true;
    return core::Result<void>();
  });
  QTest::newRow("rate and size") << Operation([](project::Project& p) {
    p.fps = core::Rational(25);
    p.size = {1920, 1080};
    return core::Result<void>();
  });
}

void TestProjectDocument::undoesAndRedoesEveryEdit() {
  QFETCH(Operation, operation);
  ProjectDocument document;
  document.open(test::filmOf(3), QString());
  const project::Project before = document.project();
  QVERIFY(document.edit(QStringLiteral("step"), operation).ok());
  const project::Project after = document.project();
  QVERIFY(!(after == before));
  QCOMPARE(document.undoStack()->count(), 1);
  document.undoStack()->undo();
  QVERIFY(document.project() == before);
  QVERIFY(!document.isModified());
  document.undoStack()->redo();
  QVERIFY(document.project() == after);
}

void TestProjectDocument::failedEditLeavesNoTrace() {
  ProjectDocument document;
  document.open(test::filmOf(1), QString());
  const project::Project before = document.project();
  QSignalSpy changed(&document, &ProjectDocument::changed);
  const auto result = document.edit(QStringLiteral("bad"), [](project::Project& p) -> core::Result<void> {
    p.timeline.tracks.clear();
    return core::Error{core::ErrorCode::InvalidInput, "no", {}};
  });
  QVERIFY(!result.ok());
  QVERIFY(document.project() == before);
  QCOMPARE(changed.count(), 0);
  QCOMPARE(document.undoStack()->count(), 0);
}

void TestProjectDocument::editWithoutEffectIsNoStep() {
  ProjectDocument document;
  QVERIFY(document.edit(QStringLiteral("nothing"), [](project::Project&) { return core::Result<void>(); }).ok());
  QCOMPARE(document.undoStack()->count(), 0);
}

void TestProjectDocument::mergesStepsWithTheSameKeyOnly() {
  ProjectDocument document;
  const auto rename = [&](const char* name, const QString& key) {
    return document.edit(
        QStringLiteral("Rename"),
        [name](project::Project& p) {
          p.name = name;
          return core::Result<void>();
        },
        key);
  };
  QVERIFY(rename("a", QStringLiteral("name")).ok());
  QVERIFY(rename("b", QStringLiteral("name")).ok());
  QCOMPARE(document.undoStack()->count(), 1);
  QVERIFY(rename("c", QStringLiteral("other")).ok());
  QVERIFY(rename("d", QString()).ok());
  QCOMPARE(document.undoStack()->count(), 3);
  document.undoStack()->undo();
  document.undoStack()->undo();
  QCOMPARE(document.project().name, std::string("b"));
  document.undoStack()->undo();
  QCOMPARE(document.project().name, project::newProject().name);
}

void TestProjectDocument::mergedStepsThatCancelOutVanish() {
  ProjectDocument document;
  const std::string original = document.project().name;
  for (const std::string& name : {std::string("x"), original}) {
    QVERIFY(document
                .edit(
                    QStringLiteral("Rename"),
                    [name](project::Project& p) {
                      p.name = name;
                      return core::Result<void>();
                    },
                    QStringLiteral("k"))
                .ok());
  }
  QCOMPARE(document.undoStack()->count(), 0);
  QVERIFY(!document.isModified());
}

void TestProjectDocument::listenerMayEditAtOnce() {
  ProjectDocument document;
  document.open(test::filmOf(2), QString());
  bool done = false;
  connect(&document, &ProjectDocument::changed, this, [&](const ChangeEvent&) {
    if (std::exchange(done, true)) return;
    QVERIFY(document
                .edit(QStringLiteral("second"),
                      [](project::Project& p) {
                        p.name = "second";
                        return core::Result<void>();
                      })
                .ok());
  });
  QVERIFY(document
              .edit(QStringLiteral("first"),
                    [](project::Project& p) {
                      p.assets[0].starred = true;
                      return core::Result<void>();
                    })
              .ok());
  QCOMPARE(document.undoStack()->count(), 2);
  QCOMPARE(document.undoStack()->undoText(), QStringLiteral("second"));
  document.undoStack()->undo();
  QVERIFY(document.project().assets[0].starred);
  QCOMPARE(document.project().name, project::newProject().name);
}

void TestProjectDocument::tellsWhatChanged() {
  ProjectDocument document;
  document.open(test::filmOf(1), QString());
  std::vector<ChangeEvent> events;
  connect(&document, &ProjectDocument::changed, this, [&](const ChangeEvent& event) { events.push_back(event); });
  QVERIFY(
      document
          .edit(QStringLiteral("lift"), [](project::Project& p) { return project::liftClips(p, {test::clipAt(p, 0)}); })
          .ok());
  QCOMPARE(events.size(), std::size_t(1));
  QVERIFY(events[0].timeline && !events[0].assets && !events[0].settings && !events[0].reset);
  document.undoStack()->undo();
  QCOMPARE(events.size(), std::size_t(2));
  QVERIFY(events[1].timeline && !events[1].assets);
}

void TestProjectDocument::keepsPlayheadAndDraftOutOfUndo() {
  ProjectDocument document;
  document.open(test::filmOf(1), QString());
  QVERIFY(document
              .edit(QStringLiteral("lift"),
                    [](project::Project& p) {
                      p.playhead = 30;
                      return project::liftClips(p, {test::clipAt(p, 0)});
                    })
              .ok());
  QCOMPARE(document.playhead(), std::int64_t(30));
  document.setCreateDraft("{}");
  document.undoStack()->undo();
  QCOMPARE(document.playhead(), std::int64_t(30));
  QCOMPARE(document.project().createDraft, std::string("{}"));
  QVERIFY(document.isModified());  // the draft is not saved
  document.setPlayhead(-5);
  QCOMPARE(document.playhead(), std::int64_t(0));
}

void TestProjectDocument::dropsVanishedClipsFromSelection() {
  ProjectDocument document;
  document.open(test::filmOf(2), QString());
  const project::Id first = test::clipAt(document.project(), 0);
  const project::Id second = test::clipAt(document.project(), 1);
  document.setSelection({QString::fromStdString(first), QString::fromStdString(second), QStringLiteral("nobody")});
  QCOMPARE(document.selection().size(), 2);
  QSignalSpy spy(&document, &ProjectDocument::selectionChanged);
  QVERIFY(
      document.edit(QStringLiteral("lift"), [&](project::Project& p) { return project::liftClips(p, {first}); }).ok());
  QCOMPARE(document.selection(), QStringList{QString::fromStdString(second)});
  QCOMPARE(spy.count(), 1);
}

void TestProjectDocument::tracksTheModifiedMark() {
  ProjectDocument document;
  document.open(test::filmOf(1), QString());
  QSignalSpy spy(&document, &ProjectDocument::modifiedChanged);
  QVERIFY(
      document
          .edit(QStringLiteral("lift"), [](project::Project& p) { return project::liftClips(p, {test::clipAt(p, 0)}); })
          .ok());
  QVERIFY(document.isModified());
  document.markSaved(QStringLiteral("/films/a.kinora"));
  QVERIFY(!document.isModified());
  document.undoStack()->undo();
  QVERIFY(document.isModified());
  document.undoStack()->redo();
  QVERIFY(!document.isModified());
  QCOMPARE(spy.count(), 4);
}

void TestProjectDocument::openEmptiesTheUndoStack() {
  ProjectDocument document;
  document.open(test::filmOf(1), QString());
  QVERIFY(
      document
          .edit(QStringLiteral("lift"), [](project::Project& p) { return project::liftClips(p, {test::clipAt(p, 0)}); })
          .ok());
  QSignalSpy changed(&document, &ProjectDocument::changed);
  document.open(test::filmOf(2), QStringLiteral("/films/b.kinora"));
  QCOMPARE(document.undoStack()->count(), 0);
  QVERIFY(!document.isModified());
  QCOMPARE(changed.count(), 1);
  QVERIFY(changed[0][0].value<ChangeEvent>().reset);
}

void TestProjectDocument::undoFollowsMovedMedia() {
  ProjectDocument document;
  document.open(test::filmOf(1), QString());
  QVERIFY(document
              .edit(QStringLiteral("star"),
                    [](project::Project& p) {
                      p.assets[0].starred = true;
                      return core::Result<void>();
                    })
              .ok());
  document.relocateMedia({{QStringLiteral("/films/clip0.mp4"), QStringLiteral("/films/a.media/clip0.mp4")}});
  document.undoStack()->undo();
  QVERIFY(!document.project().assets[0].starred);
  QCOMPARE(document.project().assets[0].info.path, std::string("/films/a.media/clip0.mp4"));
}

QTEST_MAIN(TestProjectDocument)
#include "tst_project_document.moc"
