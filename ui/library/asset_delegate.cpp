// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/asset_delegate.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include "ui/library/asset_model.h"
#include "ui/widgets/icons.h"

namespace kinora::library {
namespace {

using namespace widgets;

constexpr int kCardWidth = 142;
constexpr int kPictureHeight = 80;
constexpr int kCardHeight = kPictureHeight + 2 * kTextLine + kGap;

QRect pictureArea(const QRect& item) {
  return {item.left() + kLine, item.top() + kLine, item.width() - 2 * kLine, kPictureHeight};
}

QRect starArea(const QRect& item) {
  return {item.right() - kIconSize - kGapLabel, item.bottom() - kIconSize - kGapLabel, kIconSize, kIconSize};
}

}  // namespace

QSize AssetDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
  return {kCardWidth, kCardHeight};
}

void AssetDelegate::paintPicture(QPainter* painter, const QRect& area, const QModelIndex& index) const {
  const Tokens& t = m_theme.tokens();
  painter->fillRect(area, t.bg0);
  const QImage picture = index.data(AssetModel::ThumbnailRole).value<QImage>();
  if (picture.isNull()) {
    const char* name = index.data(AssetModel::OfflineRole).toBool() ? "warn" : "film";
    const QPixmap pixmap = iconPixmap(m_theme, name, t.text3, kIconSize, painter->device()->devicePixelRatioF());
    painter->drawPixmap(area.center() - QPoint(kIconSize / 2, kIconSize / 2), pixmap);
  } else {
    const QSize size = picture.size().scaled(area.size(), Qt::KeepAspectRatioByExpanding);
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    painter->drawImage(QRect(area.center() - QPoint(size.width() / 2, size.height() / 2), size), picture);
  }
  if (index.data(AssetModel::RejectedRole).toBool()) {
    QColor veil = t.bg1;
    veil.setAlphaF(0.7F);
    painter->fillRect(area, veil);
  }
  const QString take = index.data(AssetModel::TakeRole).toString();
  if (take.isEmpty()) return;
  painter->setFont(uiFont(kSmallPx));
  const QRect text = painter->fontMetrics().boundingRect(take).adjusted(-kGapSmall, -kLine, kGapSmall, kLine);
  const QRect tag(area.right() - text.width() - kGapSmall, area.top() + kGapSmall, text.width(), text.height());
  painter->setPen(Qt::NoPen);
  painter->setBrush(t.scrim);
  painter->drawRoundedRect(tag, kRadiusSmall, kRadiusSmall);
  painter->setPen(t.onPicture);
  painter->drawText(tag, Qt::AlignCenter, take);
}

void AssetDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Tokens& t = m_theme.tokens();
  const bool selected = option.state & QStyle::State_Selected;
  const bool hovered = option.state & QStyle::State_MouseOver;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  QPainterPath outline;
  outline.addRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), kRadiusField, kRadiusField);
  painter->fillPath(outline, hovered ? t.bg3 : t.bg2);
  painter->setClipPath(outline);
  paintPicture(painter, pictureArea(option.rect), index);
  painter->setClipping(false);
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(selected ? t.accent : t.line, kLine));
  painter->drawPath(outline);

  const QRect words(option.rect.left() + kGap, pictureArea(option.rect).bottom() + kGapSmall,
                    option.rect.width() - 2 * kGap, kTextLine);
  painter->setFont(uiFont(kLabelPx, QFont::Medium));
  painter->setPen(t.text1);
  const QString name = painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, words.width());
  painter->drawText(words, Qt::AlignVCenter | Qt::AlignLeft, name);
  painter->setFont(uiFont(kSmallPx));
  painter->setPen(index.data(AssetModel::OfflineRole).toBool() ? t.warn : t.text2);
  const QRect below = words.translated(0, kTextLine).adjusted(0, 0, -kIconSize - kGapSmall, 0);
  painter->drawText(
      below, Qt::AlignVCenter | Qt::AlignLeft,
      painter->fontMetrics().elidedText(index.data(AssetModel::DetailsRole).toString(), Qt::ElideRight, below.width()));
  const bool starred = index.data(AssetModel::StarredRole).toBool();
  if (starred || hovered) {
    painter->drawPixmap(starArea(option.rect).topLeft(),
                        iconPixmap(m_theme, starred ? "starfull" : "star", starred ? t.warn : t.text2, kIconSize,
                                   painter->device()->devicePixelRatioF()));
  }
  painter->restore();
}

bool AssetDelegate::editorEvent(QEvent* event, QAbstractItemModel*, const QStyleOptionViewItem& option,
                                const QModelIndex& index) {
  if (event->type() != QEvent::MouseButtonRelease) return false;
  const auto* mouse = static_cast<QMouseEvent*>(event);
  if (mouse->button() != Qt::LeftButton || !starArea(option.rect).contains(mouse->position().toPoint())) return false;
  Q_EMIT starToggled(index.data(AssetModel::IdRole).toString());
  return true;
}

}  // namespace kinora::library
