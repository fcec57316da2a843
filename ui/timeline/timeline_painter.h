// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QRect>
#include <QString>
#include <QStringList>
#include <cstdint>
#include <optional>

#include "engine/project/project.h"
#include "ui/timeline/timeline_layout.h"
#include "ui/widgets/theme.h"

class QPainter;

namespace kinora::timeline {

class ClipThumbnails;

/// Where something that is being dropped would land.
struct DropGhost {
  int track = 0;
  std::int64_t start = 0;
  std::int64_t length = 0;
  bool insert = false;  ///< pushes the rest right
  project::Id replace;  ///< becomes a take of this clip; empty: it gets a place of its own
};

/// A generation that is under way and will land here.
struct PendingClip {
  int track = 0;
  std::int64_t start = 0;
  std::int64_t length = 0;
  double fraction = 0;
  QString title;
};

/// All that one painting of the timeline shows.
struct TimelineScene {
  const project::Project* project = nullptr;
  const TimelineLayout* layout = nullptr;
  QStringList selection;
  std::int64_t playhead = 0;
  std::optional<std::int64_t> snapLine;
  std::optional<DropGhost> ghost;
  std::optional<PendingClip> pending;
  std::optional<int> bladeX;  ///< the blade's line under the pointer
  QRect band;
  bool focused = false;
};

/// Draws a scene with the theme's tokens.
class TimelinePainter {
 public:
  TimelinePainter(const widgets::Theme& theme, ClipThumbnails& thumbnails) : m_theme(theme), m_thumbnails(thumbnails) {}
  void paint(QPainter& painter, const TimelineScene& scene, const QRect& exposed);

 private:
  void paintRuler(QPainter& painter, const TimelineScene& scene) const;
  void paintRow(QPainter& painter, const TimelineScene& scene, const TimelineLayout::Row& row, const QRect& exposed);
  void paintHeader(QPainter& painter, const TimelineScene& scene, const TimelineLayout::Row& row) const;
  void paintClip(QPainter& painter, const TimelineScene& scene, const project::Clip& clip, int track,
                 const QRect& exposed);
  void paintFilm(QPainter& painter, const TimelineScene& scene, const project::Clip& clip, const project::Asset& asset,
                 const QRect& rect, const QRect& exposed);
  void paintTitle(QPainter& painter, const TimelineScene& scene, const project::Asset* asset, const QRect& rect) const;
  void paintPending(QPainter& painter, const TimelineScene& scene) const;
  void paintGhost(QPainter& painter, const TimelineScene& scene) const;
  void paintMarks(QPainter& painter, const TimelineScene& scene) const;
  void paintEmpty(QPainter& painter, const TimelineScene& scene) const;

  const widgets::Theme& m_theme;
  ClipThumbnails& m_thumbnails;
};

}  // namespace kinora::timeline
