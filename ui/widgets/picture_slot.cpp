// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/picture_slot.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDrag>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QPainterPath>
#include <QUrl>

#include "ui/widgets/icon_button.h"
#include "ui/widgets/icons.h"

namespace kinora::widgets {
namespace {
constexpr int kTagHeight = 18;
constexpr int kTagInset = 6;
constexpr int kClearSize = 24;
constexpr int kDragSide = 96;
}  // namespace

const QStringList& pictureSuffixes() {
  static const QStringList suffixes = {QStringLiteral("png"),  QStringLiteral("jpg"),  QStringLiteral("jpeg"),
                                       QStringLiteral("webp"), QStringLiteral("bmp"),  QStringLiteral("tif"),
                                       QStringLiteral("tiff"), QStringLiteral("heic"), QStringLiteral("heif"),
                                       QStringLiteral("avif"), QStringLiteral("gif")};
  return suffixes;
}

const QStringList& videoSuffixes() {
  static const QStringList suffixes = {QStringLiteral("mp4"),  QStringLiteral("mov"), QStringLiteral("mkv"),
                                       QStringLiteral("webm"), QStringLiteral("avi"), QStringLiteral("m4v"),
                                       QStringLiteral("mpg"),  QStringLiteral("mpeg")};
  return suffixes;
}

QStringList filesOf(const QMimeData& mime, const QStringList& suffixes) {
  QStringList files;
  for (const QUrl& url : mime.urls()) {
    const QString file = url.toLocalFile();
    if (!file.isEmpty() && suffixes.contains(QFileInfo(file).suffix().toLower())) files << file;
  }
  return files;
}

QStringList pictureFiles(const QMimeData& mime) {
  return filesOf(mime, pictureSuffixes());
}

QImage pictureImage(const QMimeData& mime) {
  return mime.hasImage() ? qvariant_cast<QImage>(mime.imageData()) : QImage();
}

PictureSlot::PictureSlot(Theme& theme, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_clear(new IconButton(theme, "x", this)) {
  setAcceptDrops(true);
  setAttribute(Qt::WA_Hover);
  setCursor(Qt::PointingHandCursor);
  setFixedHeight(kSlotHeight);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setProperty("focusRadius", kRadiusField);
  m_clear->setFixedSize(kClearSize, kClearSize);
  m_clear->setTint(theme.tokens().onPicture);
  m_clear->hide();
  connect(m_clear, &QToolButton::clicked, this, &PictureSlot::clearRequested);
  connect(this, &QAbstractButton::clicked, this, [this] {
    if (!isBlocked()) Q_EMIT chooseRequested();
  });
  connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void PictureSlot::setTag(const QString& tag) {
  m_tag = tag;
  setAccessibleName(tag);
  update();
}

void PictureSlot::setHint(const QString& hint) {
  m_hint = hint;
  update();
}

void PictureSlot::setPicture(const QImage& image, const QString& file) {
  m_image = image;
  m_file = file;
  m_clear->setVisible(!isEmpty());
  setAccessibleDescription(QFileInfo(file).fileName());
  update();
}

void PictureSlot::setTakesVideos(bool videos) {
  m_takesVideos = videos;
}

QStringList PictureSlot::filesFor(const QMimeData& mime) const {
  return m_takesVideos ? filesOf(mime, videoSuffixes() + pictureSuffixes()) : pictureFiles(mime);
}

void PictureSlot::setBlocked(const QString& reason) {
  m_blocked = reason;
  setCursor(reason.isEmpty() ? Qt::PointingHandCursor : Qt::ArrowCursor);
  setToolTip(reason);
  update();
}

void PictureSlot::setFault(bool fault) {
  m_fault = fault;
  update();
}

void PictureSlot::setTexts(const QString& choose, const QString& paste, const QString& clear) {
  m_chooseText = choose;
  m_pasteText = paste;
  m_clear->setLabel(clear);
}

QSize PictureSlot::sizeHint() const {
  return {kSlotHeight * 16 / 9, kSlotHeight};
}

QSize PictureSlot::minimumSizeHint() const {
  return {kSlotHeight, kSlotHeight};
}

void PictureSlot::paste() {
  if (const QMimeData* mime = QApplication::clipboard()->mimeData()) take(*mime);
}

bool PictureSlot::take(const QMimeData& mime) {
  if (isBlocked() || !isEnabled()) return false;
  if (const QStringList files = filesFor(mime); !files.isEmpty()) {
    Q_EMIT filesGiven(files);
    return true;
  }
  if (const QImage image = pictureImage(mime); !image.isNull()) {
    Q_EMIT imageGiven(image);
    return true;
  }
  return false;
}

void PictureSlot::dragEnterEvent(QDragEnterEvent* event) {
  const QMimeData& mime = *event->mimeData();
  if (filesFor(mime).isEmpty() && !mime.hasImage()) {
    event->ignore();
    return;
  }
  // A picture that is not taken here must not go on to the parent, which would put it elsewhere. Neither does a slot
  // take its own picture.
  if (isBlocked() || event->source() == this) {
    event->setDropAction(Qt::IgnoreAction);
    event->accept();
    return;
  }
  m_hovered = true;
  update();
  event->acceptProposedAction();
}

void PictureSlot::dragLeaveEvent(QDragLeaveEvent* event) {
  m_hovered = false;
  update();
  QAbstractButton::dragLeaveEvent(event);
}

void PictureSlot::dropEvent(QDropEvent* event) {
  m_hovered = false;
  update();
  if (take(*event->mimeData())) {
    event->acceptProposedAction();
  } else {
    event->ignore();
  }
}

void PictureSlot::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Paste)) {
    paste();
  } else if ((event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace) && !isEmpty()) {
    Q_EMIT clearRequested();
  } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
    if (event->modifiers() == Qt::NoModifier) {
      click();
    } else {
      event->ignore();
    }
  } else {
    QAbstractButton::keyPressEvent(event);
  }
}

