// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QPixmap>

#include "ui/widgets/theme.h"

namespace kinora::widgets {

/// resources/icons/<name>.svg drawn in color, px logical pixels square, at the given device pixel ratio. An unknown
/// name gives a null pixmap.
QPixmap iconPixmap(const Theme& theme, const char* name, const QColor& color, int px = kIconSize, double dpr = 1.0);
/// The same in text 2, the colour of an idle icon.
QPixmap iconPixmap(const Theme& theme, const char* name);

/// Icon tinted for its states: text 2, under the pointer text 1, on = accent, disabled text 3. Sharp at any scale.
/// It keeps the colours of now: make it anew on Theme::changed().
QIcon icon(const Theme& theme, const char* name);
/// All states in one colour.
QIcon icon(const Theme& theme, const char* name, const QColor& color);

/// The application's icon, kinora.svg.
QIcon applicationIcon();

}  // namespace kinora::widgets
