// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QTranslator>
#include <QUrl>
#include <memory>

#include "tests/support/panel_fixture.h"
#include "ui/create/create_panel.h"
#include "ui/create/edition_card.h"
#include "ui/create/edition_picker.h"
#include "ui/create/seed_field.h"
#include "ui/widgets/action_button.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/fold_section.h"
#include "ui/widgets/picture_slot.h"
#include "ui/widgets/prompt_edit.h"
#include "ui/widgets/segmented_control.h"

using namespace kinora;
using namespace kinora::create;

namespace {

/// Translates every text into itself between brackets, so that a test sees what passed through tr().
class Brackets : public QTranslator {
 public:
  bool isEmpty() const override { return false; }
  QString translate(const char*, const char* source, const char*, int) const override {
    return QLatin1Char('[') + QString::fromUtf8(source) + QLatin1Char(']');
  }
};

bool drop(QWidget& widget, const QMimeData& mime) {
  const QPoint middle = widget.rect().center();
  QDragEnterEvent enter(middle, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&widget, &enter);
  if (!enter.isAccepted()) return false;
  QDropEvent event(middle, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&widget, &event);
  return event.isAccepted();
}

}  // namespace

class TestCreatePanel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qRegisterMetaType<core::GenerationRequest>();
    qRegisterMetaType<core::Plan>();
  }
  void init() { make(1000); }
  void cleanup() {
    m_panel.reset();
    m_fixture.reset();
  }

  void beginsWithAFreeDraftFromText() {
    QVERIFY(!m_panel->state().imageMode);
    QVERIFY(m_panel->state().request.edition.empty());
    QVERIFY(!m_panel->outlook().canStart());
    QVERIFY(!generateButton()->isEnabled());
    QCOMPARE(generateButton()->toolTip(), m_panel->outlook().missing);
    prompt()->setPlainText(QStringLiteral("A red car"));
    QVERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
    QVERIFY(generateButton()->isEnabled());
    QVERIFY(generateButton()->detail().contains(QStringLiteral("free")));
  }

  void generateCarriesRequestPlanAndVariants() {
    prompt()->setPlainText(QStringLiteral("A red car"));
    combo("Variants")->setCurrentIndex(2);
    const std::uint64_t seed = m_panel->findChild<SeedField*>()->seed();
    int calls = 0;
    connect(m_panel.get(), &CreatePanel::generateRequested, this,
            [&](const core::GenerationRequest& request, const core::Plan& plan, int variants, bool atFront) {
              ++calls;
              QCOMPARE(request.prompt, std::string("A red car"));
              QVERIFY(request.seed && *request.seed == seed);
              QVERIFY(plan.request.steps > 0);
              QVERIFY(!plan.request.model.empty());
              QCOMPARE(plan.outputSize.width > 0, true);
              QCOMPARE(variants, 3);
              QVERIFY(atFront);
            });
    QTest::keyClick(prompt(), Qt::Key_Return, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(calls, 1);
    QCOMPARE(prompt()->toPlainText(), QStringLiteral("A red car"));
  }

  void anUnlockedSeedMovesOnAndALockedOneStays() {
    prompt()->setPlainText(QStringLiteral("A red car"));
    auto* seed = m_panel->findChild<SeedField*>();
    seed->setSeed(5000000);  // out of the dice's range
    m_panel->generate();
    QVERIFY(seed->seed() != 5000000);
    seed->setSeed(5000000);
    seed->setLocked(true);
    m_panel->generate();
    QCOMPARE(seed->seed(), 5000000ULL);
  }

  void aDroppedPictureBecomesTheStartFrameOfStandard() {
    const QString file = m_fixture->makePicture(QStringLiteral("beach.png"), {900, 600});
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(file)});
    QVERIFY(drop(*m_panel, mime));
    QVERIFY(m_panel->state().imageMode);
    QCOMPARE(m_panel->state().request.edition, std::string("standard"));
    QCOMPARE(m_panel->state().request.quality, std::string("720p"));
    QTRY_VERIFY(!slot(0)->picture().isNull());
    QTRY_VERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
    QCOMPARE(m_panel->outlook().plan.credits, 20);
    QVERIFY(generateButton()->detail().contains(QStringLiteral("20 credits")));
    QCOMPARE(combo("Aspect")->currentText(), QStringLiteral("Auto 3:2"));
    combo("Length")->setCurrentIndex(1);
    combo("Variants")->setCurrentIndex(1);
    QVERIFY(generateButton()->detail().contains(QStringLiteral("80 credits")));
  }

  void aPastedPictureIsWrittenAndUsed() {
    QImage image(320, 200, QImage::Format_RGB888);
    image.fill(Qt::blue);
    QApplication::clipboard()->setImage(image);
    QTest::keyClick(prompt(), Qt::Key_V, Qt::ControlModifier);
    QVERIFY(m_panel->state().imageMode);
    QTRY_VERIFY(!slot(0)->picture().isNull());
    const QString file = QString::fromStdString(m_panel->state().request.startImage);
    QVERIFY(file.endsWith(QStringLiteral(".png")));
    QCOMPARE(QImage(file).pixelColor(3, 3), QColor(Qt::blue));
    QVERIFY(prompt()->toPlainText().isEmpty());
  }

  void theEndSlotSaysWhichEditionItIsFor() {
    addStart();
    QVERIFY(slot(1)->isBlocked());
    QVERIFY(!slot(1)->toolTip().isEmpty());
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(m_fixture->makePicture(QStringLiteral("end.png")))});
    QVERIFY(!drop(*slot(1), mime));
    core::GenerationRequest picture;
    picture.startImage = "picture.png";
    const core::ModelInfo* model = m_fixture->models().firstFor(picture);
    picker()->card("standard", "1080p")->click();
    QCOMPARE(slot(1)->isBlocked(), !model->endFrame);
  }

  void anUnreadablePictureIsAFaultBesideTheSlot() {
    const QString file = m_fixture->path(QStringLiteral("broken.png"));
    QFile out(file);
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write("no picture");
    out.close();
    m_panel->setStartImage(file);
    QTRY_VERIFY(m_panel->outlook().faults.count("startImage") == 1);
    QVERIFY(!generateButton()->isEnabled());
    const QString fault = m_panel->outlook().faults.at("startImage");
    QVERIFY(shownLabel(fault));
    // A good one mends it.
    m_panel->setStartImage(m_fixture->makePicture(QStringLiteral("good.png")));
    QTRY_VERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
    QVERIFY(!shownLabel(fault));
  }

  void aLongPromptIsCountedAndRefused() {
    prompt()->setPlainText(QString(2500, QLatin1Char('a')));
    QVERIFY(shownLabel(QStringLiteral("2500 / 2500")));
    QVERIFY(m_panel->outlook().canStart());
    prompt()->setPlainText(QString::fromUtf8("😀").repeated(2501));
    QVERIFY(shownLabel(QStringLiteral("2501 / 2500")));
    QVERIFY(m_panel->outlook().faults.count("prompt") == 1);
    QVERIFY(shownLabel(m_panel->outlook().faults.at("prompt")));
    QVERIFY(!generateButton()->isEnabled());
    QSignalSpy spy(m_panel.get(), &CreatePanel::generateRequested);
    m_panel->generate();
    QCOMPARE(spy.count(), 0);
  }

  void creditsThatDoNotSufficeAreSaidWithTheBalance() {
    make(30);
    addStart();
    QVERIFY(m_panel->outlook().canStart());
    combo("Variants")->setCurrentIndex(1);
    QVERIFY(!generateButton()->isEnabled());
    const QString reason = m_panel->outlook().credits;
    QVERIFY(reason.contains(QStringLiteral("40")) && reason.contains(QStringLiteral("30")));
    QVERIFY(shownLabel(reason));
    QCOMPARE(generateButton()->toolTip(), reason);
    QVERIFY(m_fixture->client().grant(100, QStringLiteral("test")).ok());
    QTRY_VERIFY(generateButton()->isEnabled());
  }

  void modesKeepTheirEditionsAndMasterStays() {
    addStart();
    QCOMPARE(m_panel->state().request.edition, std::string("standard"));
    mode()->setCurrentIndex(0);
    QVERIFY(m_panel->state().request.edition.empty());
    mode()->setCurrentIndex(1);
    QCOMPARE(m_panel->state().request.edition, std::string("standard"));
    picker()->card("master", "1080p")->click();
    mode()->setCurrentIndex(0);
    QCOMPARE(m_panel->state().request.edition, std::string("master"));
    QVERIFY(m_panel->state().effective().startImage.empty());
  }

  void anEditionDecidesItsNumberOfFrames() {
    prompt()->setPlainText(QStringLiteral("A red car"));
    auto* frames = m_panel->findChildren<QSpinBox*>().at(0);
    frames->setValue(30);
    QCOMPARE(m_panel->outlook().plan.request.frames, 33);
    QVERIFY(!combo("Length")->isEnabled());
    picker()->card("master", "1080p")->click();
    QVERIFY(!frames->isEnabled());
    QVERIFY(!frames->toolTip().isEmpty());
    QVERIFY(combo("Length")->isEnabled());
    QVERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
  }

  void loadsARecipe() {
    core::GenerationRequest request;
    request.prompt = "Night drive";
    request.negativePrompt = "rain";
    request.edition = "master@2.0";
    request.aspect = "9:16";
    request.seconds = core::Rational(10);
    request.steps = 6;
    request.guidance = 2.5;
    request.seed = 77;
    m_panel->setRequest(request);
    const core::GenerationRequest& got = m_panel->state().request;
    QCOMPARE(got.prompt, request.prompt);
    QCOMPARE(got.negativePrompt, request.negativePrompt);
    QCOMPARE(got.edition, request.edition);
    QCOMPARE(got.aspect, request.aspect);
    QVERIFY(got.seconds == request.seconds);
    QCOMPARE(got.steps, request.steps);
    QVERIFY(got.guidance == request.guidance);
    QVERIFY(got.seed == request.seed);
    QVERIFY(m_panel->state().seedLocked);
    QCOMPARE(m_panel->outlook().plan.credits, 200);
  }

  void lorasGoIntoTheRequestAndAMissingOneIsAFault() {
    prompt()->setPlainText(QStringLiteral("A red car"));
    const QString there = m_fixture->path(QStringLiteral("style.safetensors"));
    QVERIFY(QFile::copy(QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors"), there));
    m_panel->addLoras({there});
    QVERIFY(m_panel->state().request.loras == (std::vector<core::LoraUse>{{there.toStdString()}}));
    QVERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
    QVERIFY(m_panel->outlook().plan.request.loras == m_panel->state().request.loras);

    core::GenerationRequest recipe = m_panel->state().request;
    recipe.loras = {{m_fixture->path(QStringLiteral("gone.safetensors")).toStdString(), 0.5}};
    m_panel->setRequest(recipe);
    QVERIFY(m_panel->state().request.loras == recipe.loras);
    QVERIFY(!m_panel->outlook().canStart());
    QVERIFY(m_panel->outlook().faults.at("loras").contains(QStringLiteral("gone.safetensors")));
  }

  void aDroppedClipLoadsItsRecipe() {
    core::GenerationRequest request;
    request.prompt = "Fireworks";
    core::ClipInfo info;
    info.frames = 10;
    info.size = {64, 64};
    info.recipe = core::toJson(request);
    const QString file = m_fixture->path(QStringLiteral("clip.mp4"));
    m_fixture->media().addVideo(file, info);
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(file)});
    QVERIFY(drop(*m_panel, mime));
    QTRY_COMPARE(m_panel->state().request.prompt, std::string("Fireworks"));
  }

  void theDraftIsSavedAndComesBack() {
    QVERIFY(!m_fixture->document().isModified());
    prompt()->setPlainText(QStringLiteral("A red car"));
    picker()->card("master", "1080p")->click();
    m_panel->findChild<SeedField*>()->setSeed(4711);
    QTRY_VERIFY(!m_fixture->document().project().createDraft.empty());
    QVERIFY(m_fixture->document().isModified());
    const project::Project saved = m_fixture->document().project();
    prompt()->setPlainText(QStringLiteral("something else"));
    m_fixture->document().open(saved, QString());
    QCOMPARE(m_panel->state().request.prompt, std::string("A red car"));
    QCOMPARE(m_panel->state().request.edition, std::string("master"));
    QVERIFY(m_panel->state().request.seed == std::optional<std::uint64_t>(4711));
    QTest::qWait(600);  // longer than the draft's delay: opening alone changes nothing
    QVERIFY(!m_fixture->document().isModified());
  }

  void aBrokenDraftGivesAFreshForm() {
    project::Project project;
    project.createDraft = "{\"prompt\":12}";
    prompt()->setPlainText(QStringLiteral("A red car"));
    m_fixture->document().open(project, QString());
    QVERIFY(m_panel->state().request.prompt.empty());
  }

  void changesItsLanguageAndKeepsItsContent() {
    prompt()->setPlainText(QStringLiteral("A red car"));
    combo("Variants")->setCurrentIndex(1);
    Brackets brackets;
    QVERIFY(qApp->installTranslator(&brackets));
    QApplication::sendPostedEvents();
    QEvent change(QEvent::LanguageChange);
    QApplication::sendEvent(m_panel.get(), &change);
    QCOMPARE(generateButton()->text(), QStringLiteral("[Generate]"));
    QCOMPARE(prompt()->toPlainText(), QStringLiteral("A red car"));
    QCOMPARE(m_panel->state().variants, 2);
    // Every label that speaks has passed through tr().
    for (const QLabel* label : m_panel->findChildren<QLabel*>()) {
      const QString text = label->text();
      if (text.isEmpty() || text.contains(QStringLiteral(" / "))) continue;
      QVERIFY2(text.contains(QLatin1Char('[')), qPrintable(text));
    }
    qApp->removeTranslator(&brackets);
    QApplication::sendEvent(m_panel.get(), &change);
    QCOMPARE(generateButton()->text(), QStringLiteral("Generate"));
  }

  void everyControlHasANameAndThemesDiffer() {
    m_panel->resize(340, 900);
    m_panel->show();
    addStart();
    prompt()->setPlainText(
        QStringLiteral("A red car drives to the left along the beach at sunset, the camera follows"));
    QVERIFY(QTest::qWaitForWindowActive(m_panel.get()));
    m_panel->focusPrompt();
    for (QWidget* widget : m_panel->findChildren<QWidget*>()) {
      const bool takesFocus = (widget->focusPolicy() & Qt::TabFocus) && !widget->focusProxy() && widget->isVisible();
      if (!takesFocus) continue;
      const auto* button = qobject_cast<QAbstractButton*>(widget);
      QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
               widget->metaObject()->className());
    }
    test::shot(*m_panel, QStringLiteral("create-image-dark"));
    const QImage dark = m_panel->grab().toImage();
    m_fixture->theme().setMode(widgets::Theme::Mode::Light);
    test::shot(*m_panel, QStringLiteral("create-image-light"));
    QVERIFY(m_panel->grab().toImage().pixelColor(4, 4) != dark.pixelColor(4, 4));
    mode()->setCurrentIndex(0);
    for (auto* fold : m_panel->findChildren<widgets::FoldSection*>()) fold->setExpanded(true);
    test::shot(*m_panel, QStringLiteral("create-text-light"));
    m_fixture->theme().setMode(widgets::Theme::Mode::Dark);
    prompt()->clear();
    QTest::qWait(0);
    test::shot(*m_panel, QStringLiteral("create-text-dark"));
  }

 private:
  void make(int grant) {
    m_panel.reset();
    m_fixture.reset();
    m_fixture = std::make_unique<test::UiFixture>(grant);
    m_panel = std::make_unique<CreatePanel>(m_fixture->theme(), m_fixture->document(), m_fixture->client());
  }
  void addStart() {
    m_panel->setStartImage(m_fixture->makePicture(QStringLiteral("start.png"), {1280, 720}, QColor(220, 140, 80)));
    QTRY_VERIFY(!slot(0)->picture().isNull());
  }
  widgets::ActionButton* generateButton() const { return m_panel->findChild<widgets::ActionButton*>(); }
  widgets::PromptEdit* prompt() const { return m_panel->findChildren<widgets::PromptEdit*>().at(0); }
  widgets::PictureSlot* slot(int index) const { return m_panel->findChildren<widgets::PictureSlot*>().at(index); }
  widgets::SegmentedControl* mode() const { return m_panel->findChild<widgets::SegmentedControl*>(); }
  EditionPicker* picker() const { return m_panel->findChild<EditionPicker*>(); }
  widgets::ChipCombo* combo(const char* name) const {
    for (auto* found : m_panel->findChildren<widgets::ChipCombo*>()) {
      if (found->accessibleName() == QLatin1String(name)) return found;
    }
    return nullptr;
  }
  /// A label with this text that is not hidden itself.
  bool shownLabel(const QString& text) const {
    for (const QLabel* label : m_panel->findChildren<QLabel*>()) {
      if (label->text() == text && !label->isHidden()) return true;
    }
    return false;
  }

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<CreatePanel> m_panel;
};

QTEST_MAIN(TestCreatePanel)
#include "tst_create_panel.moc"
