// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <vector>

class QDockWidget;
class QMainWindow;

namespace kinora::window {

enum class Workspace { Create, Edit, Export };

/// The docks around the monitor and their arrangement in each workspace, remembered in the settings. Docks show no
/// title bars until the user wants to arrange them. UI thread.
class PanelLayout : public QObject {
  Q_OBJECT

 public:
  struct Panels {
    QWidget* create = nullptr;
    QWidget* timeline = nullptr;
    QWidget* side = nullptr;
  };
  PanelLayout(QMainWindow* window, const Panels& panels);

  Workspace workspace() const { return m_workspace; }
  /// Keeps the arrangement of the one that is left, brings back that of the other.
  void setWorkspace(Workspace workspace);
  /// The arrangement the workspace came with.
  void reset();
  /// Shows the title bars, by which docks are dragged, floated and closed.
  void setArranging(bool arranging);
  const std::vector<QDockWidget*>& docks() const { return m_docks; }
  void retranslate();
  /// Window geometry and arrangement, at the start and the end of a session. restore before the window is shown.
  void restore();
  void save();

 Q_SIGNALS:
  void workspaceChanged(kinora::window::Workspace workspace);

 private:
  QDockWidget* addDock(const char* name, QWidget* panel, Qt::DockWidgetArea area);
  void showTitles();
  QString key(Workspace workspace) const;

  QMainWindow* m_window;
  QDockWidget* m_create;
  QDockWidget* m_timeline;
  QDockWidget* m_side;
  std::vector<QDockWidget*> m_docks;
  Workspace m_workspace = Workspace::Create;
  bool m_arranging = false;
};

}  // namespace kinora::window
