// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/card.h"

#include <QStyle>
#include <QVariant>

#include "ui/widgets/tokens.h"

namespace kinora::widgets {

Card::Card(QWidget* parent) : QFrame(parent) {
  setProperty("card", true);
}

void Card::setState(State state) {
  if (state == m_state) return;
  m_state = state;
  const QString name = state == State::Error      ? QStringLiteral("error")
                       : state == State::Selected ? QStringLiteral("selected")
                                                  : QString();
  setStyleProperty(this, "state", name);
}

void setRole(QLabel* label, Role role) {
  static const QString names[] = {QStringLiteral("text"),  QStringLiteral("label"), QStringLiteral("hint"),
                                  QStringLiteral("value"), QStringLiteral("fault"), QStringLiteral("warn"),
                                  QStringLiteral("ok"),    QStringLiteral("link")};
  setStyleProperty(label, "role", names[static_cast<int>(role)]);
}

QLabel* makeLabel(Role role, QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setTextFormat(Qt::PlainText);
  setRole(label, role);
  return label;
}

QFrame* makeSeparator(QWidget* parent) {
  auto* line = new QFrame(parent);
  line->setProperty("role", QStringLiteral("separator"));
  line->setFixedHeight(kLine);
  return line;
}

void setStyleProperty(QWidget* widget, const char* name, const QVariant& value) {
  if (widget->property(name) == value) return;
  widget->setProperty(name, value);
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
  widget->update();
}

}  // namespace kinora::widgets
