// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

#include "ui/widgets/theme.h"

namespace kinora::widgets {

/// The one main action of a panel: accent ground, 48 px high, what it costs on its right side.
class ActionButton : public QAbstractButton {
  Q_OBJECT

 public:
  explicit ActionButton(Theme& theme, QWidget* parent = nullptr);

  void setDetail(const QString& detail);
  const QString& detail() const { return m_detail; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Theme& m_theme;
  QString m_detail;
};

}  // namespace kinora::widgets
