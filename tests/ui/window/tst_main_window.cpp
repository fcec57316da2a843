// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractButton>
#include <QAction>
#include <QDir>
#include <QDragEnterEvent>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QTextEdit>
#include <QToolButton>
#include <QUndoStack>
#include <QUrl>
#include <algorithm>

#include "tests/engine/models/model_folder.h"
#include "tests/ui/window/window_test.h"
#include "ui/create/control_section.h"
#include "ui/create/create_panel.h"
#include "ui/export/export_dialog.h"
#include "ui/library/library_panel.h"
#include "ui/models_panel/models_dialog.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/toast.h"
#include "ui/window/action_set.h"
#include "ui/window/drop_router.h"
#include "ui/window/notice_bar.h"
#include "ui/window/status_bar.h"

using namespace kinora;
using window::ActionId;

namespace {

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

class TestMainWindow : public test::WindowTest {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init() { open(); }
  void cleanup() { m_studio.reset(); }
  void generateLandsInLibraryAndTimelineAndIsUndone();
  void saveAndReopenGivesTheSame();
  void singleKeysArePlainTextInFields();
  void escapeLeavesAField();
  void shortcutsAreUnique();
  void languageChangesAtOnce();
  void nothingIsTruncated_data();
  void nothingIsTruncated();
  void controlFitsIntoTheForm_data() { nothingIsTruncated_data(); }
  void controlFitsIntoTheForm();
  void modelsAreManagedFromMenuAndForm_data() { nothingIsTruncated_data(); }
  void modelsAreManagedFromMenuAndForm();
  void themeIsRemembered();
  void workspacesShowAndHideCreate();
  void exportGoesIntoTheQueue();
  void whatIsInMemoryIsShownAndFreed();
  void anOwnPromptComesBackAfterAnExample();
  void everyActionHasATextAndEveryControlAName();
};

void TestMainWindow::generateLandsInLibraryAndTimelineAndIsUndone() {
  m_studio->startQueue(test::makesClips({256, 144}));
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

void TestMainWindow::singleKeysArePlainTextInFields() {
  addClip();
  m_studio->document().setPlayhead(60);
  window::MainWindow& window = m_studio->window();
  window.activateWindow();
  window.createPanel().focusPrompt();
  auto* prompt = qobject_cast<QTextEdit*>(QApplication::focusWidget());
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
  // What a field has open closes first.
  window.createPanel().focusPrompt();
  QWidget* field = QApplication::focusWidget();
  field->setProperty("keepsEscape", true);
  QTest::keyClick(field, Qt::Key_Escape);
  QCOMPARE(QApplication::focusWidget(), field);
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

void TestMainWindow::controlFitsIntoTheForm() {
  QFETCH(QString, language);
  m_studio->language().setCode(language);
  test::ModelFiles::vace().write(m_studio->path(QStringLiteral("models/vace")).toStdString());
  models::ModelCatalogue catalogue = m_studio->models();
  QVERIFY(catalogue.rescan());
  create::CreatePanel& form = m_studio->window().createPanel();
  form.reloadModels();
  core::GenerationRequest recipe;
  recipe.prompt = "A dancer";
  recipe.references = {m_studio->makePicture(QStringLiteral("dancer.png")).toStdString()};
  form.setRequest(recipe);
  const auto* section = form.findChild<create::ControlSection*>();
  QVERIFY(section && section->isVisible());
  QStringList found;
  const auto fits = [&] {
    found = truncatedTexts(form);
    return found.isEmpty();
  };
  QVERIFY2(QTest::qWaitFor(fits, 5000), qPrintable(found.join(QStringLiteral(" | "))));
  QTRY_VERIFY2(form.outlook().canStart(), qPrintable(form.outlook().reason()));
  m_studio->startQueue(test::makesClips({256, 144}));
  form.generate();
  QTRY_COMPARE(m_studio->client().jobs().size(), std::size_t(1));
  const core::GenerationRequest& ordered = m_studio->client().jobs().front().spec.request;
  QVERIFY(ordered.references == recipe.references);
  QCOMPARE(ordered.model, std::string("vace"));
}

void TestMainWindow::modelsAreManagedFromMenuAndForm() {
  QFETCH(QString, language);
  m_studio->language().setCode(language);
  trigger(ActionId::ShowModels);
  models_panel::ModelsDialog* dialog = m_studio->window().modelsDialog();
  QVERIFY(dialog && dialog->isVisible());
  QVERIFY(dialog->card(QStringLiteral("mini")));
  const QString title = language == QStringLiteral("en") ? QStringLiteral("Models") : QStringLiteral("模型");
  QTRY_COMPARE(dialog->windowTitle(), title);
  QStringList found;
  const auto fits = [&] {
    found = truncatedTexts(*dialog);
    return found.isEmpty();
  };
  QVERIFY2(QTest::qWaitFor(fits, 5000), qPrintable(found.join(QStringLiteral(" | "))));
  for (const auto mode : {widgets::Theme::Mode::Dark, widgets::Theme::Mode::Light}) {
    m_studio->theme().setMode(mode);
    test::shot(*dialog, QStringLiteral("models-%1-%2").arg(language).arg(static_cast<int>(mode)));
  }
  dialog->close();
  QTRY_VERIFY(!m_studio->window().modelsDialog());
  m_studio->window().createPanel().findChild<QPushButton*>(QStringLiteral("manageModels"))->click();
  QVERIFY(m_studio->window().modelsDialog());
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

void TestMainWindow::whatIsInMemoryIsShownAndFreed() {
  window::StatusBar& status = m_studio->window().status();
  const auto shows = [&](const QString& words) {
    const auto buttons = status.findChildren<QToolButton*>();
    return std::any_of(buttons.begin(), buttons.end(),
                       [&](const QToolButton* button) { return button->text().contains(words); });
  };
  const auto choices = [&](QMenu& menu) {
    status.fillModelMenu(menu);
    QStringList texts;
    for (const QAction* action : menu.actions()) {
      if (!action->isSeparator()) texts << action->text();
    }
    return texts;
  };
  QVERIFY(shows(QStringLiteral("No model loaded")));
  QMenu empty;
  QCOMPARE(choices(empty).size(), 2);
  QVERIFY(!empty.actions().last()->isEnabled());

  // What a job has loaded shows when it ends.
  m_studio->startQueue([studio = m_studio.get()](const core::JobId&, const core::JobSpec&, const jobs::JobCallbacks&,
                                                 std::stop_token) -> core::Result<core::JobOutcome> {
    studio->memory().load({"mini", {{"transformer", 15 << 20}, {"vae", 9 << 20}}});
    return core::Error{core::ErrorCode::OutOfMemory, "too big", "decode"};
  });
  QVERIFY(m_studio->client().submit({}).ok());
  QTRY_VERIFY(shows(QStringLiteral("24 MB")));
  QMenu menu;
  const QStringList texts = choices(menu);
  QCOMPARE(texts.size(), 4);
  QVERIFY2(texts[0].contains(QStringLiteral("15 MB")), qPrintable(texts[0]));
  menu.actions().last()->trigger();
  QTRY_VERIFY(shows(QStringLiteral("No model loaded")));

  // Not kept: freed at once, and remembered.
  m_studio->memory().load({"mini", {{"vae", 9 << 20}}});
  m_studio->client().refreshResident();
  QMenu again;
  choices(again);
  QAction* keep = again.actions()[again.actions().size() - 2];
  QVERIFY(keep->isChecked());
  keep->trigger();
  QVERIFY(!m_studio->memory().keeps());
  QVERIFY(!QSettings().value(window::kKeepModelsSetting).toBool());
  QTRY_VERIFY(shows(QStringLiteral("No model loaded")));
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

void TestMainWindow::anOwnPromptComesBackAfterAnExample() {
  window::MainWindow& window = m_studio->window();
  create::CreatePanel& panel = window.createPanel();
  core::GenerationRequest request;
  request.prompt = "my own words";
  panel.setRequest(request);
  request.prompt = "an example's words";
  panel.loadExample(request);
  QCOMPARE(panel.state().request.prompt, std::string("an example's words"));
  QVERIFY(window.toast().isVisible());
  QVERIFY(!window.toast().actionText().isEmpty());
  window.toast().findChild<QPushButton*>()->click();
  QCOMPARE(panel.state().request.prompt, std::string("my own words"));
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
