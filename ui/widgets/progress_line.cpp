// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/progress_line.h"

#include <QPainter>
#include <algorithm>

namespace kinora::widgets {

ProgressLine::ProgressLine(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
  setFixedHeight(kProgressHeight);
  connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ProgressLine::setValue(double fraction) {
  const double value = std::clamp(fraction, 0.0, 1.0);
  if (value == m_value) return;
  m_value = value;
  setAccessibleDescription(QStringLiteral("%1 %").arg(qRound(value * 100)));
  update();
}

void ProgressLine::setQuiet(bool quiet) {
  m_quiet = quiet;
  update();
}

QSize ProgressLine::sizeHint() const {
  return {kControlHeight * 2, kProgressHeight};
}

void ProgressLine::paintEvent(QPaintEvent*) {
  const Tokens& t = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const double radius = height() / 2.0;
  painter.setBrush(m_quiet ? t.bg3 : t.bg0);
  painter.drawRoundedRect(rect(), radius, radius);
  if (m_value <= 0) return;
  painter.setBrush(m_quiet ? t.text2 : t.accent);
  painter.drawRoundedRect(QRectF(0, 0, std::max<double>(height(), width() * m_value), height()), radius, radius);
}

}  // namespace kinora::widgets
