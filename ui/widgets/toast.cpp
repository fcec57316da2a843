// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/toast.h"

#include <QAccessible>
#include <QEvent>
#include <QGraphicsDropShadowEffect>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <utility>

#include "ui/widgets/card.h"

namespace kinora::widgets {
namespace {
constexpr int kShadowBlur = 24;
constexpr int kShadowDrop = 8;
constexpr int kPaddingX = 14;
constexpr int kPaddingY = 10;
constexpr int kInner = 12;
constexpr int kMaxText = 480;  ///< longer messages wrap
}  // namespace

Toast::Toast(Theme& theme, QWidget* parent)
    : QFrame(parent),
      m_theme(theme),
      m_label(makeLabel(Role::Text, this)),
      m_button(new QPushButton(this)),
      m_timer(new QTimer(this)) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(kPaddingX, kPaddingY, kPaddingX, kPaddingY);
  layout->setSpacing(kInner);
  layout->addWidget(m_label);
  layout->addWidget(m_button);
  m_button->setProperty("link", true);
  m_button->setCursor(Qt::PointingHandCursor);
  m_timer->setSingleShot(true);
  m_timer->setInterval(kToastMs);
  auto* shadow = new QGraphicsDropShadowEffect(this);
  shadow->setBlurRadius(kShadowBlur);
  shadow->setOffset(0, kShadowDrop);
  setGraphicsEffect(shadow);
  const auto tint = [this, shadow] {
    shadow->setColor(m_theme.tokens().shadow);
    update();
  };
  connect(&theme, &Theme::changed, this, tint);
  tint();
  connect(m_timer, &QTimer::timeout, this, &Toast::dismiss);
  connect(m_button, &QPushButton::clicked, this, [this] {
    const auto action = std::exchange(m_action, {});
    dismiss();
    if (action) action();
  });
  parent->installEventFilter(this);
  hide();
}

void Toast::showMessage(const QString& text, const QString& actionText, std::function<void()> action) {
  const bool wraps = m_label->fontMetrics().horizontalAdvance(text) > kMaxText;
  m_label->setWordWrap(wraps);
  m_label->setMinimumWidth(wraps ? kMaxText : 0);
  m_label->setText(text);
  m_button->setText(actionText);
  m_button->setVisible(!actionText.isEmpty());
  m_action = std::move(action);
  setAccessibleName(text);
  show();
  raise();
  place();
  m_timer->start();
  QAccessibleEvent event(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&event);
}

void Toast::dismiss() {
  m_timer->stop();
  m_action = {};
  hide();
}

QString Toast::message() const {
  return m_label->text();
}
QString Toast::actionText() const {
  return m_button->text();
}

bool Toast::eventFilter(QObject* watched, QEvent* event) {
  if (watched == parentWidget() && event->type() == QEvent::Resize && isVisible()) place();
  return QFrame::eventFilter(watched, event);
}

void Toast::enterEvent(QEnterEvent* event) {
  m_timer->stop();
  QFrame::enterEvent(event);
}

void Toast::leaveEvent(QEvent* event) {
  m_timer->start();
  QFrame::leaveEvent(event);
}

void Toast::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(m_theme.tokens().bg3);
  painter.drawRoundedRect(rect(), kRadiusCard, kRadiusCard);
}

void Toast::place() {
  adjustSize();
  move(parentWidget()->width() - width() - kPanelPadding, parentWidget()->height() - height() - kPanelPadding - m_lift);
}

}  // namespace kinora::widgets
