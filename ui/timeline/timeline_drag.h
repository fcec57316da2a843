// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPoint>
#include <QRect>
#include <QString>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ui/session/project_document.h"
#include "ui/timeline/timeline_layout.h"

namespace kinora::timeline {

/// What the mouse is doing between press and release. The view asks it after each move for the edit as it would be now,
/// runs that on a copy to paint, and commits the last one on release. Esc throws it away.
class Drag {
 public:
  struct Scene {
    const project::Project& project;  ///< as it was at the press
    const TimelineLayout& layout;
    bool snapping = true;
  };
  virtual ~Drag() = default;

  virtual void moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers modifiers) = 0;
  /// Empty: nothing to edit (a rubber band, a scrub).
  virtual session::ProjectDocument::Operation operation() const { return {}; }
  virtual QString text() const { return {}; }
  virtual Qt::CursorShape cursor() const { return Qt::ArrowCursor; }

  const std::optional<std::int64_t>& snapLine() const { return m_snapLine; }
  const QRect& band() const { return m_band; }
  /// Where a scrub puts the playhead.
  const std::optional<std::int64_t>& playhead() const { return m_playhead; }

 protected:
  std::optional<std::int64_t> m_snapLine;
  std::optional<std::int64_t> m_playhead;
  QRect m_band;
};

/// The selected clips along the tracks; with Ctrl out of their place and in between others.
class MoveDrag : public Drag {
 public:
  MoveDrag(std::vector<project::Id> clips, project::Id grabbed, const Scene& scene, const QPoint& press);
  void moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers modifiers) override;
  session::ProjectDocument::Operation operation() const override;
  QString text() const override;
  Qt::CursorShape cursor() const override { return Qt::ClosedHandCursor; }

 private:
  std::vector<project::Id> m_clips;
  std::int64_t m_pressFrame = 0;
  std::int64_t m_start = 0;  ///< span of the grabbed clip, whose edges snap
  std::int64_t m_end = 0;
  std::int64_t m_groupStart = 0;
  int m_pressTrack = 0;
  std::int64_t m_delta = 0;
  int m_tracks = 0;
  bool m_reorder = false;
  std::int64_t m_target = 0;
};

/// One edge of one clip.
class TrimDrag : public Drag {
 public:
  TrimDrag(project::Id clip, bool startEdge, const Scene& scene, const QPoint& press);
  void moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers modifiers) override;
  session::ProjectDocument::Operation operation() const override;
  QString text() const override;
  Qt::CursorShape cursor() const override { return Qt::SizeHorCursor; }

 private:
  project::Id m_clip;
  bool m_startEdge;
  std::int64_t m_edge = 0;  ///< at the press
  std::int64_t m_target = 0;
  std::int64_t m_pressFrame = 0;
};

/// The playhead.
class ScrubDrag : public Drag {
 public:
  void moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers modifiers) override;
};

/// A rubber band over clips.
class BandDrag : public Drag {
 public:
  explicit BandDrag(const QPoint& press) : m_press(press) {}
  void moveTo(const Scene& scene, const QPoint& point, Qt::KeyboardModifiers modifiers) override;

 private:
  QPoint m_press;
};

}  // namespace kinora::timeline
