// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QLabel>

namespace kinora::widgets {

/// A raised frame: field colour, hairline, 10 px corners; from the style sheet.
class Card : public QFrame {
  Q_OBJECT

 public:
  enum class State { Normal, Selected, Error };
  explicit Card(QWidget* parent = nullptr);
  void setState(State state);
  State state() const { return m_state; }

 private:
  State m_state = State::Normal;
};

/// Text of one kind; the style sheet gives each its size and colour.
enum class Role { Text, Label, Hint, Value, Fault, Warn, Ok, Link };
/// Gives label a kind; may be called again.
void setRole(QLabel* label, Role role);
QLabel* makeLabel(Role role, QWidget* parent);

/// Hairline across a layout.
QFrame* makeSeparator(QWidget* parent);

/// Sets a dynamic property that the style sheet asks for and polishes the widget again.
void setStyleProperty(QWidget* widget, const char* name, const QVariant& value);

}  // namespace kinora::widgets
