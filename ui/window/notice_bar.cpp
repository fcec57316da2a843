// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <algorithm>
#include <utility>

#include "ui/widgets/card.h"

namespace kinora::window {

NoticeBar::NoticeBar(QWidget* parent) : QFrame(parent) {
  widgets::setStyleProperty(this, "notice", true);
  m_text = widgets::makeLabel(widgets::Role::Text, this);
  m_text->setWordWrap(true);
  m_yes = new QPushButton(this);
  widgets::setStyleProperty(m_yes, "primary", true);
  m_no = new QPushButton(this);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(widgets::kPromptPaddingX, widgets::kGap, widgets::kPromptPaddingX, widgets::kGap);
  layout->setSpacing(widgets::kGap);
  layout->addWidget(m_text, 1);
  layout->addWidget(m_yes);
  layout->addWidget(m_no);
  connect(m_yes, &QPushButton::clicked, this, [this] { answer(true); });
  connect(m_no, &QPushButton::clicked, this, [this] { answer(false); });
  hide();
}

void NoticeBar::ask(const QString& topic, const QString& text, const QString& yes, const QString& no,
                    std::function<void()> onYes, std::function<void()> onNo) {
  Question question{topic, text, yes, no, std::move(onYes), std::move(onNo)};
  const auto same =
      std::find_if(m_questions.begin(), m_questions.end(), [&](const Question& other) { return other.topic == topic; });
  if (same != m_questions.end()) {
    *same = std::move(question);
  } else {
    m_questions.push_back(std::move(question));
  }
  showFirst();
}

void NoticeBar::showFirst() {
  setVisible(!m_questions.empty());
  if (m_questions.empty()) return;
  const Question& question = m_questions.front();
  m_text->setText(question.text);
  m_yes->setText(question.yes);
  m_no->setText(question.no);
  setAccessibleName(question.text);
}

void NoticeBar::answer(bool yes) {
  const Question question = std::move(m_questions.front());
  m_questions.pop_front();
  showFirst();
  // The action may ask the next question.
  (yes ? question.onYes : question.onNo)();
}

}  // namespace kinora::window
