// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractButton>
#include <QAction>
#include <QDir>
#include <QDragEnterEvent>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>
#include <QUrl>

#include "tests/support/scenes.h"
#include "tests/support/studio_fixture.h"
#include "ui/create/create_panel.h"
#include "ui/export/export_dialog.h"
#include "ui/library/library_panel.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/toast.h"
#include "ui/window/action_set.h"
#include "ui/window/drop_router.h"
#include "ui/window/notice_bar.h"

using namespace kinora;
using window::ActionId;

namespace {

jobs::JobRunner makesClips(QSize size) {
  return [size](const core::JobId&, const core::JobSpec& spec, const jobs::JobCallbacks&,
                std::stop_token) -> core::Result<core::JobOutcome> {
    core::JobOutcome outcome;
    const QString file = QString::fromStdString(spec.output);
    QDir().mkpath(QFileInfo(file).absolutePath());
    if (!test::drawScene(test::Scene::Hills, size, 0.5).save(file, "PNG")) {
      return core::Error{core::ErrorCode::NotWritable, "cannot write", spec.output};
    }
    outcome.clip.path = spec.output;
    outcome.clip.size = {size.width(), size.height()};
    outcome.clip.frames = 120;
    outcome.clip.fps = core::Rational(24);
    outcome.clip.duration = core::Rational(5);
    return outcome;
  };
}

/// Texts that do not fit their widgets, for the message.
QStringList truncatedTexts(const QWidget& window) {
  QStringList found;
  for (const QLabel* label : window.findChildren<QLabel*>()) {
    if (!label->isVisible() || label->text().isEmpty() || qobject_cast<const widgets::ElidedLabel*>(label)) continue;
    const bool fits = label->wordWrap() ? label->heightForWidth(label->width()) <= label->height()
                                        : label->sizeHint().width() <= label->width();
    if (!fits) found << label->text();
  }
  for (const QAbstractButton* button : window.findChildren<QAbstractButton*>()) {
    if (button->isVisible() && !button->text().isEmpty() && button->sizeHint().width() > button->width()) {
      found << button->text();
    }
  }
  return found;
}

}  // namespace

class TestMainWindow : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init();
  void cleanup() { m_studio.reset(); }
  void generateLandsInLibraryAndTimelineAndIsUndone();
  void saveAndReopenGivesTheSame();
  void askingBeforeLosingWork();
  void droppedPictureBecomesTheStartFrame();
  void droppedVideoIsImported();
  void droppedProjectOpensAfterAsking();
  void singleKeysArePlainTextInFields();
  void escapeLeavesAField();
  void shortcutsAreUnique();
  void languageChangesAtOnce();
  void nothingIsTruncated_data();
  void nothingIsTruncated();
  void themeIsRemembered();
  void workspacesShowAndHideCreate();
  void exportGoesIntoTheQueue();
  void closingWhileJobsRunAsks();
  void lostWorkIsOffered();
  void everyActionHasATextAndEveryControlAName();

 private:
  void trigger(ActionId id) { m_studio->window().actionSet().get(id)->trigger(); }
  void drop(const QStringList& files);
  const project::Project& project() const { return m_studio->document().project(); }
  void addClip();

  std::unique_ptr<test::StudioFixture> m_studio;
};

void TestMainWindow::init() {
  m_studio = std::make_unique<test::StudioFixture>();
  m_studio->window().resize(1280, 720);
  m_studio->window().show();
  QVERIFY(QTest::qWaitForWindowExposed(&m_studio->window()));
  m_studio->window().openAtStart({});
}

void TestMainWindow::drop(const QStringList& files) {
  QMimeData mime;
  QList<QUrl> urls;
  for (const QString& file : files) urls << QUrl::fromLocalFile(file);
  mime.setUrls(urls);
  const QPoint middle = m_studio->window().rect().center();
  QDragEnterEvent enter(middle, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&m_studio->window(), &enter);
  QVERIFY(enter.isAccepted());
  QDropEvent event(QPointF(middle), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&m_studio->window(), &event);
}

void TestMainWindow::addClip() {
  m_studio->startQueue(makesClips({256, 144}));
  core::Plan plan;
  plan.request.prompt = "a yellow balloon";
  plan.request.seed = 7;
  plan.outputFrames = 120;
  plan.outputFps = core::Rational(24);
  m_studio->window().generate(plan, 1, false);
  QTRY_COMPARE(project().timeline.length(), 120);
}

void TestMainWindow::generateLandsInLibraryAndTimelineAndIsUndone() {
  m_studio->startQueue(makesClips({256, 144}));
  QTRY_VERIFY(m_studio->window().createPanel().outlook().canStart());
  trigger(ActionId::Generate);
  QTRY_COMPARE(project().assets.size(), std::size_t(1));
  QCOMPARE(project().timeline.tracks[0].clips.size(), std::size_t(1));
  QCOMPARE(project().timeline.tracks[0].clips[0].start, 0);
  QVERIFY(project().assets[0].generated);
  QCOMPARE(m_studio->window().toast().actionText(), QStringLiteral("Undo"));
  m_studio->document().undoStack()->undo();
  QVERIFY(project().assets.empty());
  QCOMPARE(project().timeline.length(), 0);
  trigger(ActionId::Redo);
  QCOMPARE(project().assets.size(), std::size_t(1));
}

