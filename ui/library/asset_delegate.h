// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "ui/widgets/theme.h"

namespace kinora::library {

/// Paints an asset as a card: picture, name, length and size, take, star. A click on the star toggles it.
class AssetDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  AssetDelegate(widgets::Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;

 Q_SIGNALS:
  void starToggled(const QString& assetId);

 private:
  void paintPicture(QPainter* painter, const QRect& area, const QModelIndex& index) const;

  widgets::Theme& m_theme;
};

}  // namespace kinora::library
