// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QImage>
#include <QStringList>

#include "ui/widgets/theme.h"

class QMimeData;

namespace kinora::widgets {

class IconButton;

/// Local files in mime with one of these suffixes, in order; pictures: those that look like such by their names.
QStringList filesOf(const QMimeData& mime, const QStringList& suffixes);
QStringList pictureFiles(const QMimeData& mime);
/// Pixels that mime carries itself (a picture copied in a browser); null if none.
QImage pictureImage(const QMimeData& mime);
/// Suffixes without dot that we offer to read: "png", "jpg", …
const QStringList& pictureSuffixes();
const QStringList& videoSuffixes();

/// A place for one picture, or video where it takes such: drop a file or picture on it, paste with Ctrl+V, click or
/// Enter to choose a file, Delete to empty it, drag it out. It shows and asks; its owner decides what happens with what
/// it was given.
class PictureSlot : public QAbstractButton {
  Q_OBJECT

 public:
  explicit PictureSlot(Theme& theme, QWidget* parent = nullptr);

  /// What the slot is for, "Start": its accessible name, and the tag on its picture.
  void setTag(const QString& tag);
  /// Line below the plus while it is empty.
  void setHint(const QString& hint);
  /// Picture and the file behind it (dragged out with it); a null image with a file shows that it is being read.
  void setPicture(const QImage& image, const QString& file);
  void clearPicture() { setPicture({}, {}); }
  const QImage& picture() const { return m_image; }
  const QString& file() const { return m_file; }
  bool isEmpty() const { return m_file.isEmpty() && m_image.isNull(); }
  /// Takes videos too; they are shown by one of their pictures.
  void setTakesVideos(bool videos);
  bool takesVideos() const { return m_takesVideos; }
  /// Why it takes nothing now, shown in place of the hint; empty: it takes pictures. What it holds stays and can be
  /// removed.
  void setBlocked(const QString& reason);
  bool isBlocked() const { return !m_blocked.isEmpty(); }
  void setFault(bool fault);
  /// Texts of the small button and the menu, which the owner translates.
  void setTexts(const QString& choose, const QString& paste, const QString& clear);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 public Q_SLOTS:
  /// Takes the clipboard's picture, if there is one and the slot is open. Nothing happens otherwise.
  void paste();

 Q_SIGNALS:
  void filesGiven(const QStringList& files);
  void imageGiven(const QImage& image);
  void clearRequested();
  /// Click or Enter while open.
  void chooseRequested();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  QStringList filesFor(const QMimeData& mime) const;
  bool take(const QMimeData& mime);
  void startDrag();
  void paintPicture(QPainter& painter);
  void paintEmpty(QPainter& painter);

  Theme& m_theme;
  IconButton* m_clear;
  QImage m_image;
  QString m_file;
  QString m_tag;
  QString m_hint;
  QString m_blocked;
  QString m_chooseText;
  QString m_pasteText;
  QPoint m_pressed;
  bool m_hovered = false;
  bool m_fault = false;
  bool m_takesVideos = false;
};

}  // namespace kinora::widgets
