// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <utility>

#include "ui/session/timecode.h"
#include "ui/timeline/timeline_edits.h"
#include "ui/timeline/timeline_view.h"

// Mouse and keyboard of the timeline.
namespace kinora::timeline {
namespace {

constexpr int kAutoScrollPixels = 16;

}  // namespace

Drag::Scene TimelineView::dragScene() const {
  return {m_document.project(), m_layout, m_snapping};
}

void TimelineView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || m_drag) {
    event->ignore();
    return;
  }
  const QPoint point = event->position().toPoint();
  m_press = point;
  m_selectOnRelease.clear();
  if (point.x() < kHeaderWidth) {
    pressHeader(point);
    return;
  }
  if (point.y() < kRulerHeight) {
    beginDrag(std::make_unique<ScrubDrag>());
    moveDrag(point, event->modifiers());
    return;
  }
  const TimelineLayout::Hit hit = m_layout.hit(m_document.project(), point);
  if (m_tool == Tool::Blade) {
    blade(hit, point);
    return;
  }
  if (hit.part == TimelineLayout::Part::None) {
    const bool add = event->modifiers().testFlag(Qt::ControlModifier) || event->modifiers().testFlag(Qt::ShiftModifier);
    m_selectionBefore = add ? m_document.selection() : QStringList();
    if (!add) m_document.setSelection({});
    m_armed = std::make_unique<BandDrag>(point);
    return;
  }
  pressClip(hit, *event);
}

void TimelineView::pressClip(const TimelineLayout::Hit& hit, const QMouseEvent& event) {
  const QString id = QString::fromStdString(hit.clip);
  QStringList selection = m_document.selection();
  const bool toggle = event.modifiers().testFlag(Qt::ControlModifier) || event.modifiers().testFlag(Qt::ShiftModifier);
  if (toggle && !selection.contains(id)) {
    selection.append(id);
    m_document.setSelection(selection);
  } else if (toggle) {
    // Off at release, unless it is dragged (Ctrl-drag reorders).
    m_selectOnRelease = hit.clip;
  } else if (!selection.contains(id)) {
    m_document.setSelection({id});
  } else if (selection.size() > 1) {
    m_selectOnRelease = hit.clip;
  }
  if (m_document.project().timeline.tracks[static_cast<std::size_t>(hit.track)].locked) return;
  if (hit.part == TimelineLayout::Part::Body) {
    m_armed = std::make_unique<MoveDrag>(selectedIds(), hit.clip, dragScene(), m_press);
  } else {
    m_armed = std::make_unique<TrimDrag>(hit.clip, hit.part == TimelineLayout::Part::StartEdge, dragScene(), m_press);
  }
}

bool TimelineView::pressHeader(const QPoint& point) {
  const TimelineLayout::Row* row = m_layout.rowAt(point.y());
  if (!row) return false;
  const auto index = static_cast<std::size_t>(row->track);
  const int reach = widgets::kGapSmall;
  if (m_layout.eyeRect(*row).adjusted(-reach, -reach, reach, reach).contains(point)) {
    const bool hidden = m_document.project().timeline.tracks[index].hidden;
    run(hidden ? tr("Show track") : tr("Hide track"), [index](project::Project& project) {
      project.timeline.tracks[index].hidden = !project.timeline.tracks[index].hidden;
      return core::Result<void>();
    });
    return true;
  }
  if (m_layout.lockRect(*row).adjusted(-reach, -reach, reach, reach).contains(point)) {
    const bool locked = m_document.project().timeline.tracks[index].locked;
    run(locked ? tr("Unlock track") : tr("Lock track"), [index](project::Project& project) {
      project.timeline.tracks[index].locked = !project.timeline.tracks[index].locked;
      return core::Result<void>();
    });
    return true;
  }
  return false;
}

void TimelineView::blade(const TimelineLayout::Hit& hit, const QPoint& point) {
  if (hit.clip.empty()) return;
  std::int64_t frame = m_layout.frameAt(point.x());
  if (m_snapping && !QApplication::keyboardModifiers().testFlag(Qt::AltModifier)) {
    // To the playhead only: every other snap point is an edge, where there is nothing to cut.
    frame = project::snap(frame, {m_document.playhead()}, m_layout.framesFor(kSnapDistance));
  }
  run(tr("Split clip"), [clip = hit.clip, frame](project::Project& project) -> core::Result<void> {
    auto right = project::splitClip(project, clip, frame);
    if (!right) return right.error();
    return {};
  });
}

void TimelineView::beginDrag(std::unique_ptr<Drag> drag) {
  m_armed.reset();
  m_drag = std::move(drag);
  viewport()->setCursor(m_drag->cursor());
}

void TimelineView::mouseMoveEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  if (m_armed && (point - m_press).manhattanLength() >= QApplication::startDragDistance()) {
    m_selectOnRelease.clear();
    beginDrag(std::move(m_armed));
  }
  if (!m_drag) {
    if (!m_armed) hover(point);
    return;
  }
  moveDrag(point, event->modifiers());
  const bool outside = point.x() > viewport()->width() || point.x() < kHeaderWidth;
  if (outside && !m_scrollTimer.isActive()) m_scrollTimer.start();
  if (!outside) m_scrollTimer.stop();
}

