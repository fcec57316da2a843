// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/timeline/timeline_view.h"

class QButtonGroup;
class QLabel;
class QSlider;

namespace kinora::widgets {
class IconButton;
}

namespace kinora::timeline {

/// The timeline with its bar of tools: select, blade, snapping, zoom. Installs no shortcuts: the window's actions call
/// the slots, and the tooltips only name the keys.
class TimelinePanel : public QWidget {
  Q_OBJECT

 public:
  TimelinePanel(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
                QWidget* parent = nullptr);

  TimelineView& view() const { return *m_view; }

 public Q_SLOTS:
  void selectTool() { m_view->setTool(TimelineView::Tool::Select); }
  void bladeTool() { m_view->setTool(TimelineView::Tool::Blade); }
  void toggleSnapping() { m_view->setSnapping(!m_view->isSnapping()); }
  void zoomIn() { m_view->zoomIn(); }
  void zoomOut() { m_view->zoomOut(); }
  void fit() { m_view->fit(); }
  void splitAtPlayhead() { m_view->splitAtPlayhead(false); }
  void splitAllTracks() { m_view->splitAtPlayhead(true); }
  void trimToPlayhead(bool startEdge) { m_view->trimToPlayhead(startEdge); }
  void deleteSelection(bool ripple) { m_view->deleteSelection(ripple); }
  void selectAll() { m_view->selectAll(); }
  void selectNone() { m_view->selectNone(); }
  void cut() { m_view->cut(); }
  void copy() { m_view->copy(); }
  void paste() { m_view->paste(); }
  void duplicate() { m_view->duplicate(); }
  void nextCut() { m_view->nextCut(); }
  void previousCut() { m_view->previousCut(); }
  void cancel() { m_view->cancel(); }

 Q_SIGNALS:
  void assetActivated(const QString& asset);
  void refused(const kinora::core::Error& error);
  void importFailed(const QString& path, const kinora::core::Error& error);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void retranslate();
  void showZoom();
  QWidget* buildBar();

  widgets::Theme& m_theme;
  TimelineView* m_view;
  widgets::IconButton* m_select;
  widgets::IconButton* m_blade;
  widgets::IconButton* m_snap;
  widgets::IconButton* m_fit;
  QLabel* m_percent;
  QSlider* m_slider;
};

}  // namespace kinora::timeline
