// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "engine/project/project_file.h"
#include "tests/ui/session/builders.h"
#include "ui/session/project_document.h"
#include "ui/session/project_store.h"

using namespace kinora;
using session::Autosave;
using session::ProjectDocument;
using session::ProjectFiles;
using session::Recovery;

namespace {

QByteArray read(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const QString& path, const QByteArray& bytes) {
  QDir().mkpath(QFileInfo(path).absolutePath());
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(bytes);
}

}  // namespace

class TestProjectFiles : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init();
  void reopensExactlyWhatWasSaved();
  void bringsTakesIntoTheMediaFolder();
  void leavesImportsWhereTheyAre();
  void failedSaveChangesNothing();
  void copiesWhatCannotBeLinked();
  void keepsTheRecentList();
  void refusesABrokenFileAndKeepsTheOpenOne();
  void autosavesWithinASecond();
  void offersWorkOfADeadProcess();
  void offersNothingAfterACleanClose();
  void offersNothingOfALivingProcess();
  void forgetsACopyOlderThanItsProject();
  void recoveredWorkIsUnsaved();

 private:
  ProjectFiles::Folders folders() const {
    return {path(QStringLiteral("clips")), path(QStringLiteral("autosave")), path(QStringLiteral("recent.json"))};
  }
  QString path(const QString& name) const { return m_folder->filePath(name); }
  /// A film whose takes exist in the clip folder.
  project::Project film(int clips) const {
    const QString folder = path(QStringLiteral("clips"));
    for (int i = 0; i < clips; ++i)
      write(folder + QStringLiteral("/clip%1.mp4").arg(i), QByteArray("take ") + QByteArray::number(i));
    return test::filmOf(clips, folder.toStdString());
  }
  static void touch(ProjectDocument& document) {
    QVERIFY(document
                .edit(QStringLiteral("edit"),
                      [](project::Project& p) {
                        p.assets[0].starred = !p.assets[0].starred;
                        return core::Result<void>();
                      })
                .ok());
  }
  /// What a crash leaves: the copy, its note, and no living owner.
  QString crash(const QString& origin) const {
    ProjectDocument document;
    Autosave autosave(document, path(QStringLiteral("autosave")));
    document.open(film(1), origin);
    touch(document);
    autosave.flush();
    const QStringList copies = QDir(path(QStringLiteral("autosave"))).entryList({QStringLiteral("*.kinora")});
    return copies.isEmpty() ? QString() : path(QStringLiteral("autosave/")) + copies.first();
  }

  std::unique_ptr<QTemporaryDir> m_folder;
};

void TestProjectFiles::init() {
  m_folder = std::make_unique<QTemporaryDir>();
}

void TestProjectFiles::reopensExactlyWhatWasSaved() {
  ProjectDocument document;
  ProjectFiles files(document, folders());
  document.open(film(3), QString());
  touch(document);
  document.setPlayhead(77);
  document.setCreateDraft("{\"prompt\":\"海滩\"}");
  QVERIFY(document
              .edit(QStringLiteral("split"),
                    [](project::Project& p) -> core::Result<void> {
                      auto right = project::splitClip(p, test::clipAt(p, 1), 150);
                      return right ? core::Result<void>() : core::Result<void>(right.error());
                    })
              .ok());
  QVERIFY(files.saveAs(path(QStringLiteral("Beach"))).ok());
  QCOMPARE(document.file(), path(QStringLiteral("Beach.kinora")));
  QVERIFY(!document.isModified());
  QCOMPARE(document.project().name, std::string("Beach"));
  const project::Project saved = document.project();

  ProjectDocument other;
  ProjectFiles otherFiles(other, folders());
  QVERIFY(otherFiles.open(path(QStringLiteral("Beach.kinora"))).ok());
  QVERIFY(other.project() == saved);
  QVERIFY(!other.isModified());
}

