// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "ui/widgets/tokens.h"

namespace kinora::widgets {

/// Loads icons, fonts and the style sheet, which lie in this static library. Call once after QApplication is made.
void initResources();

/// Dark or light: sets Fusion, palette, font and style sheet of the application from the tokens. One per process, made
/// by app/ after QApplication; UI thread only.
class Theme : public QObject {
  Q_OBJECT

 public:
  /// System follows the platform's palette (its colour scheme where Qt knows one), also while running.
  enum class Mode { System, Dark, Light };

  explicit Theme(Mode mode = Mode::System, QObject* parent = nullptr);

  Mode mode() const { return m_mode; }
  void setMode(Mode mode);
  const Tokens& tokens() const;
  bool isDark() const { return m_dark; }

 Q_SIGNALS:
  /// Colours are others now: repaint, make icons anew.
  void changed();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  bool systemIsDark() const;
  void update(bool force);
  void apply();

  Mode m_mode;
  bool m_dark = false;
  bool m_applying = false;
};

/// The style sheet of resources/style/kinora.qss with @names replaced by tokens; for Theme and tests.
QString styleSheet(const Tokens& tokens);

}  // namespace kinora::widgets
