// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <functional>

#include "ui/widgets/theme.h"

class QLabel;
class QPushButton;

namespace kinora::window {

/// A quiet line above the monitor that asks something and waits: a sentence, what may be done, and its opposite.
class NoticeBar : public QFrame {
  Q_OBJECT

 public:
  explicit NoticeBar(QWidget* parent = nullptr);

  /// Either button hides the bar and calls its action.
  void ask(const QString& text, const QString& yes, const QString& no, std::function<void()> onYes,
           std::function<void()> onNo);
  QPushButton* yesButton() const { return m_yes; }
  QPushButton* noButton() const { return m_no; }

 private:
  void answer(std::function<void()>& action);

  QLabel* m_text;
  QPushButton* m_yes;
  QPushButton* m_no;
  std::function<void()> m_onYes;
  std::function<void()> m_onNo;
};

}  // namespace kinora::window
