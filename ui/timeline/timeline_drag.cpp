// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_drag.h"

#include <QCoreApplication>
#include <algorithm>
#include <utility>

#include "engine/project/edit.h"
#include "ui/timeline/timeline_edits.h"

namespace kinora::timeline {
namespace {

struct DragTexts {
  Q_DECLARE_TR_FUNCTIONS(DragTexts)
};

bool snaps(const Drag::Scene& scene, Qt::KeyboardModifiers modifiers) {
  return scene.snapping && !modifiers.testFlag(Qt::AltModifier);
}

std::int64_t tolerance(const Drag::Scene& scene) {
  return std::max<std::int64_t>(1, scene.layout.framesFor(kSnapDistance));
}

}  // namespace

MoveDrag::MoveDrag(std::vector<project::Id> clips, project::Id grabbed, const Scene& scene, const QPoint& press)
    : m_clips(std::move(clips)), m_pressFrame(scene.layout.frameAt(press.x())) {
  m_pressTrack = scene.project.trackOf(grabbed);
  const project::Clip* clip = scene.project.clip(grabbed);
  if (clip) {
    m_start = clip->start;
    m_end = clip->end();
  }
  m_groupStart = m_start;
  for (const project::Id& id : m_clips) {
    if (const project::Clip* other = scene.project.clip(id)) m_groupStart = std::min(m_groupStart, other->start);
  }
}

void MoveDrag::moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers modifiers) {
  m_reorder = modifiers.testFlag(Qt::ControlModifier);
  m_snapLine.reset();
  m_delta = std::max(scene.layout.frameAt(point.x()) - m_pressFrame, -m_groupStart);
  if (snaps(scene, modifiers) && !m_reorder) {
    std::optional<std::int64_t> snapped;
    const std::int64_t delta =
        snapDelta(m_delta, m_start, m_end, project::snapPoints(scene.project, m_clips), tolerance(scene), snapped);
    if (delta >= -m_groupStart) {
      m_delta = delta;
      m_snapLine = snapped;
    }
  }
  const TimelineLayout::Row* row = scene.layout.rowAt(point.y());
  const bool otherTrack =
      row && row->track != m_pressTrack &&
      scene.project.timeline.tracks[static_cast<std::size_t>(row->track)].kind == project::TrackKind::Video;
  m_tracks = otherTrack ? row->track - m_pressTrack : 0;
  m_target = scene.layout.frameAt(point.x());
}

session::ProjectDocument::Operation MoveDrag::operation() const {
  if (m_reorder) {
    return [clips = m_clips, track = m_pressTrack + m_tracks, target = m_target](project::Project& project) {
      return reorderClips(project, clips, track, target);
    };
  }
  return [clips = m_clips, delta = m_delta, tracks = m_tracks](project::Project& project) {
    return moveClips(project, clips, delta, tracks);
  };
}

QString MoveDrag::text() const {
  const int count = static_cast<int>(m_clips.size());
  return m_reorder ? DragTexts::tr("Reorder %n clip(s)", nullptr, count)
                   : DragTexts::tr("Move %n clip(s)", nullptr, count);
}

TrimDrag::TrimDrag(project::Id clip, bool startEdge, const Scene& scene, const QPoint& press)
    : m_clip(std::move(clip)), m_startEdge(startEdge), m_pressFrame(scene.layout.frameAt(press.x())) {
  if (const project::Clip* found = scene.project.clip(m_clip)) m_edge = startEdge ? found->start : found->end();
  m_target = m_edge;
}

void TrimDrag::moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers modifiers) {
  m_snapLine.reset();
  m_target = std::max<std::int64_t>(0, m_edge + scene.layout.frameAt(point.x()) - m_pressFrame);
  if (!snaps(scene, modifiers)) return;
  std::optional<std::int64_t> snapped;
  m_target += snapDelta(0, m_target, m_target, project::snapPoints(scene.project, {m_clip}), tolerance(scene), snapped);
  m_snapLine = snapped;
}

session::ProjectDocument::Operation TrimDrag::operation() const {
  return [clip = m_clip, startEdge = m_startEdge, target = m_target](project::Project& project) {
    return startEdge ? project::trimStart(project, clip, target) : project::trimEnd(project, clip, target);
  };
}

QString TrimDrag::text() const {
  return DragTexts::tr("Trim clip");
}

void ScrubDrag::moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers) {
  m_playhead = scene.layout.frameUnder(point.x());
}

void BandDrag::moveTo(const Scene&, const QPoint& point, Qt::KeyboardModifiers) {
  m_band = QRect(m_press, point).normalized();
}

}  // namespace kinora::timeline
