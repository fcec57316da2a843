// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QWidget;

namespace kinora::window {

/// Decides who gets a key: a field that has the focus keeps its keys and Esc leaves it; a button or list that was
/// reached by keyboard keeps those it understands; all else goes to the window's shortcuts.
class ShortcutGuard : public QObject {
  Q_OBJECT

 public:
  /// home: what gets the focus when Esc leaves a field. Watches the whole application.
  ShortcutGuard(QWidget* window, QWidget* home);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* m_window;
  QWidget* m_home;
};

}  // namespace kinora::window
