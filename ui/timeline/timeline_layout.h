// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRect>
#include <QSize>
#include <QString>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/project/project.h"

namespace kinora::timeline {

// Logical pixels of what the timeline paints itself; the widget sizes are in ui/widgets/tokens.h.
inline constexpr int kHeaderWidth = 96;
inline constexpr int kRulerHeight = 24;
inline constexpr int kVideoRowHeight = 60;
inline constexpr int kSlimRowHeight = 40;  ///< audio and titles
inline constexpr int kClipMargin = 4;      ///< above and below a clip in its row
inline constexpr int kClipTitleHeight = 18;
inline constexpr int kEdgeGrip = 7;  ///< how near to an edge a press trims
inline constexpr int kSnapDistance = 8;
inline constexpr double kPixelsPerSecond = 48;  ///< at 100 %
inline constexpr double kLeastZoom = 0.02;
inline constexpr double kMostZoom = 20;
inline constexpr int kTailSeconds = 30;  ///< room to scroll past the last clip

/// Where things are: frames to pixels and back, rows of tracks, ticks of the ruler. A value without widgets;
/// coordinates are those of the timeline's viewport: the ruler at the top, the track headers at the left.
class TimelineLayout {
 public:
  struct Row {
    int track = 0;  ///< index in Timeline::tracks
    int top = 0;    ///< viewport pixels
    int height = 0;
  };
  struct Tick {
    int x = 0;
    QString label;  ///< empty: a small one
  };
  enum class Part { None, Body, StartEdge, EndEdge };
  struct Hit {
    project::Id clip;
    int track = -1;
    Part part = Part::None;
  };

  void setProject(const project::Project& project);
  void setViewport(const QSize& size) { m_viewport = size; }
  void setScroll(int x, int y);
  /// 1 = 100 %; clamped to [kLeastZoom, kMostZoom].
  void setZoom(double zoom);

  double zoom() const { return m_zoom; }
  const QSize& viewport() const { return m_viewport; }
  int scrollX() const { return m_scrollX; }
  int scrollY() const { return m_scrollY; }
  double pixelsPerFrame() const;

  int xOf(std::int64_t frame) const;
  /// Nearest frame to x, at least 0.
  std::int64_t frameAt(int x) const;
  /// The frame whose span holds x, at least 0 (a click on the ruler).
  std::int64_t frameUnder(int x) const;
  std::int64_t framesFor(int pixels) const;

  /// Rows from top to bottom: the top-most track first.
  const std::vector<Row>& rows() const { return m_rows; }
  const Row* rowAt(int y) const;
  const Row* rowOf(int track) const;
  QRect lane(const Row& row) const;
  QRect header(const Row& row) const;
  QRect clipRect(const project::Clip& clip, int track) const;
  /// Icon cells of a header, 16 px squares.
  QRect eyeRect(const Row& row) const;
  QRect lockRect(const Row& row) const;
  QRect ruler() const;

  Hit hit(const project::Project& project, const QPoint& point) const;

  /// Pixels the content needs beyond the headers / below the ruler.
  int contentWidth() const;
  int contentHeight() const;
  /// Zoom at which length frames fill the viewport.
  double zoomToFit(std::int64_t length) const;

  std::vector<Tick> ticks() const;

 private:
  void placeRows();

  core::Rational m_fps{24};
  std::int64_t m_length = 0;
  std::vector<project::TrackKind> m_kinds;
  std::vector<Row> m_rows;
  QSize m_viewport;
  double m_zoom = 1;
  int m_scrollX = 0;
  int m_scrollY = 0;
};

/// Frames between two labels of a ruler at this scale, and the small ticks between them.
struct RulerStep {
  std::int64_t label = 1;
  std::int64_t small = 1;
  bool frames = false;  ///< labels tell frames, not only seconds
};
RulerStep rulerStep(double pixelsPerFrame, const core::Rational& fps);

}  // namespace kinora::timeline
