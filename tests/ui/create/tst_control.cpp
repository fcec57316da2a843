// SPDX-License-Identifier: GPL-3.0-or-later
// The Create panel for a model that takes a control video, a mask and reference pictures.
#include <QApplication>
#include <QClipboard>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QTest>
#include <QUrl>
#include <memory>

#include "tests/engine/models/model_folder.h"
#include "tests/support/panel_fixture.h"
#include "ui/create/advanced_section.h"
#include "ui/create/control_section.h"
#include "ui/create/create_panel.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/picture_slot.h"
#include "ui/widgets/prompt_edit.h"

using namespace kinora;
using namespace kinora::create;
using widgets::PictureSlot;

namespace {

const QString kVace = QStringLiteral("vace-small");

bool drop(QWidget& widget, const QStringList& files) {
  QMimeData mime;
  QList<QUrl> urls;
  for (const QString& file : files) urls << QUrl::fromLocalFile(file);
  mime.setUrls(urls);
  QDragEnterEvent enter(widget.rect().center(), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&widget, &enter);
  if (!enter.isAccepted()) return false;
  QDropEvent event(widget.rect().center(), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&widget, &event);
  return event.isAccepted() && event.dropAction() != Qt::IgnoreAction;
}

}  // namespace

class TestControl : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_fixture = std::make_unique<test::UiFixture>(1000);
    test::ModelFiles::vace().write(m_fixture->path(QStringLiteral("models/") + kVace).toStdString());
    models::ModelCatalogue catalogue = m_fixture->models();
    QVERIFY(catalogue.rescan());
    m_panel = std::make_unique<CreatePanel>(m_fixture->theme(), m_fixture->document(), m_fixture->client());
    m_panel->resize(340, 1100);
    for (const char* name : {"dance.mp4", "mask.mp4"}) {
      core::ClipInfo info;
      info.kind = core::MediaKind::Video;
      info.size = {320, 180};
      info.frames = 40;
      m_fixture->media().addVideo(m_fixture->path(QLatin1String(name)), info);
    }
  }
  void cleanup() {
    m_panel.reset();
    m_fixture.reset();
  }

  void onlyModelsThatTakeItShowIt() {
    QVERIFY(!section()->isVisibleTo(m_panel.get()));  // Auto is Mini
    choose(kVace);
    QVERIFY(section()->isVisibleTo(m_panel.get()));
    choose(QStringLiteral("mini"));
    QVERIFY(!section()->isVisibleTo(m_panel.get()));
  }

  void whatIsDroppedGoesIntoTheRequest() {
    choose(kVace);
    prompt()->setPlainText(QStringLiteral("A dancer"));
    QVERIFY(drop(*video(), {path("dance.mp4")}));
    QVERIFY(drop(*mask(), {path("mask.mp4")}));
    const QStringList pictures{picture("one.png"), picture("two.png")};
    QVERIFY(drop(*references().at(0), pictures));
    scale()->setValue(0.7);
    QTRY_VERIFY(!video()->picture().isNull() && !mask()->picture().isNull());
    QTRY_VERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
    const core::GenerationRequest& planned = m_panel->outlook().plan.request;
    QCOMPARE(planned.controlVideo, path("dance.mp4").toStdString());
    QCOMPARE(planned.controlMask, path("mask.mp4").toStdString());
    QVERIFY(planned.references == (std::vector<std::string>{pictures[0].toStdString(), pictures[1].toStdString()}));
    QVERIFY(planned.controlScale && qFuzzyCompare(*planned.controlScale, 0.7));
    QCOMPARE(planned.model, kVace.toStdString());
    // The middle frame stands for a video; the fake's are as grey as their number.
    QCOMPARE(video()->picture().pixelColor(3, 3), QColor(20, 20, 20));
  }

  void aControlAloneIsEnoughToBegin() {
    choose(kVace);
    QVERIFY(!m_panel->outlook().canStart());
    QVERIFY(drop(*references().at(0), {picture("one.png")}));
    QTRY_VERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
  }

  void aMaskNeedsItsVideo() {
    choose(kVace);
    QVERIFY(mask()->isBlocked());
    QVERIFY(!drop(*mask(), {path("mask.mp4")}));
    QVERIFY(drop(*video(), {path("dance.mp4")}));
    QVERIFY(!mask()->isBlocked());
    QVERIFY(drop(*mask(), {picture("mask.png")}));
    clear(video());
    QVERIFY(mask()->isBlocked());
    QVERIFY(!m_panel->state().request.controlMask.empty());        // it waits
    QVERIFY(m_panel->outlook().plan.request.controlMask.empty());  // and is not used
  }

  void referencesComeAndGo() {
    choose(kVace);
    QCOMPARE(references().size(), 1);
    drop(*references().at(0), {path("dance.mp4")});  // pictures only: the panel reads its recipe
    QCOMPARE(references().size(), 1);
    QVERIFY(references().at(0)->isEmpty());
    const QStringList pictures{picture("1.png"), picture("2.png"), picture("3.png")};
    QVERIFY(drop(*references().at(0), pictures));
    QCOMPARE(references().size(), 4);
    clear(references().at(1));
    QTRY_COMPARE(references().size(), 3);
    QVERIFY(m_panel->state().request.references ==
            (std::vector<std::string>{pictures[0].toStdString(), pictures[2].toStdString()}));
    QImage image(64, 64, QImage::Format_RGB888);
    image.fill(Qt::green);
    QApplication::clipboard()->setImage(image);
    references().back()->paste();
    QTRY_COMPARE(m_panel->state().request.references.size(), std::size_t(3));
    QTRY_COMPARE(references().size(), 4);
    for (int i = 0; i < 3; ++i) clear(references().at(0));
    QTRY_COMPARE(references().size(), 1);
    QVERIFY(m_panel->state().request.references.empty());
  }

  void whatCannotBeReadIsSaidBesideIt() {
    choose(kVace);
    QFile file(path("broken.mp4"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    QVERIFY(drop(*video(), {path("broken.mp4")}));
    QTRY_VERIFY(m_panel->outlook().faults.count("controlVideo"));
    QVERIFY(!m_panel->outlook().canStart());
    choose(QStringLiteral("mini"));  // where it is not used it does not disturb
    QVERIFY(!m_panel->outlook().faults.count("controlVideo"));
    choose(kVace);
    QVERIFY(m_panel->outlook().faults.count("controlVideo"));
    clear(video());
    QVERIFY(!m_panel->outlook().faults.count("controlVideo"));
  }

  void aRecipeBringsItBackAndAutoFindsAModel() {
    core::GenerationRequest recipe;
    recipe.prompt = "A dancer";
    recipe.controlVideo = path("dance.mp4").toStdString();
    recipe.controlMask = path("mask.mp4").toStdString();
    recipe.references = {picture("1.png").toStdString(), picture("2.png").toStdString()};
    recipe.controlScale = 0.25;
    m_panel->setRequest(*core::requestFromJson(core::toJson(recipe)));
    QVERIFY(section()->isVisibleTo(m_panel.get()));
    QTRY_VERIFY2(m_panel->outlook().canStart(), qPrintable(m_panel->outlook().reason()));
    QCOMPARE(m_panel->outlook().plan.request.model, kVace.toStdString());
    const core::GenerationRequest& got = m_panel->state().request;
    QCOMPARE(got.controlVideo, recipe.controlVideo);
    QCOMPARE(got.controlMask, recipe.controlMask);
    QVERIFY(got.references == recipe.references);
    QCOMPARE(scale()->value(), 0.25);
    QCOMPARE(references().size(), 3);
    m_panel->setRequest({});
    QVERIFY(!section()->isVisibleTo(m_panel.get()));
    QVERIFY(m_panel->state().request.controlVideo.empty() && m_panel->state().request.references.empty());
  }

  void theDraftKeepsIt() {
    choose(kVace);
    QVERIFY(drop(*video(), {path("dance.mp4")}));
    QTRY_VERIFY(QString::fromStdString(m_fixture->document().project().createDraft).contains(QStringLiteral("dance")));
    const project::Project saved = m_fixture->document().project();
    clear(video());
    m_fixture->document().open(saved, QString());
    QCOMPARE(m_panel->state().request.controlVideo, path("dance.mp4").toStdString());
  }

  void looksAsItShould() {
    choose(kVace);
    m_panel->show();
    prompt()->setPlainText(QStringLiteral("A dancer in the snow"));
    test::shot(*m_panel, QStringLiteral("control-empty"));
    QVERIFY(drop(*video(), {path("dance.mp4")}));
    QVERIFY(drop(*references().at(0), {picture("1.png"), picture("2.png"), picture("3.png")}));
    QTRY_VERIFY(m_panel->outlook().canStart());
    for (QWidget* widget : section()->findChildren<QWidget*>()) {
      const bool takesFocus = (widget->focusPolicy() & Qt::TabFocus) && !widget->focusProxy() && widget->isVisible();
      if (takesFocus) QVERIFY2(!widget->accessibleName().isEmpty(), widget->metaObject()->className());
    }
    test::shot(*m_panel, QStringLiteral("control-dark"));
    m_fixture->theme().setMode(widgets::Theme::Mode::Light);
    test::shot(*m_panel, QStringLiteral("control-light"));
  }

 private:
  QString path(const char* name) const { return m_fixture->path(QLatin1String(name)); }
  QString picture(const char* name) { return m_fixture->makePicture(QLatin1String(name), {120, 80}); }
  ControlSection* section() const { return m_panel->findChild<ControlSection*>(); }
  widgets::PromptEdit* prompt() const { return m_panel->findChildren<widgets::PromptEdit*>().at(0); }
  QDoubleSpinBox* scale() const { return m_panel->findChild<QDoubleSpinBox*>(QStringLiteral("controlScale")); }
  PictureSlot* video() const { return section()->findChildren<PictureSlot*>().at(0); }
  PictureSlot* mask() const { return section()->findChildren<PictureSlot*>().at(1); }
  /// Those that are not on their way out.
  QList<PictureSlot*> references() const {
    QList<PictureSlot*> places = section()->findChildren<PictureSlot*>().mid(2);
    places.removeIf([](const PictureSlot* place) { return place->isHidden(); });
    return places;
  }
  static void clear(PictureSlot* place) { QTest::keyClick(place, Qt::Key_Delete); }
  void choose(const QString& model) {
    for (auto* combo : m_panel->findChild<AdvancedSection*>()->findChildren<widgets::ChipCombo*>()) {
      if (const int index = combo->findData(model); index >= 0) return combo->setCurrentIndex(index);
    }
    QFAIL("there is no such model");
  }

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<CreatePanel> m_panel;
};

QTEST_MAIN(TestControl)
#include "tst_control.moc"