void TestProjectFiles::bringsTakesIntoTheMediaFolder() {
  ProjectDocument document;
  ProjectFiles files(document, folders());
  QCOMPARE(files.takeFolder(), path(QStringLiteral("clips")));
  document.open(film(2), QString());
  QSignalSpy moved(&files, &ProjectFiles::mediaMoved);
  QDir().mkpath(path(QStringLiteral("out")));
  QVERIFY(files.saveAs(path(QStringLiteral("out/Beach.kinora"))).ok());
  QCOMPARE(moved.count(), 1);
  const QString media = path(QStringLiteral("out/Beach.media"));
  QCOMPARE(files.takeFolder(), media);
  QCOMPARE(QString::fromStdString(document.project().assets[1].info.path), media + QStringLiteral("/clip1.mp4"));
  QCOMPARE(read(media + QStringLiteral("/clip1.mp4")), QByteArray("take 1"));
  QVERIFY(!document.isModified());
  // The old name stays good: cards of finished jobs still point there.
  QCOMPARE(read(path(QStringLiteral("clips/clip1.mp4"))), QByteArray("take 1"));
  // Project and takes can be carried away together.
  QVERIFY(QDir().rename(path(QStringLiteral("out")), path(QStringLiteral("elsewhere"))));
  QDir(path(QStringLiteral("clips"))).removeRecursively();
  const auto project = project::loadProject(path(QStringLiteral("elsewhere/Beach.kinora")).toStdString());
  QVERIFY(project.ok());
  for (const project::Asset& asset : project->assets) QVERIFY(!asset.offline);
}

void TestProjectFiles::leavesImportsWhereTheyAre() {
  ProjectDocument document;
  ProjectFiles files(document, folders());
  project::Project project = film(1);
  project.assets[0].generated = false;
  document.open(project, QString());
  QVERIFY(files.saveAs(path(QStringLiteral("Beach.kinora"))).ok());
  QCOMPARE(QString::fromStdString(document.project().assets[0].info.path), path(QStringLiteral("clips/clip0.mp4")));
  QVERIFY(!QDir(path(QStringLiteral("Beach.media"))).exists());
}

void TestProjectFiles::failedSaveChangesNothing() {
  ProjectDocument document;
  ProjectFiles files(document, folders());
  document.open(film(2), QString());
  touch(document);
  // A folder with the file's name cannot be replaced, by nobody.
  QDir().mkpath(path(QStringLiteral("Beach.kinora/full")));
  const project::Project before = document.project();
  const auto result = files.saveAs(path(QStringLiteral("Beach.kinora")));
  QVERIFY(!result.ok());
  QVERIFY(document.project() == before);
  QVERIFY(document.isModified());
  QVERIFY(document.file().isEmpty());
  QVERIFY(!QDir(path(QStringLiteral("Beach.media"))).exists());
  QCOMPARE(read(path(QStringLiteral("clips/clip1.mp4"))), QByteArray("take 1"));
}

void TestProjectFiles::copiesWhatCannotBeLinked() {
  write(path(QStringLiteral("from.mp4")), "take");
  QVERIFY(session::copyMedia({path(QStringLiteral("from.mp4")), path(QStringLiteral("to.mp4"))}).ok());
  QCOMPARE(read(path(QStringLiteral("to.mp4"))), QByteArray("take"));
  const auto failed = session::copyMedia({path(QStringLiteral("from.mp4")), path(QStringLiteral("no/such/to.mp4"))});
  QVERIFY(!failed.ok());
  QCOMPARE(failed.error().code, core::ErrorCode::NotWritable);
  QVERIFY(!session::linkMedia({path(QStringLiteral("from.mp4")), path(QStringLiteral("no/such/to.mp4"))}));
}

void TestProjectFiles::keepsTheRecentList() {
  ProjectDocument document;
  ProjectFiles files(document, folders());
  document.open(film(1), QString());
  for (int i = 0; i < 12; ++i) QVERIFY(files.saveAs(path(QStringLiteral("p%1.kinora").arg(i))).ok());
  QCOMPARE(files.recent().size(), 10);
  QCOMPARE(files.recent().first(), path(QStringLiteral("p11.kinora")));
  QFile::remove(path(QStringLiteral("p11.kinora")));
  QCOMPARE(files.recent().first(), path(QStringLiteral("p10.kinora")));
  QVERIFY(files.open(path(QStringLiteral("p5.kinora"))).ok());
  QCOMPARE(files.recent().first(), path(QStringLiteral("p5.kinora")));
  files.removeRecent(path(QStringLiteral("p5.kinora")));
  QVERIFY(!files.recent().contains(path(QStringLiteral("p5.kinora"))));
  files.clearRecent();
  QVERIFY(files.recent().isEmpty());
}

