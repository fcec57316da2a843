// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/shortcut_guard.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSlider>
#include <QTextEdit>

namespace kinora::window {
namespace {

bool isTextField(const QWidget* widget) {
  return qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QPlainTextEdit*>(widget) ||
         qobject_cast<const QTextEdit*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget);
}

bool isArrow(int key) {
  return key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down;
}

/// A key that widget uses itself when the user walks the window by keyboard.
bool wantsKey(const QWidget* widget, const QKeyEvent& key) {
  if (key.modifiers() & ~Qt::KeypadModifier) return false;
  const bool press = key.key() == Qt::Key_Space || key.key() == Qt::Key_Return || key.key() == Qt::Key_Enter;
  if (qobject_cast<const QAbstractItemView*>(widget)) return isArrow(key.key()) || press;
  if (!widget->window()->testAttribute(Qt::WA_KeyboardFocusChange)) return false;
  if (qobject_cast<const QComboBox*>(widget) || qobject_cast<const QSlider*>(widget))
    return isArrow(key.key()) || press;
  if (qobject_cast<const QAbstractButton*>(widget)) {
    return press || isArrow(key.key()) || key.key() == Qt::Key_Delete;
  }
  return false;
}

}  // namespace

ShortcutGuard::ShortcutGuard(QWidget* window, QWidget* home) : QObject(window), m_window(window), m_home(home) {
  qApp->installEventFilter(this);
}

bool ShortcutGuard::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::ShortcutOverride && event->type() != QEvent::KeyPress) return false;
  auto* widget = qobject_cast<QWidget*>(watched);
  // The window's own focus: where no window manager says which window is active, the application has none.
  if (!widget || widget != m_window->focusWidget()) return false;
  auto* key = static_cast<QKeyEvent*>(event);
  if (isTextField(widget)) {
    if (key->key() != Qt::Key_Escape || widget->property("keepsEscape").toBool()) return false;
    if (event->type() == QEvent::KeyPress) m_home->setFocus(Qt::OtherFocusReason);
    event->accept();
    return true;
  }
  if (event->type() == QEvent::ShortcutOverride && wantsKey(widget, *key)) {
    event->accept();
    return true;
  }
  return false;
}

}  // namespace kinora::window
