// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_painter.h"

#include <QCoreApplication>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/timeline/clip_thumbnails.h"
#include "ui/widgets/icons.h"

namespace kinora::timeline {
namespace {

using widgets::Tokens;

constexpr int kTitleInset = 6;
constexpr int kTitleTop = 2;
constexpr int kBadgeHeight = 14;
constexpr int kBadgePx = 10;
constexpr int kPlayheadHalf = 5;
constexpr int kPlayheadHeight = 8;
constexpr int kStripe = 6;
constexpr int kPendingBar = 3;
constexpr int kSmallTick = 5;

struct PainterTexts {
  Q_DECLARE_TR_FUNCTIONS(TimelinePainter)

 public:
  static QString take(int number, int count) { return tr("take %1/%2").arg(number).arg(count); }
  static QString offline() { return tr("offline"); }
  static QString empty() { return tr("Generate a clip or drop a video or picture here"); }
};

QColor withAlpha(QColor color, double alpha) {
  color.setAlphaF(static_cast<float>(alpha));
  return color;
}

/// Diagonal stripes of two colours, 6 px each.
void fillStripes(QPainter& painter, const QRect& rect, const QColor& ground, const QColor& stripe) {
  painter.save();
  painter.fillRect(rect, ground);
  painter.setClipRect(rect, Qt::IntersectClip);
  painter.setPen(QPen(stripe, kStripe, Qt::SolidLine, Qt::FlatCap));
  for (int x = rect.left() - rect.height() - kStripe; x < rect.right() + kStripe; x += kStripe * 3) {
    painter.drawLine(x, rect.bottom() + 1, x + rect.height() + 1, rect.top());
  }
  painter.restore();
}

}  // namespace

void TimelinePainter::paint(QPainter& painter, const TimelineScene& scene, const QRect& exposed) {
  const Tokens& tokens = m_theme.tokens();
  const TimelineLayout& layout = *scene.layout;
  painter.fillRect(exposed, tokens.bg1);
  painter.save();
  painter.setClipRect(QRect(0, kRulerHeight, layout.viewport().width(), layout.viewport().height()), Qt::IntersectClip);
  for (const TimelineLayout::Row& row : layout.rows()) paintRow(painter, scene, row, exposed);
  painter.setClipRect(QRect(kHeaderWidth, kRulerHeight, layout.viewport().width(), layout.viewport().height()),
                      Qt::IntersectClip);
  paintPending(painter, scene);
  paintGhost(painter, scene);
  if (scene.project->timeline.length() == 0 && !scene.ghost && !scene.pending) paintEmpty(painter, scene);
  painter.restore();
  paintRuler(painter, scene);
  painter.fillRect(QRect(kHeaderWidth - widgets::kLine, 0, widgets::kLine, layout.viewport().height()), tokens.line);
  paintMarks(painter, scene);
}

void TimelinePainter::paintRuler(QPainter& painter, const TimelineScene& scene) const {
  const Tokens& tokens = m_theme.tokens();
  const QRect ruler = scene.layout->ruler();
  painter.fillRect(QRect(0, 0, scene.layout->viewport().width(), kRulerHeight), tokens.bg1);
  painter.save();
  painter.setClipRect(ruler, Qt::IntersectClip);
  painter.setFont(widgets::monoFont(widgets::kSmallPx));
  for (const TimelineLayout::Tick& tick : scene.layout->ticks()) {
    const bool labelled = !tick.label.isEmpty();
    const int top = labelled ? 0 : ruler.bottom() - kSmallTick;
    painter.fillRect(QRect(tick.x, top, widgets::kLine, ruler.bottom() - top), labelled ? tokens.line2 : tokens.line);
    if (!labelled) continue;
    painter.setPen(tokens.text2);
    painter.drawText(QRect(tick.x + widgets::kGapSmall + 1, 0, ruler.width(), kRulerHeight - 1), Qt::AlignVCenter,
                     tick.label);
  }
  painter.restore();
  painter.fillRect(QRect(0, ruler.bottom(), scene.layout->viewport().width(), widgets::kLine), tokens.line);
}

void TimelinePainter::paintRow(QPainter& painter, const TimelineScene& scene, const TimelineLayout::Row& row,
                               const QRect& exposed) {
  const Tokens& tokens = m_theme.tokens();
  const TimelineLayout& layout = *scene.layout;
  painter.fillRect(layout.lane(row), tokens.bg0);
  const project::Track& track = scene.project->timeline.tracks[static_cast<std::size_t>(row.track)];
  painter.save();
  painter.setClipRect(layout.lane(row), Qt::IntersectClip);
  if (track.hidden) painter.setOpacity(0.4);
  for (const project::Clip& clip : track.clips) paintClip(painter, scene, clip, row.track, exposed);
  painter.setOpacity(1);
  if (track.locked) fillStripes(painter, layout.lane(row), withAlpha(tokens.bg1, 0.2), withAlpha(tokens.bg1, 0.35));
  painter.restore();
  paintHeader(painter, scene, row);
  painter.fillRect(QRect(0, row.top + row.height, layout.viewport().width(), widgets::kLine), tokens.line);
}

void TimelinePainter::paintHeader(QPainter& painter, const TimelineScene& scene, const TimelineLayout::Row& row) const {
  const Tokens& tokens = m_theme.tokens();
  const project::Track& track = scene.project->timeline.tracks[static_cast<std::size_t>(row.track)];
  const QRect header = scene.layout->header(row);
  painter.fillRect(header, tokens.bg1);
  painter.setFont(widgets::uiFont(widgets::kTextPx, QFont::DemiBold));
  painter.setPen(tokens.text1);
  painter.drawText(header.adjusted(widgets::kCardPaddingX, 0, 0, 0), Qt::AlignVCenter,
                   QString::fromStdString(track.name));
  const double ratio = painter.device()->devicePixelRatioF();
  const auto draw = [&](const QRect& rect, const char* name, bool off) {
    const QColor color = off ? tokens.text1 : tokens.text2;
    painter.drawPixmap(rect.topLeft(), widgets::iconPixmap(m_theme, name, color, widgets::kIconSize, ratio));
  };
  draw(scene.layout->eyeRect(row), track.hidden ? "eyeoff" : "eye", track.hidden);
  draw(scene.layout->lockRect(row), track.locked ? "lock" : "unlock", track.locked);
}

void TimelinePainter::paintClip(QPainter& painter, const TimelineScene& scene, const project::Clip& clip, int track,
                                const QRect& exposed) {
  const Tokens& tokens = m_theme.tokens();
  const QRect rect = scene.layout->clipRect(clip, track);
  if (!rect.adjusted(-2, -2, 2, 2).intersects(exposed)) return;
  const project::Asset* asset = scene.project->asset(clip.asset);
  const bool selected = scene.selection.contains(QString::fromStdString(clip.id));
  const bool offline = !asset || asset->offline;

  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF outline = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
  QPainterPath shape;
  shape.addRoundedRect(outline, widgets::kRadiusClip, widgets::kRadiusClip);
  painter.setClipPath(shape, Qt::IntersectClip);
  if (offline) {
    fillStripes(painter, rect, tokens.bg2, tokens.bg3);
  } else {
    painter.fillRect(rect, selected ? tokens.clipVideoSelected : tokens.clipVideo);
    paintFilm(painter, scene, clip, *asset, rect, exposed);
  }
  paintTitle(painter, scene, asset, rect);
  painter.restore();

  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  if (selected) {
    painter.setPen(QPen(tokens.accent, 2));
  } else {
    painter.setPen(QPen(offline ? tokens.error : withAlpha(tokens.scrim, 0.3), 1));
  }
  painter.drawRoundedRect(outline, widgets::kRadiusClip, widgets::kRadiusClip);
  painter.restore();
}

void TimelinePainter::paintFilm(QPainter& painter, const TimelineScene& scene, const project::Clip& clip,
                                const project::Asset& asset, const QRect& rect, const QRect& exposed) {
  const QRect film = rect.adjusted(0, kClipTitleHeight, 0, 0);
  const core::Size size = asset.info.size;
  if (film.height() < kClipTitleHeight || size.isEmpty()) return;
  const int tile =
      std::max(film.height() / 2, static_cast<int>(std::lround(double(film.height()) * size.width / size.height)));
  const double ratio = painter.device()->devicePixelRatioF();
  m_thumbnails.setSide(static_cast<int>(2 * kVideoRowHeight * ratio));
  painter.setRenderHint(QPainter::SmoothPixmapTransform);

  // Tiles show frames of a coarse grid (powers of two), so that zooming and trimming find most of them in the cache.
  const bool still = asset.info.frames <= 1;
  const auto tileFrames = static_cast<std::int64_t>(tile / scene.layout->pixelsPerFrame());
  std::int64_t grid = 1;
  while (grid * 2 <= tileFrames) grid *= 2;
  const double rate = asset.info.fps.isPositive() && scene.project->fps.isPositive()
                          ? asset.info.fps.toDouble() / scene.project->fps.toDouble()
                          : 1;
  const int first = std::max(0, (exposed.left() - film.left()) / tile);
  const int last = std::min((film.width() - 1) / tile, (exposed.right() - film.left()) / tile);
  for (int i = first; i <= last; ++i) {
    std::int64_t index = 0;
    if (!still) {
      const auto at = clip.in + static_cast<std::int64_t>(i * tile / scene.layout->pixelsPerFrame());
      index = static_cast<std::int64_t>(std::floor(static_cast<double>(at / grid * grid) * rate));
      index = std::clamp<std::int64_t>(index, 0, asset.info.frames - 1);
    }
    const QPixmap pixmap = m_thumbnails.get(QString::fromStdString(asset.info.path), index);
    const QRect cell(film.left() + i * tile, film.top(), tile, film.height());
    if (!pixmap.isNull()) painter.drawPixmap(cell, pixmap);
  }
}

void TimelinePainter::paintTitle(QPainter& painter, const TimelineScene& scene, const project::Asset* asset,
                                 const QRect& rect) const {
  const Tokens& tokens = m_theme.tokens();
  const bool offline = !asset || asset->offline;
  // Text stays in view when the clip begins left of the window.
  const int left = std::max(rect.left(), kHeaderWidth) + kTitleInset;
  int right = rect.right() - kTitleInset;

  QString badge;
  if (offline) {
    badge = PainterTexts::offline();
  } else if (asset->generated) {
    const auto takes = scene.project->takes(asset->takeGroup);
    const auto it = std::find(takes.begin(), takes.end(), asset);
    if (it != takes.end()) {
      badge = PainterTexts::take(static_cast<int>(it - takes.begin()) + 1, static_cast<int>(takes.size()));
    }
  }
  if (!badge.isEmpty()) {
    const QFont font = widgets::uiFont(kBadgePx, QFont::Medium);
    const int width = QFontMetrics(font).horizontalAdvance(badge) + 2 * widgets::kGapSmall;
    const QRect box(rect.right() - widgets::kGapSmall - width + 1, rect.top() + kTitleTop, width, kBadgeHeight);
    if (box.left() > left) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(offline ? tokens.error : tokens.scrim);
      painter.drawRoundedRect(box, widgets::kRadiusSmall - 1, widgets::kRadiusSmall - 1);
      painter.setFont(font);
      painter.setPen(tokens.onPicture);
      painter.drawText(box, Qt::AlignCenter, badge);
      right = box.left() - widgets::kGapSmall;
    }
  }
  const QFont font = widgets::uiFont(widgets::kSmallPx, QFont::Medium);
  const QString full = asset ? QString::fromStdString(asset->name) : QString();
  const QString name = QFontMetrics(font).elidedText(full, Qt::ElideRight, std::max(0, right - left));
  const QRect line(left, rect.top() + kTitleTop - 1, std::max(0, right - left), kClipTitleHeight);
  painter.setFont(font);
  if (!offline) {
    painter.setPen(withAlpha(tokens.scrim, 0.6));
    painter.drawText(line.translated(0, 1), Qt::AlignVCenter, name);
  }
  painter.setPen(offline ? tokens.text1 : tokens.onPicture);
  painter.drawText(line, Qt::AlignVCenter, name);
}

