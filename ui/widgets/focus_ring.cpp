// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/focus_ring.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QFocusEvent>
#include <QLineEdit>
#include <QPainter>
#include <QPlainTextEdit>
#include <QTextEdit>

namespace kinora::widgets {
namespace {

constexpr const char* kNoRing = "noFocusRing";
constexpr const char* kRadius = "focusRadius";

class Overlay : public QWidget {
 public:
  Overlay(const Theme& theme, QWidget* parent, int radius) : QWidget(parent), m_theme(theme), m_radius(radius) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    setFocusPolicy(Qt::NoFocus);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    const double half = kFocusRing / 2.0;
    painter.setPen(QPen(m_theme.tokens().focusRing, kFocusRing));
    painter.drawRoundedRect(QRectF(rect()).adjusted(half, half, -half, -half), m_radius + half, m_radius + half);
    const double inset = kFocusRing + kLine / 2.0;
    painter.setPen(QPen(m_theme.tokens().accent, kLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(inset, inset, -inset, -inset), m_radius - kLine / 2.0,
                            m_radius - kLine / 2.0);
  }

 private:
  const Theme& m_theme;
  int m_radius;
};

bool isKeyboard(Qt::FocusReason reason) {
  return reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason || reason == Qt::ShortcutFocusReason;
}

bool wantsRing(const QWidget* widget, Qt::FocusReason reason) {
  if (widget->property(kNoRing).toBool() || widget->isWindow()) return false;
  if (qobject_cast<const QAbstractItemView*>(widget)) return false;  // the current row is marked instead
  const bool field = qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget) ||
                     qobject_cast<const QPlainTextEdit*>(widget) || qobject_cast<const QTextEdit*>(widget);
  return field || isKeyboard(reason);
}

}  // namespace

FocusRing::FocusRing(Theme& theme, QObject* parent) : QObject(parent), m_theme(theme) {
  qApp->installEventFilter(this);
  connect(&theme, &Theme::changed, this, [this] {
    if (m_overlay) m_overlay->update();
  });
}

FocusRing::~FocusRing() {
  release();
}

bool FocusRing::eventFilter(QObject* watched, QEvent* event) {
  switch (event->type()) {
    case QEvent::FocusIn:
      if (auto* widget = qobject_cast<QWidget*>(watched)) {
        // A spin box gives the focus to its line edit; the ring belongs around the whole.
        QWidget* target = qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) ? widget->parentWidget() : widget;
        if (wantsRing(target, static_cast<QFocusEvent*>(event)->reason())) {
          moveTo(target);
        } else if (target != m_target) {
          release();
        }
      }
      break;
    case QEvent::FocusOut:
      if (watched == m_target) release();
      break;
    case QEvent::Move:
    case QEvent::Resize:
    case QEvent::Show:
    case QEvent::Hide:
      if (m_overlay && watched != m_overlay) {
        for (const auto& link : m_chain) {
          if (watched == link) {
            place();
            break;
          }
        }
      }
      break;
    default:
      break;
  }
  return QObject::eventFilter(watched, event);
}

void FocusRing::moveTo(QWidget* target) {
  if (target == m_target && m_overlay) return;
  release();
  m_target = target;
  const QRect ring = target->rect().adjusted(-kFocusRing, -kFocusRing, kFocusRing, kFocusRing);
  // The nearest ancestor that has room for the ring; a scroll area's viewport ends the search, so that it clips.
  QWidget* host = target;
  do {
    m_chain.emplace_back(host);
    host = host->parentWidget();
    if (!host) break;
  } while (!host->isWindow() && !qobject_cast<QAbstractScrollArea*>(host->parentWidget()) &&
           !host->rect().contains(QRect(target->mapTo(host, ring.topLeft()), ring.size())));
  if (!host) {
    release();
    return;
  }
  const QVariant radius = target->property(kRadius);
  m_overlay = new Overlay(m_theme, host, radius.isValid() ? radius.toInt() : kRadiusField);
  place();
}

void FocusRing::place() {
  if (!m_target || !m_overlay) return;
  QWidget* host = m_overlay->parentWidget();
  if (!host->isAncestorOf(m_target) || !m_target->isVisibleTo(host)) {
    m_overlay->hide();
    return;
  }
  m_overlay->setGeometry(QRect(m_target->mapTo(host, QPoint(-kFocusRing, -kFocusRing)),
                               m_target->size() + QSize(2 * kFocusRing, 2 * kFocusRing)));
  m_overlay->raise();
  m_overlay->show();
}

void FocusRing::release() {
  m_chain.clear();
  m_target = nullptr;
  if (m_overlay) {
    m_overlay->hide();
    m_overlay->deleteLater();
  }
  m_overlay = nullptr;
}

}  // namespace kinora::widgets
