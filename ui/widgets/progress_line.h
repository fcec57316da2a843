// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/widgets/theme.h"

namespace kinora::widgets {

/// A 4 px bar in the accent colour. No animation: it shows work.
class ProgressLine : public QWidget {
  Q_OBJECT

 public:
  explicit ProgressLine(Theme& theme, QWidget* parent = nullptr);

  /// Clamped to 0..1.
  void setValue(double fraction);
  double value() const { return m_value; }
  /// For a memory bar: label colour rather than accent.
  void setQuiet(bool quiet);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Theme& m_theme;
  double m_value = 0;
  bool m_quiet = false;
};

}  // namespace kinora::widgets
