// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <functional>

#include "ui/widgets/theme.h"

class QLabel;
class QPushButton;
class QTimer;

namespace kinora::widgets {

/// A message with at most one action in the parent's lower right corner, for six seconds or until its action is taken;
/// it stays while the pointer is on it. A new message replaces the old one.
class Toast : public QFrame {
  Q_OBJECT

 public:
  Toast(Theme& theme, QWidget* parent);

  void showMessage(const QString& text, const QString& actionText = {}, std::function<void()> action = {});
  void dismiss();
  /// Keeps pixels free below, e.g. for a status bar.
  void setLift(int pixels) { m_lift = pixels; }
  QString message() const;
  QString actionText() const;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void enterEvent(QEnterEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void place();

  Theme& m_theme;
  QLabel* m_label;
  QPushButton* m_button;
  QTimer* m_timer;
  std::function<void()> m_action;
  int m_lift = 0;
};

}  // namespace kinora::widgets