void TestMainWindow::saveAndReopenGivesTheSame() {
  addClip();
  m_studio->answers().save = m_studio->path(QStringLiteral("film.kinora"));
  trigger(ActionId::Save);
  QVERIFY(!m_studio->document().isModified());
  QVERIFY(QFile::exists(m_studio->answers().save));
  const project::Project before = project();
  trigger(ActionId::NewProject);
  QCOMPARE(project().timeline.length(), 0);
  m_studio->answers().open = m_studio->answers().save;
  trigger(ActionId::OpenProject);
  QVERIFY(project() == before);
  QCOMPARE(m_studio->files().recent().value(0), m_studio->answers().save);
}

void TestMainWindow::askingBeforeLosingWork() {
  addClip();
  m_studio->answers().unsaved = window::Questions::Unsaved::Cancel;
  trigger(ActionId::NewProject);
  QCOMPARE(m_studio->answers().asked, 1);
  QCOMPARE(project().timeline.length(), 120);
  m_studio->answers().unsaved = window::Questions::Unsaved::Discard;
  trigger(ActionId::NewProject);
  QCOMPARE(project().timeline.length(), 0);
}

void TestMainWindow::droppedPictureBecomesTheStartFrame() {
  const QString picture = m_studio->makePicture(QStringLiteral("photo.png"));
  drop({picture});
  QTRY_COMPARE(QString::fromStdString(m_studio->window().createPanel().state().request.startImage), picture);
  QVERIFY(m_studio->window().createPanel().state().imageMode);
}

void TestMainWindow::droppedVideoIsImported() {
  const QString file = m_studio->path(QStringLiteral("waves.mp4"));
  core::ClipInfo info;
  info.path = file.toStdString();
  info.size = {1920, 1080};
  info.frames = 48;
  info.fps = core::Rational(24);
  info.duration = core::Rational(2);
  m_studio->media().addVideo(file, info);
  drop({file});
  QTRY_COMPARE(project().assets.size(), std::size_t(1));
  QCOMPARE(project().assets[0].name, std::string("waves.mp4"));
  QCOMPARE(project().timeline.length(), 0);
  drop({file});
  QTest::qWait(50);
  QCOMPARE(project().assets.size(), std::size_t(1));
  trigger(ActionId::Undo);
  QVERIFY(project().assets.empty());
}

void TestMainWindow::droppedProjectOpensAfterAsking() {
  addClip();
  m_studio->answers().save = m_studio->path(QStringLiteral("film.kinora"));
  trigger(ActionId::Save);
  trigger(ActionId::NewProject);
  drop({m_studio->answers().save});
  QCOMPARE(project().timeline.length(), 120);
}

void TestMainWindow::singleKeysArePlainTextInFields() {
  addClip();
  m_studio->document().setPlayhead(60);
  window::MainWindow& window = m_studio->window();
  window.activateWindow();
  window.createPanel().focusPrompt();
  auto* prompt = qobject_cast<QPlainTextEdit*>(QApplication::focusWidget());
  QVERIFY(prompt);
  prompt->clear();
  QTest::keyClicks(prompt, QStringLiteral("s x b"));
  QCOMPARE(prompt->toPlainText(), QStringLiteral("s x b"));
  QCOMPARE(project().timeline.tracks[0].clips.size(), std::size_t(1));
  window.timelinePanel().view().setFocus();
  QTest::keyClick(&window.timelinePanel().view(), Qt::Key_S);
  QCOMPARE(project().timeline.tracks[0].clips.size(), std::size_t(2));
}

void TestMainWindow::escapeLeavesAField() {
  window::MainWindow& window = m_studio->window();
  window.activateWindow();
  window.createPanel().focusPrompt();
  QVERIFY(QApplication::focusWidget());
  QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
  QCOMPARE(QApplication::focusWidget(), static_cast<QWidget*>(&window.timelinePanel().view()));
}

void TestMainWindow::shortcutsAreUnique() {
  QHash<QString, QString> used;
  for (const QAction* action : m_studio->window().actions()) {
    for (const QKeySequence& keys : action->shortcuts()) {
      const QString text = keys.toString();
      QVERIFY2(!text.isEmpty(), qPrintable(action->text()));
      QVERIFY2(!used.contains(text), qPrintable(text + QStringLiteral(": ") + action->text() + used.value(text)));
      used.insert(text, action->text());
    }
  }
  QVERIFY(used.size() > 60);
}

void TestMainWindow::languageChangesAtOnce() {
  m_studio->language().setCode(QStringLiteral("zh_CN"));
  QTRY_COMPARE(m_studio->window().actionSet().get(ActionId::Generate)->text(), QStringLiteral("生成"));
  QCOMPARE(QSettings().value(QStringLiteral("window/language")).toString(), QStringLiteral("zh_CN"));
  m_studio->language().setCode(QStringLiteral("en"));
  QTRY_COMPARE(m_studio->window().actionSet().get(ActionId::Generate)->text(), QStringLiteral("Generate"));
}

