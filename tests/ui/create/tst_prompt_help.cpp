// SPDX-License-Identifier: GPL-3.0-or-later
// What a model's vocabulary and examples do in the Create panel: suggestions, the hint, the gallery.
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QInputMethodEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>
#include <cstdlib>
#include <memory>

#include "tests/engine/models/model_folder.h"
#include "tests/support/panel_fixture.h"
#include "ui/create/create_panel.h"
#include "ui/create/example_gallery.h"
#include "ui/create/example_thumb.h"
#include "ui/create/prompt_field.h"
#include "ui/create/seed_field.h"
#include "ui/widgets/fold_section.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/prompt_edit.h"
#include "ui/widgets/suggestion_popup.h"

using namespace kinora;
using namespace kinora::create;

namespace {

constexpr int kFrames = 4;

/// Frame n of the strip is one grey, 40 * (n + 1).
void writeStrip(const QString& file) {
  QImage strip(kFrames * 32, 18, QImage::Format_RGB888);
  QPainter painter(&strip);
  for (int n = 0; n < kFrames; ++n)
    painter.fillRect(n * 32, 0, 32, 18, QColor(40 * (n + 1), 40 * (n + 1), 40 * (n + 1)));
  painter.end();
  QVERIFY(strip.save(file));
}

void writeText(const QString& file, const std::string& text) {
  QFile out(file);
  QVERIFY(out.open(QIODevice::WriteOnly));
  out.write(text.c_str());
}

test::json example(const char* prompt, int seed, const char* language) {
  return {{"prompt", prompt},  {"seed", seed}, {"language", language}, {"strip", "examples/strip.png"},
          {"frames", kFrames}, {"fps", 30}};
}

}  // namespace

