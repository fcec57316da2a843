// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chip_combo.h"

#include <QAbstractItemView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QWheelEvent>
#include <algorithm>

#include "ui/widgets/icons.h"

namespace kinora::widgets {

ChipCombo::ChipCombo(Theme& theme, QWidget* parent) : QComboBox(parent), m_theme(theme) {
  setFixedHeight(kControlHeight);
  setAttribute(Qt::WA_Hover);
  setItemDelegate(new QStyledItemDelegate(this));
  setProperty("focusRadius", kRadiusField);
  connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ChipCombo::setQuiet(bool quiet) {
  m_quiet = quiet;
  setFont(uiFont(quiet ? kLabelPx : kTextPx));
  setFixedHeight(quiet ? kTextLine : kControlHeight);
  setProperty("focusRadius", quiet ? kRadiusSmall : kRadiusField);
  updateGeometry();
}

void ChipCombo::setChoiceEnabled(int index, bool enabled, const QString& reason) {
  auto* items = qobject_cast<QStandardItemModel*>(model());
  QStandardItem* item = items ? items->item(index) : nullptr;
  if (!item) return;
  item->setEnabled(enabled);
  item->setToolTip(reason);
}

bool ChipCombo::isChoiceEnabled(int index) const {
  const auto* items = qobject_cast<const QStandardItemModel*>(model());
  const QStandardItem* item = items ? items->item(index) : nullptr;
  return item && item->isEnabled();
}

void ChipCombo::setFault(bool fault) {
  if (fault == m_fault) return;
  m_fault = fault;
  update();
}

QSize ChipCombo::sizeHint() const {
  int widest = 0;
  for (int i = 0; i < count(); ++i) widest = std::max(widest, fontMetrics().horizontalAdvance(itemText(i)));
  const int margins = m_quiet ? kGapSmall : 2 * kCardPaddingX + kGapSmall;
  return {widest + kIconSize + margins, m_quiet ? kTextLine : kControlHeight};
}

QSize ChipCombo::minimumSizeHint() const {
  return sizeHint();
}

void ChipCombo::paintEvent(QPaintEvent*) {
  const Tokens& t = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const bool over = underMouse() && isEnabled();
  QRect area = rect();
  if (!m_quiet) {
    painter.setBrush(isEnabled() ? t.bg2 : t.bg1);
    painter.setPen(QPen(m_fault ? t.error : over ? t.line2 : t.line, kLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kRadiusField, kRadiusField);
    area.adjust(kCardPaddingX, 0, -kCardPaddingX, 0);
  }
  const QRect chevron(area.right() + 1 - kIconSize, (height() - kIconSize) / 2, kIconSize, kIconSize);
  if (isEnabled() || !m_quiet) {
    painter.drawPixmap(chevron.topLeft(),
                       iconPixmap(m_theme, "dn", over ? t.text2 : t.text3, kIconSize, devicePixelRatioF()));
    area.setRight(chevron.left() - kGapSmall);
  }
  painter.setPen(!isEnabled() && !m_quiet ? t.text3 : m_quiet && !over ? t.text2 : t.text1);
  painter.drawText(area, (m_quiet ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter,
                   fontMetrics().elidedText(currentText(), Qt::ElideRight, area.width()));
}

void ChipCombo::wheelEvent(QWheelEvent* event) {
  event->ignore();
}

void ChipCombo::showPopup() {
  view()->setMinimumWidth(std::max(width(), view()->sizeHintForColumn(0) + kControlHeight));
  QComboBox::showPopup();
}

}  // namespace kinora::widgets
