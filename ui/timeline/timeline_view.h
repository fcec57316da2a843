// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QStringList>
#include <QTimer>
#include <memory>
#include <optional>
#include <vector>

#include "engine/project/edit.h"
#include "ui/session/project_document.h"
#include "ui/timeline/timeline_drag.h"
#include "ui/timeline/timeline_layout.h"
#include "ui/timeline/timeline_painter.h"

class QMimeData;

namespace kinora::session {
class EngineClient;
}

namespace kinora::timeline {

/// The timeline itself: ruler, tracks, clips, playhead, and every gesture on them. All edits are single undo steps of
/// the document; while the mouse is down the view paints a copy as it would be. UI thread.
class TimelineView : public QAbstractScrollArea {
  Q_OBJECT

 public:
  enum class Tool { Select, Blade };

  TimelineView(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
               QWidget* parent = nullptr);
  ~TimelineView() override;

  Tool tool() const { return m_tool; }
  bool isSnapping() const { return m_snapping; }
  double zoom() const { return m_layout.zoom(); }
  const TimelineLayout& timelineLayout() const { return m_layout; }
  bool isDragging() const { return m_drag != nullptr; }
  const std::optional<DropGhost>& ghost() const { return m_ghost; }
  const ClipThumbnails& thumbnails() const { return *m_thumbnails; }

  void setZoom(double zoom);
  /// Keeps the frame at viewport pixel x where it is.
  void zoomAt(double zoom, int x);
  /// Looks at the files (off this thread), adds them to the project and places them one after the other.
  void importFiles(const QStringList& paths, int track, std::int64_t frame, project::PlaceMode mode);
  /// A generation under way that will land here; nullopt: none.
  void setPending(std::optional<PendingClip> pending);
  void retranslate();

  QSize sizeHint() const override;

 public Q_SLOTS:
  void setTool(kinora::timeline::TimelineView::Tool tool);
  void setSnapping(bool snapping);
  void zoomIn();
  void zoomOut();
  void fit();
  /// allTracks false: the selected clips under the playhead, or the top-most clip there.
  void splitAtPlayhead(bool allTracks = false);
  /// Cuts away what the clip under the playhead has before it (or, startEdge false, behind it) and closes the gap.
  void trimToPlayhead(bool startEdge);
  void deleteSelection(bool ripple = false);
  void selectAll();
  void selectNone();
  void cut();
  void copy();
  void paste();
  void duplicate();
  void nextCut();
  void previousCut();
  /// Esc: throws a drag away; without one selects none.
  void cancel();

 Q_SIGNALS:
  void zoomChanged(double zoom);
  void toolChanged();
  void snappingChanged(bool snapping);
  /// A clip was double-clicked: show its file in Source.
  void assetActivated(const QString& asset);
  /// An edit could not be done, e.g. on a locked track.
  void refused(const kinora::core::Error& error);
  void importFailed(const QString& path, const kinora::core::Error& error);

 protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void wheelEvent(QWheelEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragMoveEvent(QDragMoveEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  struct Import;
  const project::Project& shown() const { return m_preview ? *m_preview : m_document.project(); }
  void onChanged(const session::ChangeEvent& event);
  void onPlayheadChanged(qint64 frame);
  void updateScrollBars();
  void run(const QString& text, const session::ProjectDocument::Operation& operation);
  bool pressHeader(const QPoint& point);
  void pressClip(const TimelineLayout::Hit& hit, const QMouseEvent& event);
  void blade(const TimelineLayout::Hit& hit, const QPoint& point);
  void beginDrag(std::unique_ptr<Drag> drag);
  void moveDrag(const QPoint& point, Qt::KeyboardModifiers modifiers);
  void endDrag(bool commit);
  void hover(const QPoint& point);
  void autoScroll();
  Drag::Scene dragScene() const;
  std::optional<DropGhost> ghostFor(const QMimeData& mime, const QPoint& point, Qt::KeyboardModifiers modifiers);
  void place(const Import& import);
  std::vector<project::Id> selectedIds() const;
  std::vector<project::Id> clipsUnderPlayhead() const;

  widgets::Theme& m_theme;
  session::ProjectDocument& m_document;
  session::EngineClient& m_client;
  std::unique_ptr<ClipThumbnails> m_thumbnails;
  TimelinePainter m_painter;
  TimelineLayout m_layout;
  Tool m_tool = Tool::Select;
  bool m_snapping = true;
  bool m_keyboardFocus = false;
  std::int64_t m_paintedPlayhead = 0;

  std::unique_ptr<Drag> m_drag;
  std::unique_ptr<Drag> m_armed;  ///< pressed, but not yet moved far enough to be a drag
  QPoint m_press;
  QPoint m_pointer;
  Qt::KeyboardModifiers m_modifiers;
  project::Id m_selectOnRelease;  ///< a click without a drag on one of many selected clips selects it alone
  QStringList m_selectionBefore;  ///< of a rubber band
  std::optional<project::Project> m_preview;
  std::optional<DropGhost> m_ghost;
  std::optional<PendingClip> m_pending;
  std::optional<std::int64_t> m_dropSnap;
  std::optional<int> m_bladeX;
  QTimer m_scrollTimer;
};

}  // namespace kinora::timeline
