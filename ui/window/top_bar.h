// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include "ui/widgets/theme.h"

class QGridLayout;
class QHBoxLayout;
class QLabel;
class QMenuBar;

namespace kinora::session {
class ProjectDocument;
}

namespace kinora::widgets {
class ElidedLabel;
class SegmentedControl;
}  // namespace kinora::widgets

namespace kinora::window {

/// The bar at the top: mark, menus, workspace switch in the middle, project name with the dot of unsaved work, and on
/// the right what the window puts there.
class TopBar : public QFrame {
  Q_OBJECT

 public:
  TopBar(widgets::Theme& theme, session::ProjectDocument& document, QWidget* parent);

  QMenuBar& menuBar() const { return *m_menus; }
  widgets::SegmentedControl& workspaces() const { return *m_workspaces; }
  /// Puts widget at the right end.
  void addWidget(QWidget* widget);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void showProject();
  void showTheme();
  void retranslate();

  widgets::Theme& m_theme;
  session::ProjectDocument& m_document;
  QLabel* m_mark;
  QMenuBar* m_menus;
  widgets::SegmentedControl* m_workspaces;
  widgets::ElidedLabel* m_project;
  QLabel* m_dot;
  QHBoxLayout* m_right;
};

}  // namespace kinora::window
