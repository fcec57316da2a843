// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_layout.h"

#include <algorithm>
#include <cmath>

#include "ui/session/timecode.h"
#include "ui/widgets/tokens.h"

namespace kinora::timeline {
namespace {

constexpr double kLabelSpacing = 110;  ///< least pixels between labels
constexpr double kTickSpacing = 9;
constexpr int kHeaderIconsLeft = 40;

/// Steps a person counts in, in seconds.
constexpr int kSeconds[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200};

}  // namespace

RulerStep rulerStep(double pixelsPerFrame, const core::Rational& fps) {
  const int rate = session::nominalRate(fps);
  RulerStep step;
  bool found = false;
  for (const int frames : {1, 2, 4, 6, 12}) {
    if (frames >= rate || rate % frames != 0 || frames * pixelsPerFrame < kLabelSpacing) continue;
    step.label = frames;
    step.frames = true;
    found = true;
    break;
  }
  for (const int seconds : kSeconds) {
    if (found) break;
    step.label = static_cast<std::int64_t>(seconds) * rate;
    found = step.label * pixelsPerFrame >= kLabelSpacing;
  }
  while (!found) {
    step.label *= 2;
    found = step.label * pixelsPerFrame >= kLabelSpacing;
  }
  step.small = step.label;
  for (const int parts : {2, 5, 10, 4}) {
    if (step.label % parts == 0 && step.label / parts * pixelsPerFrame >= kTickSpacing) {
      step.small = std::min(step.small, step.label / parts);
    }
  }
  return step;
}

void TimelineLayout::setProject(const project::Project& project) {
  m_fps = project.fps;
  m_length = project.timeline.length();
  m_kinds.clear();
  for (const project::Track& track : project.timeline.tracks) m_kinds.push_back(track.kind);
  placeRows();
}

void TimelineLayout::placeRows() {
  m_rows.clear();
  int top = kRulerHeight - m_scrollY;
  for (std::size_t i = m_kinds.size(); i > 0; --i) {
    const int height = m_kinds[i - 1] == project::TrackKind::Video ? kVideoRowHeight : kSlimRowHeight;
    m_rows.push_back({static_cast<int>(i - 1), top, height});
    top += height + widgets::kLine;
  }
}

void TimelineLayout::setScroll(int x, int y) {
  m_scrollX = std::max(0, x);
  m_scrollY = std::max(0, y);
  placeRows();
}

void TimelineLayout::setZoom(double zoom) {
  m_zoom = std::clamp(zoom, kLeastZoom, kMostZoom);
}

double TimelineLayout::pixelsPerFrame() const {
  const double fps = m_fps.isPositive() ? m_fps.toDouble() : 24.0;
  return kPixelsPerSecond * m_zoom / fps;
}

int TimelineLayout::xOf(std::int64_t frame) const {
  const double x = static_cast<double>(frame) * pixelsPerFrame() - m_scrollX;
  // Far outside the window all positions are the same, and QRect has 32 bits.
  return kHeaderWidth + static_cast<int>(std::lround(std::clamp(x, -1e6, 1e6)));
}

std::int64_t TimelineLayout::frameAt(int x) const {
  return std::max<std::int64_t>(0, std::llround((x - kHeaderWidth + m_scrollX) / pixelsPerFrame()));
}

std::int64_t TimelineLayout::frameUnder(int x) const {
  return std::max<std::int64_t>(
      0, static_cast<std::int64_t>(std::floor((x - kHeaderWidth + m_scrollX) / pixelsPerFrame())));
}

std::int64_t TimelineLayout::framesFor(int pixels) const {
  return static_cast<std::int64_t>(std::llround(pixels / pixelsPerFrame()));
}

const TimelineLayout::Row* TimelineLayout::rowAt(int y) const {
  if (y < kRulerHeight) return nullptr;
  for (const Row& row : m_rows) {
    if (y >= row.top && y < row.top + row.height + widgets::kLine) return &row;
  }
  return nullptr;
}

const TimelineLayout::Row* TimelineLayout::rowOf(int track) const {
  for (const Row& row : m_rows) {
    if (row.track == track) return &row;
  }
  return nullptr;
}

QRect TimelineLayout::lane(const Row& row) const {
  return {kHeaderWidth, row.top, std::max(0, m_viewport.width() - kHeaderWidth), row.height};
}

QRect TimelineLayout::header(const Row& row) const {
  return {0, row.top, kHeaderWidth - widgets::kLine, row.height};
}

QRect TimelineLayout::clipRect(const project::Clip& clip, int track) const {
  const Row* row = rowOf(track);
  if (!row) return {};
  const int left = xOf(clip.start);
  const int right = xOf(clip.end());
  return {left, row->top + kClipMargin, std::max(2, right - left), row->height - 2 * kClipMargin};
}

QRect TimelineLayout::eyeRect(const Row& row) const {
  return {kHeaderIconsLeft, row.top + (row.height - widgets::kIconSize) / 2, widgets::kIconSize, widgets::kIconSize};
}

QRect TimelineLayout::lockRect(const Row& row) const {
  return eyeRect(row).translated(widgets::kIconSize + widgets::kGap, 0);
}

QRect TimelineLayout::ruler() const {
  return {kHeaderWidth, 0, std::max(0, m_viewport.width() - kHeaderWidth), kRulerHeight};
}

TimelineLayout::Hit TimelineLayout::hit(const project::Project& project, const QPoint& point) const {
  Hit hit;
  const Row* row = point.x() < kHeaderWidth ? nullptr : rowAt(point.y());
  if (!row) return hit;
  hit.track = row->track;
  for (const project::Clip& clip : project.timeline.tracks[static_cast<std::size_t>(row->track)].clips) {
    const QRect rect = clipRect(clip, row->track);
    if (!rect.contains(point)) continue;
    hit.clip = clip.id;
    // A clip too small for two grips and a body is all body.
    const int grip = std::min(kEdgeGrip, rect.width() / 4);
    hit.part = Part::Body;
    if (point.x() < rect.left() + grip) hit.part = Part::StartEdge;
    if (point.x() > rect.right() - grip) hit.part = Part::EndEdge;
  }
  return hit;
}

int TimelineLayout::contentWidth() const {
  const double tail = kTailSeconds * std::min(1.0, m_zoom) * kPixelsPerSecond;
  return static_cast<int>(std::min(1e8, static_cast<double>(m_length) * pixelsPerFrame() + tail));
}

int TimelineLayout::contentHeight() const {
  int height = 0;
  for (const Row& row : m_rows) height += row.height + widgets::kLine;
  return height;
}

double TimelineLayout::zoomToFit(std::int64_t length) const {
  const int width = m_viewport.width() - kHeaderWidth - 2 * widgets::kPanelPadding;
  if (length <= 0 || width <= 0) return 1;
  const double seconds = static_cast<double>(length) / (m_fps.isPositive() ? m_fps.toDouble() : 24.0);
  return std::clamp(width / (seconds * kPixelsPerSecond), kLeastZoom, kMostZoom);
}

std::vector<TimelineLayout::Tick> TimelineLayout::ticks() const {
  std::vector<Tick> ticks;
  const RulerStep step = rulerStep(pixelsPerFrame(), m_fps);
  const std::int64_t last = frameAt(m_viewport.width()) + step.small;
  // One label early, so that a label whose tick has scrolled out goes away smoothly.
  std::int64_t frame = std::max<std::int64_t>(0, (frameAt(kHeaderWidth) / step.label - 1) * step.label);
  for (; frame <= last; frame += step.small) {
    Tick tick{xOf(frame), {}};
    if (frame % step.label == 0) {
      tick.label = session::shortTime(frame, m_fps);
      if (step.frames)
        tick.label += QString::asprintf(":%02lld", static_cast<long long>(frame % session::nominalRate(m_fps)));
    }
    ticks.push_back(tick);
  }
  return ticks;
}

}  // namespace kinora::timeline
