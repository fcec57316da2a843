// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session/model_store.h"
#include "ui/widgets/card.h"
#include "ui/widgets/theme.h"

class QLabel;
class QPushButton;

namespace kinora::widgets {
class ElidedLabel;
class ProgressLine;
}  // namespace kinora::widgets

namespace kinora::models_panel {

/// One model: name, what it is, what is going on, and what can be done. Shows what it is given and asks through a
/// signal.
class ModelCard : public widgets::Card {
  Q_OBJECT

 public:
  enum class Action { Download, Verify, Cancel, Discard, Remove };

  ModelCard(widgets::Theme& theme, QWidget* parent);
  void setRow(const session::ModelRow& row);
  const session::ModelRow& row() const { return m_row; }
  /// A sentence below the details, until the next one.
  void setMessage(const QString& text, widgets::Role role);
  /// The button of an action; for tests.
  QPushButton* button(Action action) const { return m_buttons[static_cast<std::size_t>(action)]; }

 Q_SIGNALS:
  void requested(const QString& id, kinora::models_panel::ModelCard::Action action);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void showRow();
  const QPushButton* focusedButton() const;
  void keepFocus();

  session::ModelRow m_row;
  QString m_message;
  widgets::Role m_messageRole = widgets::Role::Value;
  widgets::ElidedLabel* m_name;
  QLabel* m_details;
  QLabel* m_status;
  widgets::ProgressLine* m_bar;
  QPushButton* m_buttons[5];
};

}  // namespace kinora::models_panel
