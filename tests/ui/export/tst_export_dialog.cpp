// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>

#include "engine/project/edit.h"
#include "engine/project/project_file.h"
#include "tests/support/panel_fixture.h"
#include "ui/export/export_dialog.h"
#include "ui/export/export_estimate.h"
#include "ui/widgets/action_button.h"
#include "ui/widgets/icons.h"

using namespace kinora;
using exporting::ExportDialog;

class TestExportDialog : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init();
  void cleanup();
  void emptyTimelineCannotBeExported();
  void missingFolderIsSaid();
  void jobHoldsTheTimelineByValue();
  void exportsTheMarkedRange();
  void addsTheSuffix();
  void estimatesTheFilesSize();
  void tellsTheSizeThatIsWritten();

 private:
  void addClip();
  bool canExport() const { return m_dialog->findChild<widgets::ActionButton*>()->isEnabled(); }

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<ExportDialog> m_dialog;
};

void TestExportDialog::init() {
  m_fixture = std::make_unique<test::UiFixture>();
  m_fixture->document().open(project::newProject(), {});
  m_fixture->startQueue();
  m_dialog = std::make_unique<ExportDialog>(m_fixture->theme(), m_fixture->document(), m_fixture->client(), nullptr);
  m_dialog->setPath(m_fixture->path(QStringLiteral("film.mp4")));
}

void TestExportDialog::cleanup() {
  m_dialog.reset();
  m_fixture.reset();
}

void TestExportDialog::addClip() {
  const auto done = m_fixture->document().edit(QStringLiteral("add"), [&](project::Project& p) -> core::Result<void> {
    project::Asset asset;
    asset.id = "asset-1";
    asset.takeGroup = asset.id;
    asset.info.path = m_fixture->path(QStringLiteral("a.mp4")).toStdString();
    asset.info.size = {1280, 720};
    asset.info.frames = 120;
    asset.info.fps = core::Rational(24);
    asset.info.duration = core::Rational(5);
    p.assets.push_back(asset);
    const auto clip = project::placeClip(p, 0, 0, asset.id, project::PlaceMode::Overwrite);
    return clip ? core::Result<void>() : clip.error();
  });
  if (!done) qFatal("%s", done.error().text().c_str());
}

void TestExportDialog::emptyTimelineCannotBeExported() {
  QVERIFY(!canExport());
  addClip();
  QVERIFY(canExport());
}

void TestExportDialog::missingFolderIsSaid() {
  addClip();
  m_dialog->setPath(m_fixture->path(QStringLiteral("not/there/film.mp4")));
  QVERIFY(!canExport());
  m_dialog->setPath({});
  QVERIFY(!canExport());
}

void TestExportDialog::jobHoldsTheTimelineByValue() {
  addClip();
  QSignalSpy submitted(m_dialog.get(), &ExportDialog::submitted);
  m_dialog->submit();
  QCOMPARE(submitted.count(), 1);
  const core::JobRecord* job = m_fixture->client().job(submitted[0][0].toString().toStdString());
  QVERIFY(job);
  QCOMPARE(job->spec.kind, core::JobKind::Export);
  QCOMPARE(job->spec.credits, 0);
  const auto copy = project::fromJson(job->spec.exportSpec.projectJson, job->spec.exportSpec.projectDir);
  QVERIFY(copy.ok());
  QVERIFY(copy->timeline == m_fixture->document().project().timeline);
}

void TestExportDialog::exportsTheMarkedRange() {
  addClip();
  QCOMPARE(m_dialog->job().exportSpec.toFrame, 120);
  m_dialog->setMarkedRange(std::pair<qint64, qint64>(24, 72));
  QCOMPARE(m_dialog->job().exportSpec.fromFrame, 24);
  QCOMPARE(m_dialog->job().exportSpec.toFrame, 72);
  m_dialog->setMarkedRange(std::nullopt);
  QCOMPARE(m_dialog->job().exportSpec.fromFrame, 0);
}

void TestExportDialog::addsTheSuffix() {
  m_dialog->setPath(m_fixture->path(QStringLiteral("film")));
  QVERIFY(m_dialog->path().endsWith(QStringLiteral("film.mp4")));
}

void TestExportDialog::estimatesTheFilesSize() {
  addClip();
  const project::Project& project = m_fixture->document().project();
  const core::Size full{1280, 720};
  QCOMPARE(exporting::estimateBytes(project, 0, 120, full, 17), 0.0);  // there is no such file
  QFile file(m_fixture->path(QStringLiteral("a.mp4")));
  QVERIFY(file.open(QIODevice::WriteOnly));
  QVERIFY(file.resize(5'000'000));
  QCOMPARE(exporting::estimateBytes(project, 0, 120, full, 17), 5e6);
  QCOMPARE(exporting::estimateBytes(project, 60, 120, full, 17), 2.5e6);
  QCOMPARE(exporting::estimateBytes(project, 0, 120, full, 23), 2.5e6);
  QCOMPARE(exporting::estimateBytes(project, 120, 240, full, 17), 0.0);
  const double half = exporting::estimateBytes(project, 0, 120, {640, 360}, 17);
  QVERIFY(half > 5e6 / 4 && half < 5e6);
}

void TestExportDialog::tellsTheSizeThatIsWritten() {
  addClip();
  QVERIFY(m_fixture->document()
              .edit(QStringLiteral("small"),
                    [](project::Project& p) {
                      p.size = {640, 360};
                      return core::Result<void>();
                    })
              .ok());
  const auto shown = [this](const QString& text) {
    for (const QLabel* label : m_dialog->findChildren<QLabel*>()) {
      if (label->text().contains(text)) return true;
    }
    return false;
  };
  auto* preset = m_dialog->findChild<QComboBox*>();
  for (int i = 0; i < preset->count(); ++i) {
    preset->setCurrentIndex(i);  // none makes a film larger than it is
    QVERIFY2(shown(QStringLiteral("640×360")), qPrintable(preset->itemText(i)));
  }
}

QTEST_MAIN(TestExportDialog)
#include "tst_export_dialog.moc"
