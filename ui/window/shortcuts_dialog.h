// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLineEdit;
class QTreeWidget;

namespace kinora::window {

class ActionSet;

/// All keys, searchable. Not modal.
class ShortcutsDialog : public QDialog {
  Q_OBJECT

 public:
  ShortcutsDialog(const ActionSet& actions, QWidget* parent);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fill();
  void filter();

  const ActionSet& m_actions;
  QLineEdit* m_search;
  QTreeWidget* m_list;
};

}  // namespace kinora::window