void TestProjectFiles::refusesABrokenFileAndKeepsTheOpenOne() {
  ProjectDocument document;
  ProjectFiles files(document, folders());
  document.open(film(1), QString());
  touch(document);
  write(path(QStringLiteral("broken.kinora")), "{\"format\": ");
  const auto result = files.open(path(QStringLiteral("broken.kinora")));
  QVERIFY(!result.ok());
  QCOMPARE(result.error().code, core::ErrorCode::Corrupt);
  QVERIFY(document.isModified());
  QCOMPARE(document.project().assets.size(), std::size_t(1));
}

void TestProjectFiles::autosavesWithinASecond() {
  ProjectDocument document;
  ProjectFiles files(document, folders());
  document.open(film(1), QString());
  QSignalSpy saved(&files.autosave(), &Autosave::saved);
  touch(document);
  QVERIFY(saved.wait(1000));
  const QStringList copies = QDir(path(QStringLiteral("autosave"))).entryList({QStringLiteral("*.kinora")});
  QCOMPARE(copies.size(), 1);
  const auto copy =
      project::loadProject(path(QStringLiteral("autosave/")).toStdString() + copies.first().toStdString());
  QVERIFY(copy.ok());
  QVERIFY(copy->assets[0].starred);
  QVERIFY(files.saveAs(path(QStringLiteral("Beach.kinora"))).ok());
  QVERIFY(QDir(path(QStringLiteral("autosave"))).entryList(QDir::Files).isEmpty());
}

void TestProjectFiles::offersWorkOfADeadProcess() {
  QVERIFY(!crash(QString()).isEmpty());
  ProjectDocument document;
  ProjectFiles files(document, folders());
  const std::vector<Recovery> found = files.recoverable();
  QCOMPARE(found.size(), std::size_t(1));
  QVERIFY(found[0].projectFile.isEmpty());
  files.discard(found[0]);
  QVERIFY(files.recoverable().empty());
  QVERIFY(QDir(path(QStringLiteral("autosave"))).entryList(QDir::Files).isEmpty());
}

void TestProjectFiles::offersNothingAfterACleanClose() {
  {
    ProjectDocument document;
    ProjectFiles files(document, folders());
    document.open(film(1), QString());
    touch(document);
    files.autosave().flush();
    files.close();  // "don't save"
  }
  ProjectDocument document;
  ProjectFiles files(document, folders());
  QVERIFY(files.recoverable().empty());
}

void TestProjectFiles::offersNothingOfALivingProcess() {
  ProjectDocument living;
  ProjectFiles livingFiles(living, folders());
  living.open(film(1), QString());
  touch(living);
  livingFiles.autosave().flush();
  QCOMPARE(QDir(path(QStringLiteral("autosave"))).entryList({QStringLiteral("*.kinora")}).size(), 1);
  ProjectDocument document;
  ProjectFiles files(document, folders());
  QVERIFY(files.recoverable().empty());
}

void TestProjectFiles::forgetsACopyOlderThanItsProject() {
  const QString project = path(QStringLiteral("Beach.kinora"));
  const QString copy = crash(project);
  QVERIFY(!copy.isEmpty());
  write(project, "{}");
  QFile file(copy);
  QVERIFY(file.open(QIODevice::ReadWrite));
  QVERIFY(file.setFileTime(QDateTime::currentDateTime().addSecs(-60), QFileDevice::FileModificationTime));
  file.close();
  ProjectDocument document;
  ProjectFiles files(document, folders());
  QVERIFY(files.recoverable().empty());
  QVERIFY(!QFile::exists(copy));
}

void TestProjectFiles::recoveredWorkIsUnsaved() {
  const QString origin = path(QStringLiteral("Beach.kinora"));
  const QString copy = crash(origin);
  ProjectDocument document;
  ProjectFiles files(document, folders());
  QSignalSpy saved(&files.autosave(), &Autosave::saved);
  const std::vector<Recovery> found = files.recoverable();
  QCOMPARE(found.size(), std::size_t(1));
  QCOMPARE(found[0].projectFile, origin);
  QVERIFY(files.recover(found[0]).ok());
  QVERIFY(document.isModified());
  QCOMPARE(document.file(), origin);
  QVERIFY(document.project().assets[0].starred);
  QVERIFY(!document.project().assets[0].offline);
  QVERIFY(QFile::exists(copy));  // until a fresh copy is safe
  QVERIFY(saved.wait(1000));
  QVERIFY(!QFile::exists(copy));
  QVERIFY(files.save().ok());
  QVERIFY(!document.isModified());
  QVERIFY(files.recoverable().empty());
}

QTEST_MAIN(TestProjectFiles)
#include "tst_project_files.moc"
