// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListWidget>
#include <QTextEdit>

namespace kinora::widgets {

/// A few texts below the cursor of a text field, over the window. The field keeps the focus and its keys steer the
/// list: Down and Up choose, Enter or Tab take what is chosen, Esc closes. While nothing is chosen, Enter and Tab are
/// the field's own; any other key that moves the cursor closes the list.
class SuggestionPopup : public QListWidget {
  Q_OBJECT

 public:
  /// A child of field's window; while it is shown, field has the property keepsEscape.
  explicit SuggestionPopup(QTextEdit* field);

  /// Shows texts with none chosen; closes where there are none.
  void offer(const QStringList& texts);
  void dismiss();

 Q_SIGNALS:
  void taken(int index);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  bool steer(const QKeyEvent& key);
  void place();

  QTextEdit* m_field;
};

}  // namespace kinora::widgets
