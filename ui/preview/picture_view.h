// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPoint>
#include <QRect>
#include <QSize>
#include <QString>
#include <QWidget>

#include "ui/widgets/theme.h"

namespace kinora::preview {

/// Shows one picture: fitted into the view with a margin, or pixel for pixel and scrolled by the wheel. UI thread.
class PictureView : public QWidget {
  Q_OBJECT

 public:
  enum class Scale { Fit, Actual };

  PictureView(widgets::Theme& theme, QWidget* parent = nullptr);

  void setImage(const QImage& image);
  const QImage& image() const { return m_image; }
  /// Pixels of the whole picture, of which the image may be a smaller rendering; they give aspect and 100 %.
  void setFrameSize(const QSize& pixels);
  Scale scale() const { return m_scale; }
  void setScale(Scale scale);
  /// Space around a fitted picture; 0 in full screen.
  void setPadding(int padding);
  /// Said in the middle while there is no picture.
  void setHint(const QString& hint);

  /// Where the picture is, in logical pixels.
  QRect pictureRect() const;
  /// Device pixels worth rendering at: those it covers, at most its own.
  QSize usefulPixels() const;

  QSize minimumSizeHint() const override { return {160, 90}; }
  QSize sizeHint() const override { return {960, 540}; }

 Q_SIGNALS:
  /// usefulPixels() is another.
  void usefulPixelsChanged();
  /// The user began to drag the picture away.
  void dragStarted();
  void doubleClicked();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;

 private:
  void clampOffset();

  widgets::Theme& m_theme;
  QImage m_image;
  QSize m_frameSize;
  Scale m_scale = Scale::Fit;
  int m_padding;
  QPoint m_offset;  ///< of the picture's middle from the view's, at 100 %
  QPoint m_press;
  bool m_mayDrag = false;
  QString m_hint;
};

}  // namespace kinora::preview
