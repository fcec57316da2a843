// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "app/runtime/paths.h"
#include "app/studio/application.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/window/main_window.h"

using namespace kinora;
using studio::Application;

class TestApplication : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init() { m_folder = std::make_unique<QTemporaryDir>(); }
  void showsTheWindowBeforeInference();
  void secondStudioIsToldOfTheFirst();
  void unwritableDataFolderIsSaid();
  void brokenStoreIsSaid();

 private:
  runtime::Paths paths(const QString& data) const { return {data.toStdString(), KINORA_SOURCE_DIR "/resources"}; }

  std::unique_ptr<QTemporaryDir> m_folder;
};

void TestApplication::showsTheWindowBeforeInference() {
  Application application(paths(m_folder->path()));
  const auto started = application.start({});
  QVERIFY2(started.ok(), started.ok() ? "" : started.error().text().c_str());
  QVERIFY(application.mainWindow().isVisible());
  QFile maps(QStringLiteral("/proc/self/maps"));
  QVERIFY(maps.open(QIODevice::ReadOnly));
  QVERIFY(!maps.readAll().contains("libtorch_cpu"));
}

void TestApplication::secondStudioIsToldOfTheFirst() {
  Application first(paths(m_folder->path()));
  QVERIFY(first.start({}).ok());
  Application second(paths(m_folder->path()));
  const auto started = second.start({});
  QVERIFY(!started.ok());
  QCOMPARE(started.error().code, core::ErrorCode::Busy);
}

void TestApplication::unwritableDataFolderIsSaid() {
  // A file where the folder should be: refused for every user.
  const QString file = m_folder->filePath(QStringLiteral("file"));
  QFile made(file);
  QVERIFY(made.open(QIODevice::WriteOnly));
  Application application(paths(file + QStringLiteral("/data")));
  const auto started = application.start({});
  QVERIFY(!started.ok());
  QCOMPARE(started.error().code, core::ErrorCode::NotWritable);
}

void TestApplication::brokenStoreIsSaid() {
  QFile store(m_folder->filePath(QStringLiteral("store.sqlite3")));
  QVERIFY(store.open(QIODevice::WriteOnly));
  store.write(QByteArray(4096, 'x'));
  store.close();
  Application application(paths(m_folder->path()));
  const auto started = application.start({});
  QVERIFY(!started.ok());
  QCOMPARE(started.error().code, core::ErrorCode::Corrupt);
}

QTEST_MAIN(TestApplication)
#include "tst_application.moc"
