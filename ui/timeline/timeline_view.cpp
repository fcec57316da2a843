// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_view.h"

#include <QEvent>
#include <QFocusEvent>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/session/engine_client.h"
#include "ui/timeline/clip_thumbnails.h"

namespace kinora::timeline {
namespace {

constexpr double kZoomStep = 1.5;
constexpr double kWheelNotch = 120;  ///< QWheelEvent: eighths of a degree a notch
constexpr int kWheelPixels = 80;
constexpr int kAutoScrollMs = 30;
constexpr int kDefaultHeight = 372;     ///< with its bar, as the window is drawn
constexpr double kFollowMargin = 0.08;  ///< share of the width left of a playhead that was paged in

}  // namespace

TimelineView::TimelineView(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
                           QWidget* parent)
    : QAbstractScrollArea(parent),
      m_theme(theme),
      m_document(document),
      m_client(client),
      m_thumbnails(std::make_unique<ClipThumbnails>(client)),
      m_painter(theme, *m_thumbnails) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setProperty("noFocusRing", true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
  viewport()->setMouseTracking(true);
  viewport()->setAcceptDrops(true);
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  m_scrollTimer.setInterval(kAutoScrollMs);
  connect(&m_scrollTimer, &QTimer::timeout, this, &TimelineView::autoScroll);
  connect(&m_theme, &widgets::Theme::changed, this, [this] { viewport()->update(); });
  connect(m_thumbnails.get(), &ClipThumbnails::arrived, this, [this] { viewport()->update(); });
  connect(&m_document, &session::ProjectDocument::changed, this, &TimelineView::onChanged);
  connect(&m_document, &session::ProjectDocument::selectionChanged, this, [this] { viewport()->update(); });
  connect(&m_document, &session::ProjectDocument::playheadChanged, this, &TimelineView::onPlayheadChanged);
  m_layout.setProject(m_document.project());
  retranslate();
}

TimelineView::~TimelineView() = default;

QSize TimelineView::sizeHint() const {
  return {kDefaultHeight * 2, kDefaultHeight};
}

void TimelineView::retranslate() {
  setAccessibleName(tr("Timeline"));
  setAccessibleDescription(tr("Left and right move the playhead by a frame, with Shift by a second"));
  viewport()->update();
}

void TimelineView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QAbstractScrollArea::changeEvent(event);
}

void TimelineView::onChanged(const session::ChangeEvent& event) {
  // What is being dragged may be gone.
  if (m_drag || m_armed) endDrag(false);
  if (event.assets || event.reset) m_thumbnails->forgetFailures();
  m_layout.setProject(m_document.project());
  if (event.reset) {
    horizontalScrollBar()->setValue(0);
    verticalScrollBar()->setValue(0);
  }
  updateScrollBars();
  viewport()->update();
}

void TimelineView::onPlayheadChanged(qint64 frame) {
  const int old = m_layout.xOf(m_paintedPlayhead);
  const int x = m_layout.xOf(frame);
  m_paintedPlayhead = frame;
  const bool outside = x < kHeaderWidth || x > viewport()->width() - 2;
  if (outside && !m_drag) {
    const int width = viewport()->width() - kHeaderWidth;
    horizontalScrollBar()->setValue(x - kHeaderWidth + m_layout.scrollX() - static_cast<int>(width * kFollowMargin));
    viewport()->update();
    return;
  }
  constexpr int kHalf = 8;
  viewport()->update(old - kHalf, 0, 2 * kHalf, viewport()->height());
  viewport()->update(x - kHalf, 0, 2 * kHalf, viewport()->height());
}

void TimelineView::setPending(std::optional<PendingClip> pending) {
  const auto repaint = [this](const std::optional<PendingClip>& clip) {
    if (!clip) return;
    project::Clip place;
    place.start = clip->start;
    place.length = clip->length;
    viewport()->update(m_layout.clipRect(place, clip->track).adjusted(-1, -1, 1, 1));
  };
  repaint(m_pending);
  // The hint on an empty timeline makes room for the first.
  if (m_pending.has_value() != pending.has_value()) viewport()->update();
  m_pending = std::move(pending);
  repaint(m_pending);
}

void TimelineView::setTool(Tool tool) {
  if (tool == m_tool) return;
  m_tool = tool;
  m_bladeX.reset();
  viewport()->setCursor(tool == Tool::Blade ? Qt::SplitHCursor : Qt::ArrowCursor);
  viewport()->update();
  Q_EMIT toolChanged();
}

void TimelineView::setSnapping(bool snapping) {
  if (snapping == m_snapping) return;
  m_snapping = snapping;
  Q_EMIT snappingChanged(snapping);
}

