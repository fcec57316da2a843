// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/panel_layout.h"

#include <QDockWidget>
#include <QGuiApplication>
#include <QMainWindow>
#include <QScreen>
#include <QSettings>

#include "ui/widgets/tokens.h"

namespace kinora::window {
namespace {

const QString kGeometry = QStringLiteral("window/geometry");
const QString kWorkspace = QStringLiteral("window/workspace");
constexpr int kStateVersion = 1;
constexpr int kTimelineHeight = 372;
constexpr int kTimelineShare = 3;  ///< at most one part in three of a low window
constexpr int kMinimumTimeline = 180;
constexpr QSize kDefaultSize(1600, 900);

}  // namespace

PanelLayout::PanelLayout(QMainWindow* window, const Panels& panels) : QObject(window), m_window(window) {
  window->setDockNestingEnabled(true);
  window->setCorner(Qt::TopLeftCorner, Qt::LeftDockWidgetArea);
  window->setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  window->setCorner(Qt::TopRightCorner, Qt::RightDockWidgetArea);
  window->setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  m_create = addDock("create", panels.create, Qt::LeftDockWidgetArea);
  m_side = addDock("side", panels.side, Qt::RightDockWidgetArea);
  m_timeline = addDock("timeline", panels.timeline, Qt::BottomDockWidgetArea);
  showTitles();
}

QDockWidget* PanelLayout::addDock(const char* name, QWidget* panel, Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(m_window);
  dock->setObjectName(QString::fromLatin1(name));
  dock->setWidget(panel);
  m_window->addDockWidget(area, dock);
  m_docks.push_back(dock);
  // A floating dock needs its title bar to be put back by.
  connect(dock, &QDockWidget::topLevelChanged, this, &PanelLayout::showTitles);
  return dock;
}

void PanelLayout::showTitles() {
  for (QDockWidget* dock : m_docks) {
    const bool titled = m_arranging || dock->isFloating();
    QWidget* bar = dock->titleBarWidget();
    if (titled && bar) {
      dock->setTitleBarWidget(nullptr);
      bar->deleteLater();
    } else if (!titled && !bar) {
      auto* none = new QWidget(dock);
      none->setFixedHeight(0);
      dock->setTitleBarWidget(none);
    }
  }
}

void PanelLayout::setArranging(bool arranging) {
  m_arranging = arranging;
  showTitles();
}

void PanelLayout::retranslate() {
  m_create->setWindowTitle(tr("Create"));
  m_timeline->setWindowTitle(tr("Timeline"));
  m_side->setWindowTitle(tr("Library, inspector, queue"));
}

QString PanelLayout::key(Workspace workspace) const {
  return QStringLiteral("window/layout%1").arg(static_cast<int>(workspace));
}

void PanelLayout::setWorkspace(Workspace workspace) {
  if (workspace == m_workspace) return;
  QSettings settings;
  settings.setValue(key(m_workspace), m_window->saveState(kStateVersion));
  m_workspace = workspace;
  if (!m_window->restoreState(settings.value(key(workspace)).toByteArray(), kStateVersion)) reset();
  showTitles();
  Q_EMIT workspaceChanged(workspace);
}

void PanelLayout::reset() {
  const bool creating = m_workspace == Workspace::Create;
  const bool exporting = m_workspace == Workspace::Export;
  m_window->addDockWidget(Qt::LeftDockWidgetArea, m_create);
  m_window->addDockWidget(Qt::RightDockWidgetArea, m_side);
  m_window->addDockWidget(Qt::BottomDockWidgetArea, m_timeline);
  for (QDockWidget* dock : m_docks) dock->setFloating(false);
  m_create->setVisible(creating);
  m_side->setVisible(true);
  m_timeline->setVisible(true);
  const int share = m_window->height() / kTimelineShare;
  const int height = exporting ? kMinimumTimeline : std::max(kMinimumTimeline, std::min(kTimelineHeight, share));
  m_window->resizeDocks({m_create, m_side}, {widgets::kCreateWidth, widgets::kSideWidth}, Qt::Horizontal);
  m_window->resizeDocks({m_timeline}, {height}, Qt::Vertical);
  showTitles();
}

void PanelLayout::restore() {
  QSettings settings;
  if (!m_window->restoreGeometry(settings.value(kGeometry).toByteArray())) {
    const QScreen* screen = QGuiApplication::primaryScreen();
    m_window->resize(screen ? kDefaultSize.boundedTo(screen->availableSize()) : kDefaultSize);
  }
  const int last = qBound(0, settings.value(kWorkspace, 0).toInt(), static_cast<int>(Workspace::Export));
  m_workspace = static_cast<Workspace>(last);
  if (!m_window->restoreState(settings.value(key(m_workspace)).toByteArray(), kStateVersion)) reset();
  showTitles();
  Q_EMIT workspaceChanged(m_workspace);
}

void PanelLayout::save() {
  QSettings settings;
  settings.setValue(kGeometry, m_window->saveGeometry());
  settings.setValue(kWorkspace, static_cast<int>(m_workspace));
  settings.setValue(key(m_workspace), m_window->saveState(kStateVersion));
}

}  // namespace kinora::window
