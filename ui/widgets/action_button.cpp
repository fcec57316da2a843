// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/action_button.h"

#include <QPainter>

namespace kinora::widgets {

ActionButton::ActionButton(Theme& theme, QWidget* parent) : QAbstractButton(parent), m_theme(theme) {
  setFixedHeight(kGenerateHeight);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setFocusPolicy(Qt::TabFocus);
  setCursor(Qt::PointingHandCursor);
  setAttribute(Qt::WA_Hover);
  setProperty("focusRadius", kRadiusCard);
  connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ActionButton::setDetail(const QString& detail) {
  if (detail == m_detail) return;
  m_detail = detail;
  setAccessibleDescription(detail);
  updateGeometry();
  update();
}

QSize ActionButton::sizeHint() const {
  const int title = QFontMetrics(uiFont(kActionPx, QFont::DemiBold)).horizontalAdvance(text());
  const int detail = QFontMetrics(uiFont(kTextPx, QFont::Medium)).horizontalAdvance(m_detail);
  return {2 * kPanelPadding + title + kGap + detail, kGenerateHeight};
}

void ActionButton::paintEvent(QPaintEvent*) {
  const Tokens& t = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(!isEnabled() ? t.bg3 : isDown() || underMouse() ? t.accentHover : t.accent);
  painter.drawRoundedRect(rect(), kRadiusCard, kRadiusCard);
  const QRect area = rect().adjusted(kPanelPadding, 0, -kPanelPadding, 0);
  painter.setPen(isEnabled() ? t.onAccent : t.text3);
  painter.setFont(uiFont(kActionPx, QFont::DemiBold));
  painter.drawText(area, Qt::AlignVCenter | Qt::AlignLeft, text());
  painter.setFont(uiFont(kTextPx, QFont::Medium));
  painter.drawText(area, Qt::AlignVCenter | Qt::AlignRight, m_detail);
}

}  // namespace kinora::widgets