void TimelineView::setZoom(double zoom) {
  // Around the playhead if it is in sight, else around the middle.
  const int playhead = m_layout.xOf(m_document.playhead());
  const bool inSight = playhead >= kHeaderWidth && playhead <= viewport()->width();
  zoomAt(zoom, inSight ? playhead : (kHeaderWidth + viewport()->width()) / 2);
}

void TimelineView::zoomAt(double zoom, int x) {
  const double before = m_layout.zoom();
  const double frame = (x - kHeaderWidth + m_layout.scrollX()) / m_layout.pixelsPerFrame();
  m_layout.setZoom(zoom);
  if (m_layout.zoom() == before) return;
  updateScrollBars();
  horizontalScrollBar()->setValue(
      static_cast<int>(std::lround(frame * m_layout.pixelsPerFrame() - (x - kHeaderWidth))));
  viewport()->update();
  Q_EMIT zoomChanged(m_layout.zoom());
}

void TimelineView::zoomIn() {
  setZoom(zoom() * kZoomStep);
}
void TimelineView::zoomOut() {
  setZoom(zoom() / kZoomStep);
}

void TimelineView::fit() {
  const double before = m_layout.zoom();
  m_layout.setZoom(m_layout.zoomToFit(m_document.project().timeline.length()));
  updateScrollBars();
  horizontalScrollBar()->setValue(0);
  viewport()->update();
  if (m_layout.zoom() != before) Q_EMIT zoomChanged(m_layout.zoom());
}

void TimelineView::updateScrollBars() {
  const int width = std::max(1, viewport()->width() - kHeaderWidth);
  const int height = std::max(1, viewport()->height() - kRulerHeight);
  const auto pixels = [this](std::int64_t frame) { return m_layout.xOf(frame) - kHeaderWidth + m_layout.scrollX(); };
  // What is all in view has nothing to scroll to; anything longer has room behind its end.
  const int clips = pixels(m_document.project().timeline.length()) + widgets::kPanelPadding;
  const int content = clips <= width ? 0 : m_layout.contentWidth();
  const int playhead = pixels(m_document.playhead()) <= width ? 0 : pixels(m_document.playhead()) + width / 4;
  horizontalScrollBar()->setPageStep(width);
  horizontalScrollBar()->setSingleStep(kWheelPixels);
  horizontalScrollBar()->setRange(0, std::max({0, content - width, playhead - width}));
  verticalScrollBar()->setPageStep(height);
  verticalScrollBar()->setRange(0, std::max(0, m_layout.contentHeight() - height));
  m_layout.setScroll(horizontalScrollBar()->value(), verticalScrollBar()->value());
}

void TimelineView::scrollContentsBy(int, int) {
  m_layout.setScroll(horizontalScrollBar()->value(), verticalScrollBar()->value());
  viewport()->update();
}

void TimelineView::resizeEvent(QResizeEvent*) {
  m_layout.setViewport(viewport()->size());
  updateScrollBars();
}

void TimelineView::wheelEvent(QWheelEvent* event) {
  const QPoint delta = event->angleDelta();
  if (event->modifiers().testFlag(Qt::ControlModifier)) {
    zoomAt(zoom() * std::pow(kZoomStep, delta.y() / kWheelNotch), static_cast<int>(event->position().x()));
  } else {
    // With nothing to scroll downwards a plain wheel goes along the time, as does Shift.
    const bool sideways = verticalScrollBar()->maximum() == 0 || event->modifiers().testFlag(Qt::ShiftModifier);
    const double along = delta.x() != 0 ? delta.x() : (sideways ? delta.y() : 0);
    const double down = sideways ? 0 : delta.y();
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() -
                                    static_cast<int>(along / kWheelNotch * kWheelPixels));
    verticalScrollBar()->setValue(verticalScrollBar()->value() - static_cast<int>(down / kWheelNotch * kWheelPixels));
  }
  event->accept();
}

void TimelineView::focusInEvent(QFocusEvent* event) {
  m_keyboardFocus = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
  viewport()->update();
  QAbstractScrollArea::focusInEvent(event);
}

void TimelineView::focusOutEvent(QFocusEvent* event) {
  m_keyboardFocus = false;
  viewport()->update();
  QAbstractScrollArea::focusOutEvent(event);
}

void TimelineView::paintEvent(QPaintEvent* event) {
  TimelineScene scene;
  scene.project = &shown();
  scene.layout = &m_layout;
  scene.selection = m_document.selection();
  scene.playhead = m_document.playhead();
  scene.snapLine = m_drag ? m_drag->snapLine() : m_dropSnap;
  scene.ghost = m_ghost;
  scene.pending = m_pending;
  scene.bladeX = m_bladeX;
  if (m_drag) scene.band = m_drag->band();
  scene.focused = m_keyboardFocus;
  m_paintedPlayhead = scene.playhead;
  QPainter painter(viewport());
  m_painter.paint(painter, scene, event->rect());
}

}  // namespace kinora::timeline
