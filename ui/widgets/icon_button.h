// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>

#include "ui/widgets/theme.h"

namespace kinora::widgets {

/// A 28 px tool button with one of our icons, tinted anew when the theme changes. Its tooltip and accessible name are
/// one text, with the shortcut in brackets where there is one.
class IconButton : public QToolButton {
  Q_OBJECT

 public:
  IconButton(Theme& theme, const char* iconName, QWidget* parent = nullptr);

  /// Static text, e.g. "play".
  void setIconName(const char* iconName);
  const char* iconName() const { return m_name; }
  /// Sets tooltip "Play (Space)" and accessible name "Play".
  void setLabel(const QString& text, const QString& keys = {});
  /// Another colour than the theme's text colours, e.g. for a button on a picture; an invalid colour: back to normal.
  void setTint(const QColor& color);

 private:
  void refresh();

  Theme& m_theme;
  const char* m_name;
  QColor m_tint;
};

}  // namespace kinora::widgets
