// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models_panel/model_card.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/models_panel/model_texts.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/progress_line.h"

namespace kinora::models_panel {

using session::ModelRow;
using widgets::Role;

ModelCard::ModelCard(widgets::Theme& theme, QWidget* parent) : Card(parent) {
  m_name = new widgets::ElidedLabel(this);
  m_name->setFont(widgets::uiFont(widgets::kTextPx, QFont::Medium));
  m_details = widgets::makeLabel(Role::Value, this);
  m_details->setWordWrap(true);
  m_status = widgets::makeLabel(Role::Value, this);
  m_status->setWordWrap(true);
  m_bar = new widgets::ProgressLine(theme, this);
  auto* texts = new QVBoxLayout;
  texts->setSpacing(0);
  texts->addWidget(m_name);
  texts->addWidget(m_details);
  texts->addWidget(m_status);
  auto* top = new QHBoxLayout;
  top->setSpacing(widgets::kGap);
  top->addLayout(texts, 1);
  for (std::size_t i = 0; i < std::size(m_buttons); ++i) {
    m_buttons[i] = new QPushButton(this);
    m_buttons[i]->setAutoDefault(false);
    top->addWidget(m_buttons[i], 0, Qt::AlignTop);
    connect(m_buttons[i], &QPushButton::clicked, this,
            [this, i] { Q_EMIT requested(m_row.id, static_cast<Action>(i)); });
  }
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(widgets::kPromptPaddingX, widgets::kPromptPaddingY, widgets::kPromptPaddingX,
                             widgets::kPromptPaddingY);
  layout->setSpacing(widgets::kGap);
  layout->addLayout(top);
  layout->addWidget(m_bar);
}

void ModelCard::setRow(const ModelRow& row) {
  const bool begins = row.isBusy() && !m_row.isBusy();
  m_row = row;
  if (begins) m_message.clear();  // what was said before no longer holds
  showRow();
}

void ModelCard::setMessage(const QString& text, Role role) {
  m_message = text;
  m_messageRole = role;
  showRow();
}

void ModelCard::showRow() {
  using RowState = ModelRow::State;
  const bool busy = m_row.isBusy();
  const bool unfinished = m_row.state == RowState::Unfinished;
  const bool deleting = m_row.state == RowState::Deleting;
  const bool installed = m_row.isInstalled && !busy;
  m_name->setFullText(m_row.name);
  setAccessibleName(m_row.name);
  m_details->setText(detailsText(m_row));
  m_details->setToolTip(m_row.page);
  const QString state = stateText(m_row);
  widgets::setRole(m_status,
                   m_message.isEmpty() ? (m_row.state == RowState::Broken ? Role::Fault : Role::Value) : m_messageRole);
  m_status->setText(m_message.isEmpty() || busy ? state : m_message);
  m_status->setVisible(!m_status->text().isEmpty());
  m_bar->setVisible((busy && !deleting) || unfinished);
  m_bar->setValue(m_row.totalBytes > 0 ? static_cast<double>(m_row.doneBytes) / static_cast<double>(m_row.totalBytes)
                                       : 0);
  const QPushButton* const focused = focusedButton();
  button(Action::Download)->setVisible(m_row.state == RowState::Available || unfinished);
  button(Action::Download)->setText(unfinished ? tr("Go on") : tr("Download"));
  button(Action::Verify)->setVisible(installed);
  button(Action::Verify)->setText(tr("Verify"));
  button(Action::Cancel)->setVisible(busy && !deleting);
  button(Action::Cancel)->setText(tr("Cancel"));
  button(Action::Discard)->setVisible(unfinished);
  button(Action::Discard)->setText(tr("Delete"));
  button(Action::Remove)->setVisible(installed && m_row.isRemovable);
  button(Action::Remove)->setText(m_row.isInPlace ? tr("Remove") : tr("Delete"));
  for (QPushButton* one : m_buttons) one->setAccessibleDescription(m_row.name);
  if (focused && focused->isHidden()) keepFocus();
}

const QPushButton* ModelCard::focusedButton() const {
  const auto it =
      std::find_if(std::begin(m_buttons), std::end(m_buttons), [](const QPushButton* one) { return one->hasFocus(); });
  return it == std::end(m_buttons) ? nullptr : *it;
}

/// A button that goes takes the focus along, to another model: the next press of a key is meant for this one.
void ModelCard::keepFocus() {
  const auto it =
      std::find_if(std::begin(m_buttons), std::end(m_buttons), [](const QPushButton* one) { return !one->isHidden(); });
  if (it != std::end(m_buttons)) (*it)->setFocus(Qt::OtherFocusReason);
}

void ModelCard::changeEvent(QEvent* event) {
  Card::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) showRow();
}

}  // namespace kinora::models_panel