class TestPromptHelp : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_fixture = std::make_unique<test::UiFixture>(1000);
    writeModel("guided", true);
    writeModel("plain", false);
    models::ModelCatalogue catalogue = m_fixture->models();
    QVERIFY(catalogue.rescan());
    m_panel = std::make_unique<CreatePanel>(m_fixture->theme(), m_fixture->document(), m_fixture->client());
    m_panel->resize(340, 900);
    choose("guided");
    m_panel->show();
    m_panel->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_panel.get()));
    m_panel->focusPrompt();
  }
  void cleanup() {
    m_panel.reset();
    m_fixture.reset();
    QLocale::setDefault(QLocale(QLocale::English));
  }

  void phrasesAreSuggestedAndTakenByKeyboard() {
    type("a re");
    QCOMPARE(offered(), QStringList{QStringLiteral("red ball")});
    QCOMPARE(popup()->currentRow(), -1);
    press(Qt::Key_Down);
    QCOMPARE(popup()->currentRow(), 0);
    press(Qt::Key_Tab);
    QCOMPARE(text(), QStringLiteral("a red ball"));
    QVERIFY(prompt()->hasFocus());
    // A whole phrase is followed by what it does.
    QCOMPARE(offered().mid(0, 2), (QStringList{QStringLiteral("moves left"), QStringLiteral("moves right")}));
    press(Qt::Key_Down);
    press(Qt::Key_Down);
    press(Qt::Key_Return);
    QCOMPARE(text(), QStringLiteral("a red ball moves right"));
    prompt()->undo();
    QCOMPARE(text(), QStringLiteral("a red ball"));
  }

  void suggestionsFollowTheLanguageTyped() {
    type("a dog ");
    QCOMPARE(offered().value(0), QStringLiteral("moves left"));
    prompt()->clear();
    commit(QStringLiteral("红"));
    QCOMPARE(offered(), QStringList{QStringLiteral("红色的球")});
    press(Qt::Key_Down);
    press(Qt::Key_Enter);
    QCOMPARE(text(), QStringLiteral("红色的球"));
    QCOMPARE(offered().value(0), QStringLiteral("向左移动"));
  }

  void nothingChosenLeavesEveryKeyToTheField() {
    type("a re");
    press(Qt::Key_Return);
    QCOMPARE(text(), QStringLiteral("a re\n"));
    QVERIFY(!popup()->isVisible());
    type("re");
    QVERIFY(popup()->isVisible());
    press(Qt::Key_Tab);
    QVERIFY(!prompt()->hasFocus());
    QVERIFY(!popup()->isVisible());
    QCOMPARE(text(), QStringLiteral("a re\nre"));
  }

  void escClosesAndControlEnterGenerates() {
    type("a re");
    QVERIFY(prompt()->property("keepsEscape").toBool());
    press(Qt::Key_Escape);
    QVERIFY(!popup()->isVisible());
    QVERIFY(!prompt()->property("keepsEscape").toBool());
    QVERIFY(prompt()->hasFocus());
    type("d");
    QSignalSpy spy(m_panel.get(), &CreatePanel::generateRequested);
    press(Qt::Key_Down);
    QTest::keyClick(prompt(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(spy.count(), 1);
    QCOMPARE(text(), QStringLiteral("a red"));
    QVERIFY(!popup()->isVisible());
  }

  void upLeavesTheListAgain() {
    type("a dog ");
    press(Qt::Key_Down);
    press(Qt::Key_Up);
    QVERIFY(popup()->isVisible());
    QCOMPARE(popup()->currentRow(), -1);
    press(Qt::Key_Up);
    QVERIFY(!popup()->isVisible());
  }

  void aClickTakesASuggestion() {
    type("a dog ");
    const QRect row = popup()->visualItemRect(popup()->item(1));
    QTest::mouseClick(popup()->viewport(), Qt::LeftButton, {}, row.center());
    QCOMPARE(text(), QStringLiteral("a dog moves right"));
    QVERIFY(prompt()->hasFocus());
  }

  void nothingPopsUpWhileAnInputMethodComposes() {
    compose(QStringLiteral("hong"));
    QVERIFY(!popup()->isVisible());
    commit(QStringLiteral("红"));
    QVERIFY(popup()->isVisible());
    compose(QStringLiteral("se"));
    QVERIFY(!popup()->isVisible());
  }

  void textThatNobodyTypedSuggestsNothing() {
    prompt()->setPlainText(QStringLiteral("a re"));
    QVERIFY(!popup()->isVisible());
    type("x");
    QVERIFY(!popup()->isVisible());
    press(Qt::Key_Backspace);  // the cursor stands at the beginning: "a re" is behind it
    QVERIFY(!popup()->isVisible());
  }

  void theListStaysInTheWindowAndTheField() {
    type("a dog ");
    const QRect window = m_panel->rect();
    QVERIFY(window.contains(popup()->geometry()));
    QVERIFY(popup()->width() <= prompt()->width());
    QVERIFY(popup()->viewport()->width() >= popup()->sizeHintForColumn(0));  // nothing is cut off
    QCOMPARE(popup()->height() >= popup()->count() * 28, true);
    // The field becomes wider: the list goes with it.
    m_panel->resize(400, 900);
    QTRY_VERIFY(prompt()->width() > 340);
    QVERIFY(popup()->isVisible());
    m_panel->resize(340, 360);
    m_panel->focusPrompt();
    type("re");
    QVERIFY(popup()->isVisible());
    QVERIFY(popup()->geometry().bottom() <= m_panel->height());
  }

  void aPromptFarOutsideGetsAHintAndCanStart() {
    type("a dragon plays a guitar");
    QTRY_VERIFY(hint() != nullptr);
    QVERIFY(hint()->text().contains(QStringLiteral("Guided")));
    QVERIFY(hint()->text().contains(QStringLiteral("dragon, plays, guitar")));
    QVERIFY(hint()->text().contains(QStringLiteral("examples")));
    QVERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
    QVERIFY(!prompt()->property("fault").toBool());
    // It goes with the words, and with the model.
    prompt()->setPlainText(QStringLiteral("the dog moves left on the beach with a dragon"));
    QVERIFY(!hint());
    prompt()->setPlainText(QStringLiteral("吉他"));
    QTRY_VERIFY(hint() != nullptr);
    choose("plain");
    QVERIFY(!hint());
  }

  void anExampleFillsTheFormAndAnOwnPromptCanComeBack() {
    QVERIFY(gallery()->isVisible());
    QVERIFY(gallery()->isOpen());
    QSignalSpy spy(m_panel.get(), &CreatePanel::exampleLoaded);
    thumb(0)->click();
    QCOMPARE(text(), QStringLiteral("a red ball moves left"));
    QCOMPARE(m_panel->state().request.seed.value_or(0), 7ULL);
    QVERIFY(m_panel->state().seedLocked);
    QCOMPARE(m_panel->state().request.model, std::string("guided"));
    QVERIFY(m_panel->outlook().canStart());
    QCOMPARE(spy.count(), 0);  // nothing of the user's was replaced
    QVERIFY(gallery()->isOpen());

    prompt()->setPlainText(QStringLiteral("my own words"));
    QVERIFY(!gallery()->isOpen());
    fold()->setExpanded(true);
    const CreateState before = m_panel->state();
    thumb(1)->click();
    QCOMPARE(spy.count(), 1);
    QVERIFY(m_panel->state().imageMode);
    QCOMPARE(m_panel->state().request.startImage, path("models/guided/examples/start.png").toStdString());
    m_panel->takeBackExample();
    QVERIFY(m_panel->state() == before);
    m_panel->takeBackExample();  // once
    QVERIFY(m_panel->state() == before);
    QVERIFY(gallery()->isOpen());  // by hand
  }

  void thumbnailsMoveWhileTheyAreSeen() {
    ExampleThumb* first = thumb(0);
    QTRY_VERIFY(first->isLoaded());
    QTRY_VERIFY(first->isMoving());
    const int frame = first->frame();
    QTRY_VERIFY(first->frame() != frame);
    const int shown = first->frame();
    const QColor grey = first->grab().toImage().pixelColor(first->rect().center());
    QVERIFY(shown == first->frame() && std::abs(grey.red() - 40 * (shown + 1)) <= 2);
    fold()->setExpanded(false);
    QVERIFY(!first->isMoving());
    fold()->setExpanded(true);
    QVERIFY(first->isMoving());
  }

  void theGalleryTurnsItsPages() {
    QCOMPARE(gallery()->shown().size(), std::size_t{3});
    ExampleThumb* last = gallery()->shown().back();
    auto* on = gallery()->findChildren<widgets::IconButton*>().at(1);
    QVERIFY(on->isVisible());
    on->click();
    QCOMPARE(gallery()->shown().size(), std::size_t{3});  // filled up
    QVERIFY(gallery()->shown().at(1) == last);
    QVERIFY(gallery()->shown().back()->isVisible());
    on->click();
    QVERIFY(gallery()->shown().back() == last);
  }

  void thoseOfTheWindowsLanguageComeFirst() {
    QCOMPARE(thumb(0)->toolTip(), QStringLiteral("a red ball moves left"));
    QLocale::setDefault(QLocale(QLocale::Chinese));
    QEvent change(QEvent::LanguageChange);
    QApplication::sendEvent(m_panel.get(), &change);
    QCOMPARE(thumb(0)->accessibleName(), QStringLiteral("红色的球向左移动"));
  }

  void aModelWithoutThemShowsNothing() {
    choose("plain");
    QVERIFY(!gallery()->isVisible());
    type("a re");
    QVERIFY(!popup()->isVisible());
  }

  void brokenFilesAreAsNone() {
    writeText(path("models/guided/vocabulary.json"), "{");
    writeText(path("models/guided/examples.json"), "[]");
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("vocabulary.json")));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("examples.json")));
    m_panel->reloadModels();
    QVERIFY(!gallery()->isVisible());
    type("a re");
    QVERIFY(!popup()->isVisible());
    QVERIFY(m_panel->outlook().canStart());
  }

  void everyThumbnailIsReachedByKeyboard() {
    for (const ExampleThumb* one : gallery()->shown()) {
      QVERIFY(one->focusPolicy() & Qt::TabFocus);
      QVERIFY(!one->accessibleName().isEmpty());
    }
    // After the prompt: heading, arrows, examples; a change of language makes them anew.
    QEvent change(QEvent::LanguageChange);
    QApplication::sendEvent(m_panel.get(), &change);
    m_panel->focusPrompt();
    for (int i = 0; i < 4; ++i) QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QVERIFY(thumb(0)->hasFocus());
    QTest::keyClick(thumb(0), Qt::Key_Space);
    QCOMPARE(text(), QStringLiteral("a red ball moves left"));
    test::shot(*m_panel, QStringLiteral("create-examples"));
  }

 private:
  void writeModel(const char* id, bool guided) {
    const QString folder = path("models/") + QLatin1String(id);
    test::ModelFiles().write(folder.toStdString());
    if (!guided) return;
    writeText(folder + QStringLiteral("/kinora.json"), R"({"format":"kinora-model","version":2,"name":"Guided"})");
    QVERIFY(QFile::copy(QStringLiteral(KINORA_SOURCE_DIR "/tests/data/vocabulary/vocabulary.json"),
                        folder + QStringLiteral("/vocabulary.json")));
    QDir(folder).mkpath(QStringLiteral("examples"));
    writeStrip(folder + QStringLiteral("/examples/strip.png"));
    writeStrip(folder + QStringLiteral("/examples/start.png"));
    test::json photo = example("the camera zooms in", 8, "en");
    photo["picture"] = "examples/start.png";
    const test::json root{{"format", "kinora-examples"},
                          {"version", 1},
                          {"examples",
                           {example("a red ball moves left", 7, "en"), photo, example("红色的球向左移动", 9, "zh"),
                            example("a cat rises", 10, "en")}}};
    writeText(folder + QStringLiteral("/examples.json"), root.dump());
  }
  void choose(const char* model) {
    core::GenerationRequest request = m_panel->state().request;
    request.model = model;
    m_panel->setRequest(request);
  }
  void type(const char* keys) { QTest::keyClicks(prompt(), QLatin1String(keys)); }
  void press(Qt::Key key) { QTest::keyClick(prompt(), key); }
  void compose(const QString& preedit) {
    QInputMethodEvent event(preedit, {});
    QApplication::sendEvent(prompt(), &event);
  }
  void commit(const QString& words) {
    QInputMethodEvent event;
    event.setCommitString(words);
    QApplication::sendEvent(prompt(), &event);
  }
  QString path(const char* name) const { return m_fixture->path(QLatin1String(name)); }
  QString text() const { return prompt()->toPlainText(); }
  widgets::PromptEdit* prompt() const { return m_panel->findChild<PromptField*>()->edit(); }
  widgets::SuggestionPopup* popup() const { return m_panel->findChild<widgets::SuggestionPopup*>(); }
  QStringList offered() const {
    QStringList texts;
    for (int i = 0; popup()->isVisible() && i < popup()->count(); ++i) texts << popup()->item(i)->text();
    return texts;
  }
  /// The line below the prompt; nullptr while it is hidden.
  QLabel* hint() const {
    for (QLabel* label : m_panel->findChild<PromptField*>()->findChildren<QLabel*>()) {
      if (label->wordWrap() && label->isVisible()) return label;
    }
    return nullptr;
  }
  ExampleGallery* gallery() const { return m_panel->findChild<ExampleGallery*>(); }
  widgets::FoldSection* fold() const { return gallery()->findChild<widgets::FoldSection*>(); }
  ExampleThumb* thumb(std::size_t index) const { return gallery()->shown().at(index); }

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<CreatePanel> m_panel;
};

QTEST_MAIN(TestPromptHelp)
#include "tst_prompt_help.moc"
