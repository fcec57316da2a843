// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icon_button.h"

#include "ui/widgets/icons.h"

namespace kinora::widgets {

IconButton::IconButton(Theme& theme, const char* iconName, QWidget* parent)
    : QToolButton(parent), m_theme(theme), m_name(iconName) {
  setFixedSize(kIconButton, kIconButton);
  setIconSize({kIconSize, kIconSize});
  setFocusPolicy(Qt::TabFocus);
  setProperty("focusRadius", kRadiusSegment);
  connect(&theme, &Theme::changed, this, &IconButton::refresh);
  refresh();
}

void IconButton::setIconName(const char* iconName) {
  m_name = iconName;
  refresh();
}

void IconButton::setLabel(const QString& text, const QString& keys) {
  setToolTip(keys.isEmpty() ? text : QStringLiteral("%1 (%2)").arg(text, keys));
  setAccessibleName(text);
}

void IconButton::setTint(const QColor& color) {
  m_tint = color;
  refresh();
}

void IconButton::refresh() {
  setIcon(m_tint.isValid() ? widgets::icon(m_theme, m_name, m_tint) : widgets::icon(m_theme, m_name));
}

}  // namespace kinora::widgets