void PictureSlot::mousePressEvent(QMouseEvent* event) {
  m_pressed = event->position().toPoint();
  QAbstractButton::mousePressEvent(event);
}

void PictureSlot::mouseMoveEvent(QMouseEvent* event) {
  const int distance = (event->position().toPoint() - m_pressed).manhattanLength();
  if ((event->buttons() & Qt::LeftButton) && !isEmpty() && distance >= QApplication::startDragDistance()) {
    setDown(false);
    startDrag();
    return;
  }
  QAbstractButton::mouseMoveEvent(event);
}

void PictureSlot::startDrag() {
  auto* mime = new QMimeData;
  if (!m_file.isEmpty()) mime->setUrls({QUrl::fromLocalFile(m_file)});
  if (!m_image.isNull()) mime->setImageData(m_image);
  auto* drag = new QDrag(this);
  drag->setMimeData(mime);
  if (!m_image.isNull()) {
    drag->setPixmap(
        QPixmap::fromImage(m_image.scaled(kDragSide, kDragSide, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
  }
  drag->exec(Qt::CopyAction);
}

void PictureSlot::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* choose = menu->addAction(m_chooseText, this, &PictureSlot::chooseRequested);
  QAction* pasteAction = menu->addAction(m_pasteText, this, &PictureSlot::paste);
  const QMimeData* mime = QApplication::clipboard()->mimeData();
  choose->setEnabled(!isBlocked());
  pasteAction->setEnabled(!isBlocked() && mime && (mime->hasImage() || !filesFor(*mime).isEmpty()));
  menu->addAction(m_clear->accessibleName(), this, &PictureSlot::clearRequested)->setEnabled(!isEmpty());
  menu->popup(event->globalPos());
}

void PictureSlot::resizeEvent(QResizeEvent* event) {
  QAbstractButton::resizeEvent(event);
  m_clear->move(width() - kClearSize - kGapSmall, kGapSmall);
}

void PictureSlot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (m_image.isNull()) {
    paintEmpty(painter);
  } else {
    paintPicture(painter);
  }
}

void PictureSlot::paintPicture(QPainter& painter) {
  const Tokens& t = m_theme.tokens();
  QPainterPath outline;
  outline.addRoundedRect(QRectF(rect()), kRadiusField, kRadiusField);
  painter.save();
  painter.setClipPath(outline);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const QSizeF scaled = QSizeF(m_image.size()).scaled(QSizeF(size()), Qt::KeepAspectRatioByExpanding);
  painter.drawImage(QRectF(QPointF((width() - scaled.width()) / 2, (height() - scaled.height()) / 2), scaled), m_image);
  if (isBlocked()) painter.fillRect(rect(), t.scrim);
  painter.restore();

  painter.setPen(Qt::NoPen);
  painter.setBrush(t.scrim);
  const QFont font = uiFont(kLabelPx);
  painter.setFont(font);
  const int textWidth = QFontMetrics(font, this).horizontalAdvance(m_tag) + 2 * kTagInset;
  const QRect tag(kTagInset, height() - kTagInset - kTagHeight, textWidth, kTagHeight);
  painter.drawRoundedRect(tag, kRadiusSmall, kRadiusSmall);
  painter.drawRoundedRect(m_clear->geometry(), kRadiusSegment, kRadiusSegment);
  painter.setPen(t.onPicture);
  painter.drawText(tag, Qt::AlignCenter, m_tag);
  if (m_hovered || m_fault) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_hovered ? t.accent : t.error, 2 * kLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(kLine, kLine, -kLine, -kLine), kRadiusField, kRadiusField);
  }
}

void PictureSlot::paintEmpty(QPainter& painter) {
  const Tokens& t = m_theme.tokens();
  const bool over = (underMouse() || m_hovered) && !isBlocked();
  QPen pen(m_fault ? t.error : m_hovered ? t.accent : over ? t.text3 : t.line2, kLine);
  pen.setDashPattern({double(kGapSmall), double(kFocusRing)});
  painter.setPen(pen);
  painter.setBrush(m_hovered ? t.accentSoft : QColor(Qt::transparent));
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kRadiusField, kRadiusField);

  const QFont font = uiFont(kLabelPx);
  painter.setFont(font);
  const QString text = isBlocked() ? m_blocked : m_file.isEmpty() ? m_hint : QFileInfo(m_file).fileName();
  const QRect inner = rect().adjusted(kGap, kGap, -kGap, -kGap);
  const QRect needed = QFontMetrics(font, this).boundingRect(inner, Qt::AlignHCenter | Qt::TextWordWrap, text);
  const int top = (height() - kIconSize - kGapLabel - needed.height()) / 2;
  painter.drawPixmap((width() - kIconSize) / 2, top,
                     iconPixmap(m_theme, isEmpty() ? "plus" : "img",
                                over          ? t.text1
                                : isBlocked() ? t.line2
                                              : t.text3,
                                kIconSize, devicePixelRatioF()));
  painter.setPen(isBlocked() ? t.text3 : t.text2);
  painter.drawText(QRect(inner.left(), top + kIconSize + kGapLabel, inner.width(), needed.height()),
                   Qt::AlignHCenter | Qt::TextWordWrap, text);
}

}  // namespace kinora::widgets
