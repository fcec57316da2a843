// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

#include "ui/widgets/action_button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/fold_section.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/progress_line.h"
#include "ui/widgets/prompt_edit.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toast.h"

using namespace kinora::widgets;

class TestWidgets : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qRegisterMetaType<const QMimeData*>();
    m_theme = new Theme(Theme::Mode::Dark, this);
  }

  void segmentsChooseOneAndTellOnce() {
    SegmentedControl control;
    control.addSegment(QStringLiteral("Text"));
    control.addSegment(QStringLiteral("Image"));
    QCOMPARE(control.currentIndex(), 0);
    QSignalSpy spy(&control, &SegmentedControl::currentChanged);
    control.button(1)->click();
    QCOMPARE(control.currentIndex(), 1);
    control.button(1)->click();
    QCOMPARE(spy.count(), 1);
    control.setCurrentIndex(0);
    QCOMPARE(spy.count(), 2);
    control.setCurrentIndex(7);
    QCOMPARE(control.currentIndex(), 0);
  }

  void segmentsMoveWithArrowKeysPastGreyedOnes() {
    SegmentedControl control;
    for (const char* text : {"A", "B", "C"}) control.addSegment(QLatin1String(text));
    control.setSegmentEnabled(1, false, QStringLiteral("not yet"));
    control.show();
    QVERIFY(QTest::qWaitForWindowActive(&control));
    control.setFocus();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
    QCOMPARE(control.currentIndex(), 2);
    QCOMPARE(control.button(1)->toolTip(), QStringLiteral("not yet"));
  }

  void promptCountsCodePoints() {
    PromptEdit edit;
    edit.setLimit(5);
    QSignalSpy spy(&edit, &PromptEdit::countChanged);
    edit.setPlainText(QString::fromUtf8("a😀气球"));
    QCOMPARE(edit.count(), 4);
    QCOMPARE(edit.counterText(), QStringLiteral("4 / 5"));
    QVERIFY(!edit.isTooLong());
    edit.insertPlainText(QStringLiteral("xyz"));
    QCOMPARE(edit.count(), 7);
    QVERIFY(edit.isTooLong());
    QVERIFY(edit.toPlainText().endsWith(QString::fromUtf8("气球")));
    QVERIFY(spy.count() >= 2);
  }

  void promptPastesTextAndHandsOutPictures() {
    PromptEdit edit;
    QSignalSpy foreign(&edit, &PromptEdit::foreignPasted);
    auto* text = new QMimeData;
    text->setText(QStringLiteral("a car"));
    text->setHtml(QStringLiteral("<b>a car</b>"));
    QApplication::clipboard()->setMimeData(text);
    edit.paste();
    QCOMPARE(edit.toPlainText(), QStringLiteral("a car"));
    QCOMPARE(foreign.count(), 0);
    QImage image(4, 4, QImage::Format_RGB888);
    image.fill(Qt::red);
    QApplication::clipboard()->setImage(image);
    edit.paste();
    QCOMPARE(foreign.count(), 1);
    QCOMPARE(edit.toPlainText(), QStringLiteral("a car"));
  }

  void promptLetsTabLeave() {
    QWidget window;
    auto* layout = new QVBoxLayout(&window);
    auto* edit = new PromptEdit(&window);
    auto* button = new QPushButton(&window);
    layout->addWidget(edit);
    layout->addWidget(button);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    edit->setFocus();
    QTest::keyClick(edit, Qt::Key_Tab);
    QVERIFY(button->hasFocus());
    QVERIFY(edit->toPlainText().isEmpty());
  }

  void foldOpensByKeyAndKeepsItsContent() {
    FoldSection fold(*m_theme);
    auto* content = new QLabel(QStringLiteral("inside"));
    fold.setContent(content);
    fold.setTitle(QStringLiteral("Advanced"));
    fold.setSummary(QStringLiteral("8 steps"));
    fold.show();
    QVERIFY(!content->isVisible());
    QSignalSpy spy(&fold, &FoldSection::expandedChanged);
    QTest::keyClick(fold.focusProxy(), Qt::Key_Space);
    QVERIFY(fold.isExpanded());
    QVERIFY(content->isVisible());
    QTest::mouseClick(fold.focusProxy(), Qt::LeftButton);
    QVERIFY(!fold.isExpanded());
    QCOMPARE(spy.count(), 2);
    QCOMPARE(fold.focusProxy()->accessibleName(), QStringLiteral("Advanced"));
  }

  void elidedLabelShowsTheWholeAsToolTip() {
    ElidedLabel label;
    const QString text = QStringLiteral("A red car drives to the left along the beach at sunset");
    label.setFullText(text);
    label.show();
    label.resize(80, 20);
    QVERIFY(label.isElided());
    QCOMPARE(label.toolTip(), text);
    label.resize(800, 20);
    QVERIFY(!label.isElided());
    QVERIFY(label.toolTip().isEmpty());
    QCOMPARE(label.accessibleName(), text);
  }

  void progressIsClampedAndDrawn() {
    ProgressLine line(*m_theme);
    line.resize(100, kProgressHeight);
    line.setValue(3);
    QCOMPARE(line.value(), 1.0);
    line.setValue(0.5);
    const QImage image = line.grab().toImage();
    QCOMPARE(image.pixelColor(25, 2).rgb(), m_theme->tokens().accent.rgb());
    QCOMPARE(image.pixelColor(75, 2).rgb(), m_theme->tokens().bg0.rgb());
    line.setValue(-1);
    QCOMPARE(line.value(), 0.0);
  }

  void toastRunsItsActionOnceAndGoes() {
    QWidget parent;
    parent.resize(600, 400);
    parent.show();
    Toast toast(*m_theme, &parent);
    int ran = 0;
    toast.showMessage(QStringLiteral("Clip added at 00:05"), QStringLiteral("Undo"), [&ran] { ++ran; });
    QVERIFY(toast.isVisible());
    QCOMPARE(toast.geometry().right(), parent.width() - kPanelPadding - 1);
    parent.resize(700, 500);
    QCOMPARE(toast.geometry().bottom(), parent.height() - kPanelPadding - 1);
    auto* button = toast.findChild<QPushButton*>();
    button->click();
    QCOMPARE(ran, 1);
    QVERIFY(!toast.isVisible());
    button->click();
    QCOMPARE(ran, 1);
    toast.showMessage(QStringLiteral("Saved"));
    QVERIFY(!button->isVisible());
  }

  void comboGreysChoicesWithAReason() {
    ChipCombo combo(*m_theme);
    combo.addItems({QStringLiteral("16:9"), QStringLiteral("9:16")});
    combo.setChoiceEnabled(1, false, QStringLiteral("the picture decides"));
    QVERIFY(!combo.isChoiceEnabled(1));
    QVERIFY(combo.isChoiceEnabled(0));
    QCOMPARE(combo.itemData(1, Qt::ToolTipRole).toString(), QStringLiteral("the picture decides"));
    combo.show();
    combo.setFocus();
    QTest::keyClick(&combo, Qt::Key_Down);
    QCOMPARE(combo.currentIndex(), 0);
    combo.setChoiceEnabled(1, true);
    QTest::keyClick(&combo, Qt::Key_Down);
    QCOMPARE(combo.currentIndex(), 1);
  }

  void iconButtonNamesItself() {
    IconButton button(*m_theme, "play");
    button.setLabel(QStringLiteral("Play"), QStringLiteral("Space"));
    QCOMPARE(button.toolTip(), QStringLiteral("Play (Space)"));
    QCOMPARE(button.accessibleName(), QStringLiteral("Play"));
    const QImage before = button.icon().pixmap(16, 16).toImage();
    m_theme->setMode(Theme::Mode::Light);
    QVERIFY(button.icon().pixmap(16, 16).toImage() != before);
    m_theme->setMode(Theme::Mode::Dark);
  }

  void galleryInBothThemes() {
    for (const bool dark : {true, false}) {
      m_theme->setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
      QWidget window;
      auto* layout = new QVBoxLayout(&window);
      layout->setContentsMargins(kPanelPadding, kPanelPadding, kPanelPadding, kPanelPadding);
      layout->setSpacing(kGapWide);
      auto* segments = new SegmentedControl(&window);
      segments->addSegment(QStringLiteral("Text"));
      segments->addSegment(QString::fromUtf8("图片"));
      layout->addWidget(segments);
      auto* prompt = new PromptEdit(&window);
      prompt->setPlainText(QStringLiteral("A red car 0123456789"));
      layout->addWidget(prompt);
      auto* combo = new ChipCombo(*m_theme, &window);
      combo->addItem(QStringLiteral("16:9"));
      layout->addWidget(combo);
      auto* fold = new FoldSection(*m_theme, &window);
      fold->setTitle(QStringLiteral("Advanced"));
      fold->setSummary(QString::fromUtf8("Mini · 8 steps · guidance 4"));
      layout->addWidget(fold);
      auto* action = new ActionButton(*m_theme, &window);
      action->setText(QStringLiteral("Generate"));
      action->setDetail(QString::fromUtf8("≈ 0:24 · 20 credits"));
      layout->addWidget(action);
      window.resize(kCreateWidth, 400);
      window.show();
      QVERIFY(QTest::qWaitForWindowActive(&window));
      prompt->setFocus();
      const QImage image = window.grab().toImage();
      QCOMPARE(image.pixelColor(2, 2).rgb(), m_theme->tokens().bg1.rgb());
      const QPoint ground = action->mapTo(&window, QPoint(action->width() / 2, 6));
      QCOMPARE(image.pixelColor(ground).rgb(), m_theme->tokens().accent.rgb());
      const QString folder = qEnvironmentVariable("KINORA_SHOTS");
      if (!folder.isEmpty())
        image.save(
            QDir(folder).filePath(dark ? QStringLiteral("gallery-dark.png") : QStringLiteral("gallery-light.png")));
    }
  }

 private:
  Theme* m_theme = nullptr;
};

QTEST_MAIN(TestWidgets)
#include "tst_widgets.moc"
