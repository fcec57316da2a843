// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

#include "ui/widgets/theme.h"

namespace kinora::create {

/// One edition to choose: name, quality below it, price on the right. Compact: the same in one line.
class EditionCard : public QAbstractButton {
  Q_OBJECT

 public:
  EditionCard(widgets::Theme& theme, bool compact, QWidget* parent = nullptr);

  void setTexts(const QString& title, const QString& detail, const QString& price);
  const QString& detail() const { return m_detail; }
  const QString& price() const { return m_price; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  widgets::Theme& m_theme;
  bool m_compact;
  QString m_detail;
  QString m_price;
};

}  // namespace kinora::create
