// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/scrub_bar.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

namespace kinora::preview {
namespace {

constexpr int kHeight = 12;
constexpr int kKnob = 10;
constexpr int kMarkWidth = 2;

}  // namespace

ScrubBar::ScrubBar(widgets::Theme& theme, QWidget* parent) : QAbstractSlider(parent), m_theme(theme) {
  setOrientation(Qt::Horizontal);
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setFixedHeight(kHeight);
  setTracking(true);
  connect(&m_theme, &widgets::Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize ScrubBar::sizeHint() const {
  return {kHeight * 10, kHeight};
}

void ScrubBar::setMarks(std::optional<qint64> in, std::optional<qint64> out) {
  m_in = in;
  m_out = out;
  update();
}

int ScrubBar::xOf(qint64 frame) const {
  const int room = std::max(1, width() - kKnob);
  return kKnob / 2 + static_cast<int>(room * std::clamp<qint64>(frame, 0, maximum()) / std::max(1, maximum()));
}

void ScrubBar::scrubTo(int x) {
  const int room = std::max(1, width() - kKnob);
  const auto frame = static_cast<int>((static_cast<qint64>(x - kKnob / 2) * maximum() + room / 2) / room);
  setValue(std::clamp(frame, 0, maximum()));
  Q_EMIT scrubbed(value());
}

void ScrubBar::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  setSliderDown(true);
  scrubTo(event->position().toPoint().x());
}

void ScrubBar::mouseMoveEvent(QMouseEvent* event) {
  if (isSliderDown()) scrubTo(event->position().toPoint().x());
}

void ScrubBar::mouseReleaseEvent(QMouseEvent*) {
  setSliderDown(false);
}

void ScrubBar::keyPressEvent(QKeyEvent* event) {
  const int before = value();
  QAbstractSlider::keyPressEvent(event);
  if (value() != before) Q_EMIT scrubbed(value());
}

void ScrubBar::paintEvent(QPaintEvent*) {
  const widgets::Tokens& tokens = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const int radius = widgets::kProgressHeight / 2;
  const QRect groove(kKnob / 2, (height() - widgets::kProgressHeight) / 2, width() - kKnob, widgets::kProgressHeight);
  painter.setBrush(tokens.bg3);
  painter.drawRoundedRect(groove, radius, radius);
  if (m_in || m_out) {
    const int from = xOf(m_in.value_or(0));
    const int to = xOf(m_out.value_or(maximum()));
    painter.setBrush(tokens.text3);
    painter.drawRoundedRect(QRect(from, groove.top(), std::max(kMarkWidth, to - from), groove.height()), radius,
                            radius);
    painter.setBrush(tokens.text1);
    if (m_in) painter.drawRect(from, 0, kMarkWidth, height());
    if (m_out) painter.drawRect(to, 0, kMarkWidth, height());
  }
  if (maximum() <= 0) return;
  const int x = xOf(value());
  if (!m_in && !m_out) {
    painter.setBrush(tokens.accent);
    painter.drawRoundedRect(QRect(groove.left(), groove.top(), x - groove.left(), groove.height()), radius, radius);
  }
  painter.setBrush(tokens.accent);
  painter.drawEllipse(QPoint(x, height() / 2), kKnob / 2, kKnob / 2);
}

}  // namespace kinora::preview
