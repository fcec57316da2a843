// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QString>
#include <deque>
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

  /// Either button calls its action and shows the next question. What is asked meanwhile waits; a question of the same
  /// topic takes the place of the former.
  void ask(const QString& topic, const QString& text, const QString& yes, const QString& no,
           std::function<void()> onYes, std::function<void()> onNo);
  QPushButton* yesButton() const { return m_yes; }
  QPushButton* noButton() const { return m_no; }

 private:
  struct Question {
    QString topic;
    QString text;
    QString yes;
    QString no;
    std::function<void()> onYes;
    std::function<void()> onNo;
  };
  void showFirst();
  void answer(bool yes);

  std::deque<Question> m_questions;  ///< the first is shown
  QLabel* m_text;
  QPushButton* m_yes;
  QPushButton* m_no;
};

}  // namespace kinora::window
