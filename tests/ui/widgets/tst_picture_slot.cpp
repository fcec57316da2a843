// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QUrl>
#include <memory>

#include "ui/widgets/picture_slot.h"

using namespace kinora::widgets;

namespace {

std::unique_ptr<QMimeData> fileMime(const QStringList& files) {
  auto mime = std::make_unique<QMimeData>();
  QList<QUrl> urls;
  for (const QString& file : files) urls << QUrl::fromLocalFile(file);
  mime->setUrls(urls);
  return mime;
}

std::unique_ptr<QMimeData> imageMime() {
  auto mime = std::make_unique<QMimeData>();
  QImage image(8, 6, QImage::Format_RGB888);
  image.fill(Qt::green);
  mime->setImageData(image);
  return mime;
}

/// Enter and drop at the middle; whether both were taken.
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

class TestPictureSlot : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { m_theme = new Theme(Theme::Mode::Dark, this); }

  void takesDroppedPictureFiles() {
    PictureSlot place(*m_theme);
    place.resize(place.sizeHint());
    QSignalSpy files(&place, &PictureSlot::filesGiven);
    QVERIFY(drop(place, *fileMime({QStringLiteral("/a/notes.txt"), QStringLiteral("/a/beach photo.PNG")})));
    QCOMPARE(files.count(), 1);
    QCOMPARE(files.at(0).at(0).toStringList(), QStringList{QStringLiteral("/a/beach photo.PNG")});
  }

  void takesDroppedPixels() {
    PictureSlot place(*m_theme);
    QSignalSpy images(&place, &PictureSlot::imageGiven);
    QVERIFY(drop(place, *imageMime()));
    QCOMPARE(images.count(), 1);
    QCOMPARE(images.at(0).at(0).value<QImage>().size(), QSize(8, 6));
  }

  void ignoresWhatIsNoPicture() {
    PictureSlot place(*m_theme);
    QSignalSpy files(&place, &PictureSlot::filesGiven);
    QVERIFY(!drop(place, *fileMime({QStringLiteral("/a/film.mp4")})));
    QMimeData text;
    text.setText(QStringLiteral("hello"));
    QVERIFY(!drop(place, text));
    QMimeData web;
    web.setUrls({QUrl(QStringLiteral("https://example.org/a.png"))});
    QVERIFY(!drop(place, web));
    QCOMPARE(files.count(), 0);
  }

  void blockedTakesNothingButCanBeEmptied() {
    PictureSlot place(*m_theme);
    place.setPicture(QImage(8, 8, QImage::Format_RGB888), QStringLiteral("/a/end.png"));
    place.setBlocked(QStringLiteral("Standard 1080p only"));
    QCOMPARE(place.toolTip(), QStringLiteral("Standard 1080p only"));
    QSignalSpy files(&place, &PictureSlot::filesGiven);
    QSignalSpy choose(&place, &PictureSlot::chooseRequested);
    QSignalSpy clear(&place, &PictureSlot::clearRequested);
    QVERIFY(!drop(place, *fileMime({QStringLiteral("/a/b.png")})));
    QApplication::clipboard()->setMimeData(imageMime().release());
    place.paste();
    QTest::mouseClick(&place, Qt::LeftButton);
    QCOMPARE(files.count(), 0);
    QCOMPARE(choose.count(), 0);
    QTest::keyClick(&place, Qt::Key_Delete);
    QCOMPARE(clear.count(), 1);
  }

  void pastesFilesAndPixels() {
    PictureSlot place(*m_theme);
    QSignalSpy files(&place, &PictureSlot::filesGiven);
    QSignalSpy images(&place, &PictureSlot::imageGiven);
    QApplication::clipboard()->setMimeData(imageMime().release());
    QTest::keyClick(&place, Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(images.count(), 1);
    QApplication::clipboard()->setMimeData(fileMime({QStringLiteral("/a/b.jpg")}).release());
    QTest::keyClick(&place, Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(files.count(), 1);
    QApplication::clipboard()->setText(QStringLiteral("words"));
    QTest::keyClick(&place, Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(files.count() + images.count(), 2);
  }

  void opensByClickAndKeyAndClearsByButton() {
    PictureSlot place(*m_theme);
    place.setTag(QStringLiteral("Start"));
    place.setTexts(QStringLiteral("Choose"), QStringLiteral("Paste"), QStringLiteral("Clear"));
    QSignalSpy choose(&place, &PictureSlot::chooseRequested);
    QSignalSpy clear(&place, &PictureSlot::clearRequested);
    QTest::mouseClick(&place, Qt::LeftButton);
    QTest::keyClick(&place, Qt::Key_Return);
    QTest::keyClick(&place, Qt::Key_Space);
    QCOMPARE(choose.count(), 3);
    QTest::keyClick(&place, Qt::Key_Delete);
    QCOMPARE(clear.count(), 0);
    QImage image(32, 18, QImage::Format_RGB888);
    image.fill(Qt::blue);
    place.setPicture(image, QStringLiteral("/a/b.png"));
    auto* button = place.findChild<QToolButton*>();
    QVERIFY(button->isVisibleTo(&place));
    QCOMPARE(button->accessibleName(), QStringLiteral("Clear"));
    button->click();
    QCOMPARE(clear.count(), 1);
    QCOMPARE(place.accessibleName(), QStringLiteral("Start"));
    place.resize(160, kSlotHeight);
    QCOMPARE(place.grab().toImage().pixelColor(80, 45), QColor(Qt::blue));
    place.clearPicture();
    QVERIFY(place.isEmpty());
    QVERIFY(!button->isVisibleTo(&place));
  }

 private:
  Theme* m_theme = nullptr;
};

QTEST_MAIN(TestPictureSlot)
#include "tst_picture_slot.moc"