void TimelinePainter::paintPending(QPainter& painter, const TimelineScene& scene) const {
  if (!scene.pending) return;
  const Tokens& tokens = m_theme.tokens();
  project::Clip place;
  place.start = scene.pending->start;
  place.length = scene.pending->length;
  const QRect rect = scene.layout->clipRect(place, scene.pending->track);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  QPainterPath shape;
  shape.addRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), widgets::kRadiusClip, widgets::kRadiusClip);
  painter.setClipPath(shape, Qt::IntersectClip);
  painter.setOpacity(0.85);
  fillStripes(painter, rect, tokens.bg2, tokens.bg3);
  painter.setOpacity(1);
  const int done = static_cast<int>(rect.width() * std::clamp(scene.pending->fraction, 0.0, 1.0));
  painter.fillRect(QRect(rect.left(), rect.bottom() + 1 - kPendingBar, done, kPendingBar), tokens.accent);
  const QFont font = widgets::uiFont(widgets::kSmallPx, QFont::Medium);
  painter.setFont(font);
  painter.setPen(tokens.text1);
  const QRect line = rect.adjusted(kTitleInset, kTitleTop, -kTitleInset, kTitleTop + kClipTitleHeight - rect.height());
  painter.drawText(line, Qt::AlignVCenter,
                   QFontMetrics(font).elidedText(scene.pending->title, Qt::ElideRight, line.width()));
  painter.setClipping(false);
  painter.restore();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tokens.accent, 1, Qt::DashLine));
  painter.setBrush(Qt::NoBrush);
  painter.drawPath(shape);
  painter.restore();
}

