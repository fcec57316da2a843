// SPDX-License-Identifier: GPL-3.0-or-later
#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <algorithm>
#include <utility>

#include "ui/timeline/timeline_edits.h"
#include "ui/timeline/timeline_view.h"

// What the menu and the keys do to the timeline.
namespace kinora::timeline {
namespace {

QStringList toStrings(const std::vector<project::Id>& ids) {
  QStringList result;
  for (const project::Id& id : ids) result.append(QString::fromStdString(id));
  return result;
}

bool isInside(const project::Clip& clip, std::int64_t frame) {
  return frame > clip.start && frame < clip.end();
}

}  // namespace

std::vector<project::Id> TimelineView::selectedIds() const {
  return toIds(m_document.selection());
}

void TimelineView::run(const QString& text, const session::ProjectDocument::Operation& operation) {
  if (auto result = m_document.edit(text, operation); !result) Q_EMIT refused(result.error());
}

/// The selected clips that the playhead cuts, else the top-most one there.
std::vector<project::Id> TimelineView::clipsUnderPlayhead() const {
  const std::int64_t frame = m_document.playhead();
  const project::Project& project = m_document.project();
  std::vector<project::Id> targets;
  for (const project::Id& id : selectedIds()) {
    if (const project::Clip* clip = project.clip(id); clip && isInside(*clip, frame)) targets.push_back(id);
  }
  for (auto track = project.timeline.tracks.rbegin(); track != project.timeline.tracks.rend(); ++track) {
    if (!targets.empty() || track->locked) continue;
    for (const project::Clip& clip : track->clips) {
      if (isInside(clip, frame)) targets.push_back(clip.id);
    }
  }
  return targets;
}

void TimelineView::trimToPlayhead(bool startEdge) {
  const std::vector<project::Id> targets = clipsUnderPlayhead();
  if (targets.empty()) return;
  const std::int64_t frame = m_document.playhead();
  run(tr("Trim to the playhead"), [=](project::Project& next) -> core::Result<void> {
    std::vector<project::Id> dropped;
    std::int64_t start = frame;
    for (const project::Id& id : targets) {
      const std::int64_t first = next.clip(id)->start;
      auto right = project::splitClip(next, id, frame);
      if (!right) return right.error();
      dropped.push_back(startEdge ? id : *right);
      if (startEdge) start = std::min(start, first);
    }
    next.playhead = start;  // stays on the picture it was on
    return project::rippleDelete(next, dropped);
  });
}

void TimelineView::splitAtPlayhead(bool allTracks) {
  const std::int64_t frame = m_document.playhead();
  const std::vector<project::Id> targets = clipsUnderPlayhead();
  if (targets.empty()) return;
  run(tr("Split clip"), [=](project::Project& next) -> core::Result<void> {
    if (allTracks) {
      auto right = project::splitAt(next, frame);
      return right ? core::Result<void>() : right.error();
    }
    for (const project::Id& id : targets) {
      if (auto right = project::splitClip(next, id, frame); !right) return right.error();
    }
    return {};
  });
}

void TimelineView::deleteSelection(bool ripple) {
  const std::vector<project::Id> ids = selectedIds();
  if (ids.empty()) return;
  run(tr("Delete %n clip(s)", nullptr, static_cast<int>(ids.size())), [ids, ripple](project::Project& project) {
    return ripple ? project::rippleDelete(project, ids) : project::liftClips(project, ids);
  });
}

void TimelineView::selectAll() {
  QStringList ids;
  for (const project::Track& track : m_document.project().timeline.tracks) {
    if (track.locked) continue;
    for (const project::Clip& clip : track.clips) ids.append(QString::fromStdString(clip.id));
  }
  m_document.setSelection(ids);
}

void TimelineView::selectNone() {
  m_document.setSelection({});
}

void TimelineView::cancel() {
  if (m_drag || m_armed) {
    endDrag(false);
  } else {
    selectNone();
  }
}

void TimelineView::cut() {
  if (m_document.selection().isEmpty()) return;
  copy();
  const std::vector<project::Id> ids = selectedIds();
  run(tr("Cut %n clip(s)", nullptr, static_cast<int>(ids.size())),
      [ids](project::Project& project) { return project::liftClips(project, ids); });
}

void TimelineView::copy() {
  const QByteArray clips = copyClips(m_document.project(), selectedIds());
  if (clips.isEmpty()) return;
  auto* mime = new QMimeData;
  mime->setData(QLatin1String(kClipsMime), clips);
  QGuiApplication::clipboard()->setMimeData(mime);
}

void TimelineView::paste() {
  const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
  if (!mime || !mime->hasFormat(QLatin1String(kClipsMime))) return;
  const QByteArray clips = mime->data(QLatin1String(kClipsMime));
  std::vector<project::Id> pasted;
  run(tr("Paste"), [&](project::Project& project) -> core::Result<void> {
    auto ids = pasteClips(project, clips, m_document.playhead(), project::PlaceMode::Overwrite);
    if (!ids) return ids.error();
    pasted = *ids;
    for (const project::Id& id : pasted) project.playhead = std::max(project.playhead, project.clip(id)->end());
    return {};
  });
  if (!pasted.empty()) m_document.setSelection(toStrings(pasted));
}

void TimelineView::duplicate() {
  const std::vector<project::Id> ids = selectedIds();
  const QByteArray clips = copyClips(m_document.project(), ids);
  if (clips.isEmpty()) return;
  std::int64_t end = 0;
  for (const project::Id& id : ids) end = std::max(end, m_document.project().clip(id)->end());
  std::vector<project::Id> copies;
  run(tr("Duplicate %n clip(s)", nullptr, static_cast<int>(ids.size())),
      [&](project::Project& project) -> core::Result<void> {
        auto result = pasteClips(project, clips, end, project::PlaceMode::Insert);
        if (!result) return result.error();
        copies = *result;
        return {};
      });
  if (!copies.empty()) m_document.setSelection(toStrings(copies));
}

void TimelineView::nextCut() {
  if (const auto frame = cutAfter(m_document.project(), m_document.playhead())) m_document.setPlayhead(*frame);
}

void TimelineView::previousCut() {
  if (const auto frame = cutBefore(m_document.project(), m_document.playhead())) m_document.setPlayhead(*frame);
}

}  // namespace kinora::timeline
