// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDateTime>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileInfo>
#include <QMimeData>
#include <algorithm>
#include <utility>

#include "ui/session/dropped_files.h"
#include "ui/session/engine_client.h"
#include "ui/session/timecode.h"
#include "ui/timeline/timeline_edits.h"
#include "ui/timeline/timeline_view.h"

// Dropping library assets and files on the timeline.
namespace kinora::timeline {
namespace {

constexpr int kUnknownSeconds = 5;  ///< ghost of a file that nobody has looked into yet
constexpr int kEndZone = 32;        ///< pixels at a clip's ends where a drop goes beside it

project::Id assetOf(const QMimeData& data) {
  return data.data(QLatin1String(kAssetMime)).toStdString();
}

bool isLocked(const project::Project& project, int track) {
  return project.timeline.tracks[static_cast<std::size_t>(track)].locked;
}

/// The track that a drop at y is for: the one there, else the lowest video track.
int dropTrack(const project::Project& project, const TimelineLayout& layout, int y) {
  const auto isVideo = [&](int track) {
    return project.timeline.tracks[static_cast<std::size_t>(track)].kind == project::TrackKind::Video;
  };
  const TimelineLayout::Row* row = layout.rowAt(y);
  if (row && isVideo(row->track)) return row->track;
  for (int track = 0; track < static_cast<int>(project.timeline.tracks.size()); ++track) {
    if (isVideo(track)) return track;
  }
  return -1;
}

/// The clip that asset, dropped at point, takes the place of: a take of the same anywhere on it, others on its middle.
/// Its ends are for what goes before or behind it.
project::Id clipToReplace(const project::Project& project, const TimelineLayout& layout, int track, const QPoint& point,
                          const project::Asset& asset) {
  for (const project::Clip& clip : project.timeline.tracks[static_cast<std::size_t>(track)].clips) {
    const QRect rect = layout.clipRect(clip, track);
    if (point.x() < rect.left() || point.x() > rect.right() || clip.asset == asset.id) continue;
    const project::Asset* there = project.asset(clip.asset);
    const bool sameTakes = there && !asset.takeGroup.empty() && there->takeGroup == asset.takeGroup;
    const int end = std::min(kEndZone, rect.width() / 4);
    if (sameTakes || (point.x() - rect.left() >= end && rect.right() - point.x() >= end)) return clip.id;
  }
  return {};
}

}  // namespace

/// Files that are being looked into; placed together as one edit once all have answered.
struct TimelineView::Import {
  std::vector<std::optional<core::ClipInfo>> infos;  ///< in the order they were dropped
  std::size_t waiting = 0;
  int track = 0;
  std::int64_t frame = 0;
  project::PlaceMode mode = project::PlaceMode::Overwrite;
};

std::optional<DropGhost> TimelineView::ghostFor(const QMimeData& mime, const QPoint& point,
                                                Qt::KeyboardModifiers modifiers) {
  const project::Project& project = m_document.project();
  m_dropSnap.reset();
  DropGhost ghost;
  ghost.track = dropTrack(project, m_layout, point.y());
  if (ghost.track < 0 || isLocked(project, ghost.track)) return std::nullopt;
  ghost.insert = modifiers.testFlag(Qt::ControlModifier);
  ghost.start = m_layout.frameAt(point.x());

  if (mime.hasFormat(QLatin1String(kAssetMime))) {
    const project::Asset* asset = project.asset(assetOf(mime));
    if (!asset || asset->offline) return std::nullopt;
    const project::Id target = clipToReplace(project, m_layout, ghost.track, point, *asset);
    if (!target.empty() && !ghost.insert) {
      const project::Clip* clip = project.clip(target);
      ghost.start = clip->start;
      ghost.length = clip->length;
      ghost.replace = target;
      return ghost;
    }
    ghost.length = project.lengthInFrames(*asset);
  } else {
    const auto count = session::localFiles(mime).size();
    if (count == 0) return std::nullopt;
    ghost.length = static_cast<std::int64_t>(count) * kUnknownSeconds * session::nominalRate(project.fps);
  }
  if (m_snapping && !modifiers.testFlag(Qt::AltModifier)) {
    const auto tolerance = std::max<std::int64_t>(1, m_layout.framesFor(kSnapDistance));
    ghost.start +=
        snapDelta(0, ghost.start, ghost.start + ghost.length, project::snapPoints(project, {}), tolerance, m_dropSnap);
    if (ghost.start < 0) {
      ghost.start = 0;
      m_dropSnap = 0;
    }
  }
  return ghost;
}

void TimelineView::dragEnterEvent(QDragEnterEvent* event) {
  // Projects and models are the window's.
  if (session::isForWindow(*event->mimeData())) {
    event->ignore();
    return;
  }
  dragMoveEvent(event);
}

void TimelineView::dragMoveEvent(QDragMoveEvent* event) {
  m_ghost = ghostFor(*event->mimeData(), event->position().toPoint(), event->modifiers());
  viewport()->update();
  if (!m_ghost) {
    event->ignore();
    return;
  }
  event->setDropAction(Qt::CopyAction);
  event->accept();
}

void TimelineView::dragLeaveEvent(QDragLeaveEvent*) {
  m_ghost.reset();
  m_dropSnap.reset();
  viewport()->update();
}

void TimelineView::dropEvent(QDropEvent* event) {
  const auto ghost = ghostFor(*event->mimeData(), event->position().toPoint(), event->modifiers());
  m_ghost.reset();
  m_dropSnap.reset();
  viewport()->update();
  if (!ghost) {
    event->ignore();
    return;
  }
  event->setDropAction(Qt::CopyAction);
  event->accept();
  const project::PlaceMode mode = ghost->insert ? project::PlaceMode::Insert : project::PlaceMode::Overwrite;
  if (!event->mimeData()->hasFormat(QLatin1String(kAssetMime))) {
    importFiles(session::localFiles(*event->mimeData()), ghost->track, ghost->start, mode);
    return;
  }
  const project::Id asset = assetOf(*event->mimeData());
  if (!ghost->replace.empty()) {
    run(tr("Replace take"),
        [clip = ghost->replace, asset](project::Project& next) { return replaceAsTake(next, clip, asset); });
    return;
  }
  project::Id placed;
  run(tr("Add clip"), [&](project::Project& next) -> core::Result<void> {
    auto id = project::placeClip(next, ghost->track, ghost->start, asset, mode);
    if (!id) return id.error();
    placed = *id;
    return {};
  });
  if (!placed.empty()) m_document.setSelection({QString::fromStdString(placed)});
}

void TimelineView::importFiles(const QStringList& paths, int track, std::int64_t frame, project::PlaceMode mode) {
  if (paths.isEmpty()) return;
  auto import = std::make_shared<Import>();
  import->infos.resize(static_cast<std::size_t>(paths.size()));
  import->waiting = import->infos.size();
  import->track = track;
  import->frame = frame;
  import->mode = mode;
  for (qsizetype i = 0; i < paths.size(); ++i) {
    m_client.probe(paths[i], this, [this, import, i, path = paths[i]](const core::Result<core::ClipInfo>& info) {
      if (!info) {
        Q_EMIT importFailed(path, info.error());
      } else if (info->kind == core::MediaKind::Audio) {
        Q_EMIT importFailed(
            path, core::Error{core::ErrorCode::Unsupported, "the timeline has no audio track yet", path.toStdString()});
      } else {
        import->infos[static_cast<std::size_t>(i)] = *info;
      }
      if (--import->waiting == 0) place(*import);
    });
  }
}

void TimelineView::place(const Import& import) {
  const qint64 now = QDateTime::currentMSecsSinceEpoch();
  QStringList placed;
  const auto count =
      std::count_if(import.infos.begin(), import.infos.end(), [](const auto& info) { return info.has_value(); });
  if (count == 0) return;
  run(tr("Import %n file(s)", nullptr, static_cast<int>(count)), [&](project::Project& project) -> core::Result<void> {
    std::int64_t frame = import.frame;
    for (const auto& info : import.infos) {
      if (!info) continue;
      const QString name = QFileInfo(QString::fromStdString(info->path)).fileName();
      const project::Id asset = assetForFile(project, *info, name, now);
      auto clip = project::placeClip(project, import.track, frame, asset, import.mode);
      if (!clip) return clip.error();
      placed.append(QString::fromStdString(*clip));
      frame = project.clip(*clip)->end();
    }
    return {};
  });
  m_document.setSelection(placed);
}

}  // namespace kinora::timeline