void TimelinePainter::paintGhost(QPainter& painter, const TimelineScene& scene) const {
  if (!scene.ghost) return;
  const Tokens& tokens = m_theme.tokens();
  project::Clip place;
  place.start = scene.ghost->start;
  place.length = scene.ghost->length;
  const QRect rect = scene.layout->clipRect(place, scene.ghost->track);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tokens.accent, scene.ghost->replace.empty() ? 1 : 2,
                      scene.ghost->replace.empty() ? Qt::DashLine : Qt::SolidLine));
  painter.setBrush(withAlpha(tokens.accent, 0.22));
  painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), widgets::kRadiusClip, widgets::kRadiusClip);
  if (scene.ghost->insert) {
    painter.fillRect(QRect(rect.left() - 1, rect.top() - kClipMargin, 2, rect.height() + 2 * kClipMargin),
                     tokens.accent);
  }
  painter.restore();
}

void TimelinePainter::paintMarks(QPainter& painter, const TimelineScene& scene) const {
  const Tokens& tokens = m_theme.tokens();
  const int bottom = scene.layout->viewport().height();
  painter.save();
  painter.setClipRect(QRect(kHeaderWidth - kPlayheadHalf, 0, scene.layout->viewport().width(), bottom),
                      Qt::IntersectClip);
  if (scene.snapLine) {
    const int x = scene.layout->xOf(*scene.snapLine);
    painter.setPen(QPen(tokens.text1, 1, Qt::DashLine));
    painter.drawLine(x, kRulerHeight, x, bottom);
  }
  if (scene.bladeX) {
    painter.setPen(QPen(tokens.text1, 1));
    painter.drawLine(*scene.bladeX, kRulerHeight, *scene.bladeX, bottom);
  }
  if (!scene.band.isEmpty()) {
    painter.setPen(QPen(tokens.accent, 1));
    painter.setBrush(tokens.focusRing);
    painter.drawRect(scene.band.adjusted(0, 0, -1, -1));
  }
  const int x = scene.layout->xOf(scene.playhead);
  if (x >= kHeaderWidth) {
    painter.fillRect(QRect(x, 0, widgets::kLine, bottom), tokens.accent);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tokens.accent);
    const double centre = x + 0.5;
    const QPolygonF head{QPointF(centre - kPlayheadHalf - 0.5, 0), QPointF(centre + kPlayheadHalf + 0.5, 0),
                         QPointF(centre, kPlayheadHeight)};
    painter.drawPolygon(head);
    painter.setRenderHint(QPainter::Antialiasing, false);
  }
  painter.restore();
  if (scene.focused) {
    painter.setPen(QPen(tokens.accent, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRect(QPoint(0, 0), scene.layout->viewport()).adjusted(0, 0, -1, -1));
  }
}

void TimelinePainter::paintEmpty(QPainter& painter, const TimelineScene& scene) const {
  if (scene.layout->rows().empty()) return;
  painter.setPen(m_theme.tokens().text2);
  painter.setFont(widgets::uiFont(widgets::kLabelPx));
  const QRect lane =
      scene.layout->lane(scene.layout->rows().back()).adjusted(widgets::kPanelPadding, 0, -widgets::kGap, 0);
  painter.drawText(lane, Qt::AlignVCenter | Qt::TextWordWrap, PainterTexts::empty());
}

}  // namespace kinora::timeline
