// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/edition_card.h"

#include <QPainter>
#include <algorithm>

namespace kinora::create {

using namespace widgets;

EditionCard::EditionCard(Theme& theme, bool compact, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_compact(compact) {
  setCheckable(true);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  setProperty("focusRadius", kRadiusField);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void EditionCard::setTexts(const QString& title, const QString& detail, const QString& price) {
  setText(title);
  m_detail = detail;
  m_price = price;
  setAccessibleName(QStringLiteral("%1 %2").arg(title, detail));
  setAccessibleDescription(price);
  updateGeometry();
  update();
}

QSize EditionCard::sizeHint() const {
  const QFontMetrics title(uiFont(kTextPx, QFont::DemiBold));
  const QFontMetrics label(uiFont(kLabelPx));
  const int first = title.horizontalAdvance(text());
  const int second = label.horizontalAdvance(m_detail) + kGapSmall + label.horizontalAdvance(m_price);
  const int padding = 2 * kCardPaddingX;
  if (m_compact) return {padding + first + kGap + second + kGap, kControlHeight};
  return {padding + std::max(first, second), 2 * (kCardPaddingY + kLine) + 2 * kTextLine};
}

void EditionCard::paintEvent(QPaintEvent*) {
  const Tokens& t = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF outline = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  const bool over = underMouse() && isEnabled();
  painter.setPen(QPen(isChecked() ? t.accent : over ? t.line2 : t.line, kLine));
  painter.setBrush(isEnabled() ? t.bg2 : t.bg1);
  painter.drawRoundedRect(outline, kRadiusField, kRadiusField);
  if (isChecked()) {
    painter.setBrush(t.accentSoft);
    painter.drawRoundedRect(outline, kRadiusField, kRadiusField);
  }
  const QRect inner = rect().adjusted(kCardPaddingX, 0, -kCardPaddingX, 0);
  const int top = m_compact ? (height() - kTextLine) / 2 : kCardPaddingY + kLine;
  const QRect first(inner.left(), top, inner.width(), kTextLine);
  QRect second = first.translated(0, m_compact ? 0 : kTextLine);
  painter.setFont(uiFont(kTextPx, QFont::DemiBold));
  painter.setPen(isEnabled() ? t.text1 : t.text3);
  painter.drawText(first, Qt::AlignLeft | Qt::AlignVCenter, text());
  if (m_compact) second.setLeft(second.left() + painter.fontMetrics().horizontalAdvance(text()) + kGap);
  painter.setFont(uiFont(kLabelPx));
  painter.setPen(isChecked() ? t.text2 : t.text3);
  painter.drawText(second, Qt::AlignLeft | Qt::AlignVCenter, m_detail);
  painter.setPen(isEnabled() ? t.text2 : t.text3);
  painter.drawText(second, Qt::AlignRight | Qt::AlignVCenter, m_price);
}

}  // namespace kinora::create
