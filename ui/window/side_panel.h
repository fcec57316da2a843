// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/widgets/theme.h"

class QButtonGroup;
class QHBoxLayout;
class QStackedWidget;

namespace kinora::window {

/// The right column: tabs of which one may carry a count.
class SidePanel : public QWidget {
  Q_OBJECT

 public:
  explicit SidePanel(widgets::Theme& theme, QWidget* parent = nullptr);

  /// Takes ownership of page; gives its index.
  int addPage(QWidget* page);
  void setTitle(int index, const QString& title);
  /// 0: no badge.
  void setBadge(int index, int count);
  int currentIndex() const;
  void setCurrentIndex(int index);

 private:
  class Tab;
  Tab* tab(int index) const;

  widgets::Theme& m_theme;
  QButtonGroup* m_tabs;
  QHBoxLayout* m_bar;
  QStackedWidget* m_pages;
};

}  // namespace kinora::window
