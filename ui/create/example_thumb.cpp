// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/example_thumb.h"

#include <QPainter>
#include <QPainterPath>
#include <QTimerEvent>
#include <algorithm>
#include <cmath>

#include "ui/session/engine_client.h"

namespace kinora::create {

using namespace widgets;

namespace {
constexpr int kHeight = 56;
constexpr int kMinWidth = 64;
constexpr int kMaxWidth = 2 * kHeight;
constexpr int kIdleSlowness = 2;

/// The largest part of a frame of size from that has target's shape, in its middle.
QRectF middle(QSizeF from, QSizeF target) {
  const QSizeF part = target.scaled(from, Qt::KeepAspectRatio);
  return {QPointF((from.width() - part.width()) / 2, (from.height() - part.height()) / 2), part};
}
}  // namespace

ExampleThumb::ExampleThumb(Theme& theme, session::EngineClient& client, const models::Example& example, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_client(client), m_example(example) {
  setAttribute(Qt::WA_Hover);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::TabFocus);
  setFixedHeight(kHeight);
  setMaximumWidth(kMaxWidth);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setProperty("focusRadius", kRadiusSegment);
  const QString prompt = QString::fromStdString(example.request.prompt);
  setAccessibleName(prompt);
  setToolTip(prompt);
  connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize ExampleThumb::sizeHint() const {
  return {kHeight * 16 / 9, kHeight};
}

QSize ExampleThumb::minimumSizeHint() const {
  return {kMinWidth, kHeight};
}

bool ExampleThumb::event(QEvent* event) {
  switch (event->type()) {
    case QEvent::Show:
      load();
      move();
      break;
    case QEvent::Hide:
      m_timer.stop();
      break;
    case QEvent::Enter:
    case QEvent::Leave:
    case QEvent::FocusIn:
    case QEvent::FocusOut:
      move();
      update();
      break;
    default:
      break;
  }
  return QAbstractButton::event(event);
}

void ExampleThumb::load() {
  if (std::exchange(m_asked, true)) return;
  m_client.picture(QString::fromStdString(m_example.strip), 0, this, [this](const core::Result<core::Frame>& frame) {
    if (!frame) {
      qWarning("%s", frame.error().text().c_str());
      return;
    }
    const QImage strip = session::toImage(*frame);
    if (strip.width() < m_example.frames) return;
    const int height = static_cast<int>(std::ceil(kHeight * devicePixelRatioF()));
    m_strip = strip.height() > height ? strip.scaledToHeight(height, Qt::SmoothTransformation) : strip;
    move();
    update();
  });
}

/// Starts the timer where there is something to move, at the rate of the moment.
void ExampleThumb::move() {
  if (!isVisible() || !isLoaded() || m_example.frames < 2) {
    m_timer.stop();
    return;
  }
  const bool lively = underMouse() || hasFocus();
  const int interval = static_cast<int>(std::lround(1000 / m_example.fps));
  m_timer.start(lively ? interval : interval * kIdleSlowness, this);
}

void ExampleThumb::timerEvent(QTimerEvent* event) {
  if (event->timerId() != m_timer.timerId()) {
    QAbstractButton::timerEvent(event);
    return;
  }
  m_frame = (m_frame + 1) % m_example.frames;
  update();
}

void ExampleThumb::paintEvent(QPaintEvent*) {
  const Tokens& t = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
  QPainterPath shape;
  shape.addRoundedRect(QRectF(rect()), kRadiusSegment, kRadiusSegment);
  painter.fillPath(shape, t.bg2);
  if (isLoaded()) {
    const double width = static_cast<double>(m_strip.width()) / m_example.frames;
    painter.setClipPath(shape);
    painter.drawImage(QRectF(rect()), m_strip,
                      middle({width, static_cast<double>(m_strip.height())}, size()).translated(m_frame * width, 0));
    painter.setClipping(false);
  }
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(underMouse() ? t.text2 : t.line, kLine));
  const double half = kLine / 2.0;
  painter.drawRoundedRect(QRectF(rect()).adjusted(half, half, -half, -half), kRadiusSegment - half,
                          kRadiusSegment - half);
}

}  // namespace kinora::create
