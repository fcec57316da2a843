// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
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
  connect(m_yes, &QPushButton::clicked, this, [this] { answer(m_onYes); });
  connect(m_no, &QPushButton::clicked, this, [this] { answer(m_onNo); });
  hide();
}

void NoticeBar::ask(const QString& text, const QString& yes, const QString& no, std::function<void()> onYes,
                    std::function<void()> onNo) {
  m_text->setText(text);
  m_yes->setText(yes);
  m_no->setText(no);
  m_onYes = std::move(onYes);
  m_onNo = std::move(onNo);
  setAccessibleName(text);
  show();
}

void NoticeBar::answer(std::function<void()>& action) {
  const auto taken = std::exchange(action, {});
  m_onYes = {};
  m_onNo = {};
  hide();
  // The action may ask the next question.
  if (taken) taken();
}

}  // namespace kinora::window