void TimelineView::moveDrag(const QPoint& point, Qt::KeyboardModifiers modifiers) {
  m_pointer = point;
  m_modifiers = modifiers;
  m_drag->moveTo(dragScene(), point, modifiers);
  if (m_drag->playhead()) m_document.setPlayhead(*m_drag->playhead());
  if (const auto operation = m_drag->operation()) {
    project::Project next = m_document.project();
    // A place where the edit cannot be shows the timeline as it is, and so will the release.
    m_preview = operation(next) ? std::optional(std::move(next)) : std::nullopt;
  }
  if (!m_drag->band().isEmpty()) {
    QStringList selection = m_selectionBefore;
    for (std::size_t i = 0; i < m_document.project().timeline.tracks.size(); ++i) {
      for (const project::Clip& clip : m_document.project().timeline.tracks[i].clips) {
        if (m_layout.clipRect(clip, static_cast<int>(i)).intersects(m_drag->band())) {
          selection.append(QString::fromStdString(clip.id));
        }
      }
    }
    m_document.setSelection(selection);
  }
  viewport()->update();
}

void TimelineView::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  if (!m_selectOnRelease.empty()) {
    const QString id = QString::fromStdString(std::exchange(m_selectOnRelease, {}));
    QStringList selection = m_document.selection();
    const bool toggle =
        event->modifiers().testFlag(Qt::ControlModifier) || event->modifiers().testFlag(Qt::ShiftModifier);
    if (toggle) selection.removeAll(id);
    m_document.setSelection(toggle ? selection : QStringList{id});
  }
  endDrag(true);
  hover(event->position().toPoint());
}

void TimelineView::endDrag(bool commit) {
  m_scrollTimer.stop();
  m_armed.reset();
  const std::unique_ptr<Drag> drag = std::move(m_drag);
  m_preview.reset();
  if (!drag) return;
  viewport()->setCursor(m_tool == Tool::Blade ? Qt::SplitHCursor : Qt::ArrowCursor);
  if (commit) {
    if (const auto operation = drag->operation()) run(drag->text(), operation);
  } else if (!drag->band().isEmpty()) {
    m_document.setSelection(m_selectionBefore);
  }
  viewport()->update();
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent* event) {
  const TimelineLayout::Hit hit = m_layout.hit(m_document.project(), event->position().toPoint());
  const project::Clip* clip = m_document.project().clip(hit.clip);
  if (clip && m_tool == Tool::Select) {
    endDrag(false);
    Q_EMIT assetActivated(QString::fromStdString(clip->asset));
  } else {
    mousePressEvent(event);
  }
}

void TimelineView::hover(const QPoint& point) {
  const TimelineLayout::Hit hit = m_layout.hit(m_document.project(), point);
  if (m_tool == Tool::Blade) {
    const bool over = !hit.clip.empty();
    m_bladeX = over ? std::optional(point.x()) : std::nullopt;
    viewport()->setCursor(over ? Qt::SplitHCursor : Qt::ArrowCursor);
    viewport()->update();
    return;
  }
  const bool edge = hit.part == TimelineLayout::Part::StartEdge || hit.part == TimelineLayout::Part::EndEdge;
  const bool locked =
      hit.track >= 0 && m_document.project().timeline.tracks[static_cast<std::size_t>(hit.track)].locked;
  viewport()->setCursor(edge && !locked ? Qt::SizeHorCursor : Qt::ArrowCursor);
  const project::Clip* clip = m_document.project().clip(hit.clip);
  const project::Asset* asset = clip ? m_document.project().asset(clip->asset) : nullptr;
  const core::Rational fps = m_document.project().fps;
  viewport()->setToolTip(asset ? tr("%1\n%2 at %3")
                                     .arg(QString::fromStdString(asset->name), session::timecode(clip->length, fps),
                                          session::timecode(clip->start, fps))
                               : QString());
}

bool TimelineView::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave && m_bladeX) {
    m_bladeX.reset();
    viewport()->update();
  }
  return QAbstractScrollArea::viewportEvent(event);
}

void TimelineView::autoScroll() {
  if (!m_drag) return;
  QScrollBar* bar = horizontalScrollBar();
  if (m_pointer.x() > viewport()->width()) {
    bar->setMaximum(std::max(bar->maximum(), bar->value() + kAutoScrollPixels));
    bar->setValue(bar->value() + kAutoScrollPixels);
  } else if (m_pointer.x() < kHeaderWidth) {
    bar->setValue(bar->value() - kAutoScrollPixels);
  }
  moveDrag(m_pointer, m_modifiers);
}

void TimelineView::keyPressEvent(QKeyEvent* event) {
  const qint64 second = session::nominalRate(m_document.project().fps);
  const qint64 step = event->modifiers().testFlag(Qt::ShiftModifier) ? second : 1;
  switch (event->key()) {
    case Qt::Key_Escape:
      cancel();
      break;
    case Qt::Key_Left:
      m_document.setPlayhead(m_document.playhead() - step);
      break;
    case Qt::Key_Right:
      m_document.setPlayhead(m_document.playhead() + step);
      break;
    case Qt::Key_Up:
      previousCut();
      break;
    case Qt::Key_Down:
      nextCut();
      break;
    case Qt::Key_Home:
      m_document.setPlayhead(0);
      break;
    case Qt::Key_End:
      m_document.setPlayhead(m_document.project().timeline.length());
      break;
    default:
      QAbstractScrollArea::keyPressEvent(event);
      return;
  }
  event->accept();
}

}  // namespace kinora::timeline
