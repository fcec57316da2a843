// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/shortcuts_dialog.h"

#include <QAction>
#include <QEvent>
#include <QHeaderView>
#include <QLineEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/widgets/tokens.h"
#include "ui/window/action_set.h"

namespace kinora::window {
namespace {

constexpr QSize kSize(520, 640);
constexpr ActionGroup kGroups[] = {ActionGroup::File,     ActionGroup::Edit, ActionGroup::Play, ActionGroup::Clip,
                                   ActionGroup::Generate, ActionGroup::View, ActionGroup::Help};

}  // namespace

ShortcutsDialog::ShortcutsDialog(const ActionSet& actions, QWidget* parent) : QDialog(parent), m_actions(actions) {
  setModal(false);
  m_search = new QLineEdit(this);
  m_search->setClearButtonEnabled(true);
  m_list = new QTreeWidget(this);
  m_list->setColumnCount(2);
  m_list->setHeaderHidden(true);
  m_list->setRootIsDecorated(false);
  m_list->setItemsExpandable(false);
  m_list->setSelectionMode(QAbstractItemView::NoSelection);
  m_list->setFocusPolicy(Qt::NoFocus);
  m_list->setIndentation(widgets::kGapWide);
  m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  m_list->header()->setStretchLastSection(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(widgets::kPanelPadding, widgets::kPanelPadding, widgets::kPanelPadding,
                             widgets::kPanelPadding);
  layout->setSpacing(widgets::kGap);
  layout->addWidget(m_search);
  layout->addWidget(m_list, 1);
  connect(m_search, &QLineEdit::textChanged, this, &ShortcutsDialog::filter);
  resize(kSize);
  fill();
}

void ShortcutsDialog::fill() {
  setWindowTitle(tr("Keyboard shortcuts"));
  m_search->setPlaceholderText(tr("Search"));
  m_search->setAccessibleName(tr("Search the shortcuts"));
  m_list->setAccessibleName(windowTitle());
  m_list->clear();
  for (const ActionGroup group : kGroups) {
    auto* head = new QTreeWidgetItem(m_list, {ActionSet::groupName(group)});
    head->setFont(0, widgets::uiFont(widgets::kTextPx, QFont::DemiBold));
    const auto actions = m_actions.group(group);
    for (const QAction* action : actions) {
      const QString keys = ActionSet::keysText(*action);
      if (!keys.isEmpty()) new QTreeWidgetItem(head, {action->text(), keys});
    }
  }
  m_list->expandAll();
  filter();
}

void ShortcutsDialog::filter() {
  const QString words = m_search->text().trimmed();
  for (int i = 0; i < m_list->topLevelItemCount(); ++i) {
    QTreeWidgetItem* head = m_list->topLevelItem(i);
    bool any = false;
    for (int j = 0; j < head->childCount(); ++j) {
      QTreeWidgetItem* row = head->child(j);
      const bool shown = words.isEmpty() || row->text(0).contains(words, Qt::CaseInsensitive) ||
                         row->text(1).contains(words, Qt::CaseInsensitive);
      row->setHidden(!shown);
      any = any || shown;
    }
    head->setHidden(!any);
  }
}

void ShortcutsDialog::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) fill();
}

}  // namespace kinora::window
