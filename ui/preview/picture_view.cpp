// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/picture_view.h"

#include <QApplication>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

namespace kinora::preview {

PictureView::PictureView(widgets::Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_padding(widgets::kGapWide) {
  setAttribute(Qt::WA_OpaquePaintEvent);
  connect(&m_theme, &widgets::Theme::changed, this, qOverload<>(&QWidget::update));
}

void PictureView::setImage(const QImage& image) {
  m_image = image;
  update();
}

void PictureView::setFrameSize(const QSize& pixels) {
  if (pixels == m_frameSize) return;
  m_frameSize = pixels;
  clampOffset();
  update();
  Q_EMIT usefulPixelsChanged();
}

void PictureView::setScale(Scale scale) {
  if (scale == m_scale) return;
  m_scale = scale;
  m_offset = {};
  update();
  Q_EMIT usefulPixelsChanged();
}

void PictureView::setPadding(int padding) {
  m_padding = padding;
  update();
}

void PictureView::setHint(const QString& hint) {
  m_hint = hint;
  update();
}

QRect PictureView::pictureRect() const {
  const QSize full = m_frameSize.isEmpty() ? m_image.size() : m_frameSize;
  if (full.isEmpty()) return {};
  if (m_scale == Scale::Actual) {
    const QSize shown = (QSizeF(full) / devicePixelRatioF()).toSize();
    QRect rect(QPoint(0, 0), shown);
    rect.moveCenter(this->rect().center() + m_offset);
    return rect;
  }
  const QRect room = rect().adjusted(m_padding, m_padding, -m_padding, -m_padding);
  if (room.isEmpty()) return {};
  QRect rect(QPoint(0, 0), full.scaled(room.size(), Qt::KeepAspectRatio));
  rect.moveCenter(room.center());
  return rect;
}

QSize PictureView::usefulPixels() const {
  if (m_scale == Scale::Actual) return m_frameSize;
  const QSize covered = (QSizeF(pictureRect().size()) * devicePixelRatioF()).toSize();
  if (m_frameSize.isEmpty()) return covered;
  return covered.width() > m_frameSize.width() ? m_frameSize : covered;
}

void PictureView::clampOffset() {
  const QSize shown = pictureRect().size();
  const int x = std::max(0, (shown.width() - width()) / 2);
  const int y = std::max(0, (shown.height() - height()) / 2);
  m_offset = {std::clamp(m_offset.x(), -x, x), std::clamp(m_offset.y(), -y, y)};
}

void PictureView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  clampOffset();
  Q_EMIT usefulPixelsChanged();
}

void PictureView::wheelEvent(QWheelEvent* event) {
  if (m_scale != Scale::Actual) {
    event->ignore();
    return;
  }
  m_offset += event->pixelDelta().isNull() ? event->angleDelta() / 2 : event->pixelDelta();
  clampOffset();
  update();
  event->accept();
}

void PictureView::mousePressEvent(QMouseEvent* event) {
  m_mayDrag =
      event->button() == Qt::LeftButton && !m_image.isNull() && pictureRect().contains(event->position().toPoint());
  m_press = event->position().toPoint();
  event->setAccepted(m_mayDrag);
}

void PictureView::mouseMoveEvent(QMouseEvent* event) {
  const bool far = (event->position().toPoint() - m_press).manhattanLength() >= QApplication::startDragDistance();
  if (!m_mayDrag || !far || !event->buttons().testFlag(Qt::LeftButton)) return;
  m_mayDrag = false;
  Q_EMIT dragStarted();
}

void PictureView::mouseDoubleClickEvent(QMouseEvent*) {
  Q_EMIT doubleClicked();
}

void PictureView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const widgets::Tokens& tokens = m_theme.tokens();
  painter.fillRect(event->rect(), tokens.bg0);
  if (m_image.isNull()) {
    painter.setPen(tokens.text2);
    painter.setFont(widgets::uiFont());
    const int inset = widgets::kPanelPadding;
    painter.drawText(rect().adjusted(inset, inset, -inset, -inset), Qt::AlignCenter | Qt::TextWordWrap, m_hint);
    return;
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(pictureRect(), m_image);
}

}  // namespace kinora::preview