void TestMainWindow::nothingIsTruncated_data() {
  QTest::addColumn<QString>("language");
  QTest::newRow("English") << QStringLiteral("en");
  QTest::newRow("Chinese") << QStringLiteral("zh_CN");
}

void TestMainWindow::nothingIsTruncated() {
  QFETCH(QString, language);
  m_studio->fillWithDemo();
  m_studio->language().setCode(language);
  m_studio->window().resize(1280, 720);
  m_studio->window().panelLayout().reset();
  // Words, jobs and layouts arrive through the event loop.
  const QString generate = language == QStringLiteral("en") ? QStringLiteral("Generate") : QStringLiteral("生成");
  QTRY_COMPARE(m_studio->window().actionSet().get(ActionId::Generate)->text(), generate);
  QTRY_VERIFY(m_studio->client().isBusy());
  QStringList found;
  const auto fits = [&] {
    found = truncatedTexts(m_studio->window());
    return found.isEmpty();
  };
  const bool fitted = QTest::qWaitFor(fits, 5000);
  QVERIFY2(fitted, qPrintable(found.join(QStringLiteral(" | "))));
  test::shot(m_studio->window(), QStringLiteral("window-") + language);
}

void TestMainWindow::themeIsRemembered() {
  QAction* light = nullptr;
  for (QAction* action : m_studio->window().findChildren<QAction*>()) {
    if (action->text() == QStringLiteral("Light")) light = action;
  }
  QVERIFY(light);
  light->trigger();
  QVERIFY(!m_studio->theme().isDark());
  QCOMPARE(QSettings().value(QStringLiteral("window/theme")).toInt(), static_cast<int>(widgets::Theme::Mode::Light));
}

void TestMainWindow::workspacesShowAndHideCreate() {
  QVERIFY(m_studio->window().createPanel().isVisible());
  trigger(ActionId::WorkspaceEdit);
  QVERIFY(!m_studio->window().createPanel().isVisible());
  QVERIFY(m_studio->window().timelinePanel().isVisible());
  trigger(ActionId::WorkspaceCreate);
  QVERIFY(m_studio->window().createPanel().isVisible());
}

void TestMainWindow::exportGoesIntoTheQueue() {
  addClip();
  trigger(ActionId::Export);
  exporting::ExportDialog* dialog = m_studio->window().exportDialog();
  QVERIFY(dialog && dialog->isVisible() && !dialog->isModal());
  dialog->setPath(m_studio->path(QStringLiteral("out.mp4")));
  QSignalSpy submitted(dialog, &exporting::ExportDialog::submitted);
  dialog->submit();
  QCOMPARE(submitted.count(), 1);
  const core::JobRecord* job = m_studio->client().job(submitted[0][0].toString().toStdString());
  QVERIFY(job);
  QCOMPARE(job->spec.kind, core::JobKind::Export);
  QVERIFY(!job->spec.exportSpec.projectJson.empty());
}

void TestMainWindow::closingWhileJobsRunAsks() {
  m_studio->fillWithDemo();
  QTRY_VERIFY(m_studio->client().isBusy());
  m_studio->answers().running = window::Questions::Running::Stay;
  m_studio->window().close();
  QVERIFY(m_studio->window().isVisible());
  QCOMPARE(m_studio->answers().asked, 1);
  m_studio->answers().running = window::Questions::Running::CancelJobs;
  m_studio->answers().unsaved = window::Questions::Unsaved::Discard;
  m_studio->window().close();
  QVERIFY(!m_studio->window().isVisible());
}

void TestMainWindow::lostWorkIsOffered() {
  QVERIFY(!m_studio->window().notice().isVisible());
  // As a crash leaves it: a copy without the process that wrote it.
  project::Project lost = project::newProject();
  lost.name = "Lost film";
  {
    session::ProjectDocument document;
    session::Autosave autosave(document, m_studio->path(QStringLiteral("autosave")));
    document.open(lost, {});
    document.markModified();
    QVERIFY(document
                .edit(QStringLiteral("x"),
                      [](project::Project& p) -> core::Result<void> {
                        p.size = {720, 1280};
                        return {};
                      })
                .ok());
    autosave.flush();
  }
  m_studio->window().openAtStart({});
  QVERIFY(m_studio->window().notice().isVisible());
  m_studio->window().notice().yesButton()->click();
  QCOMPARE(project().name, std::string("Lost film"));
  QVERIFY(m_studio->document().isModified());
}

void TestMainWindow::everyActionHasATextAndEveryControlAName() {
  for (const QAction* action : m_studio->window().actions()) QVERIFY(!action->text().isEmpty());
  for (const QAbstractButton* button : m_studio->window().findChildren<QAbstractButton*>()) {
    if (!button->isVisible() || button->objectName().startsWith(QStringLiteral("qt_"))) continue;
    QVERIFY2(!button->accessibleName().isEmpty() || !button->text().isEmpty() || !button->toolTip().isEmpty(),
             button->metaObject()->className());
  }
}

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
