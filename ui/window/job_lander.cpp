// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/job_lander.h"

#include <QDateTime>
#include <algorithm>

#include "engine/project/edit.h"
#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"
#include "ui/session/timecode.h"

namespace kinora::window {
namespace {

constexpr int kSmallestSide = 720;

bool isFree(const project::Track& track, std::int64_t start, std::int64_t end) {
  return std::none_of(track.clips.begin(), track.clips.end(),
                      [&](const project::Clip& clip) { return clip.start < end && start < clip.end(); });
}

project::Asset assetFor(const core::JobRecord& job) {
  project::Asset asset;
  asset.id = project::newId("asset-");
  asset.name = job.spec.title;
  asset.info = job.outcome->clip;
  if (asset.info.recipe.empty()) asset.info.recipe = core::toJson(job.spec.request);
  asset.generated = true;
  asset.createdAt = QDateTime::currentMSecsSinceEpoch();
  return asset;
}

}  // namespace

int landingTrack(const project::Project& project) {
  const auto& tracks = project.timeline.tracks;
  const auto found = std::find_if(tracks.begin(), tracks.end(), [](const project::Track& track) {
    return track.kind == project::TrackKind::Video && !track.locked;
  });
  return found == tracks.end() ? -1 : static_cast<int>(found - tracks.begin());
}

core::Size sizeForFirstClip(const core::Size& clip) {
  const int side = std::min(clip.width, clip.height);
  if (clip.isEmpty() || side >= kSmallestSide) return clip;
  const auto even = [side](int length) { return (length * kSmallestSide / side + 1) / 2 * 2; };
  return {even(clip.width), even(clip.height)};
}

JobLander::JobLander(session::ProjectDocument& document, session::EngineClient& client, QObject* parent)
    : QObject(parent), m_document(document), m_client(client) {
  connect(&client, &session::EngineClient::jobFinished, this, &JobLander::finish);
  connect(&client, &session::EngineClient::jobFailed, this, &JobLander::drop);
  connect(&client, &session::EngineClient::jobCancelled, this, &JobLander::drop);
  connect(&client, &session::EngineClient::jobProgress, this, &JobLander::pendingChanged);
  connect(&document, &session::ProjectDocument::changed, this, [this](const session::ChangeEvent& event) {
    // What the former project ordered is not this one's.
    if (event.reset) m_orders.clear();
    Q_EMIT pendingChanged();
  });
}

/// The playhead, or behind what is on its way to there.
std::int64_t JobLander::placeForNext() const {
  std::int64_t frame = m_document.playhead();
  for (const Order& order : m_orders) {
    if (order.clip.empty() && !order.placed && order.frame <= frame && frame < order.frame + order.length) {
      frame = order.frame + order.length;
    }
  }
  return frame;
}

void JobLander::expect(const QStringList& ids, std::int64_t length) {
  Order order;
  order.ids = ids;
  order.length = length;
  order.frame = placeForNext();
  m_orders.push_back(order);
  Q_EMIT pendingChanged();
}

void JobLander::expectRetake(const QString& id, const QString& clip) {
  const project::Project& project = m_document.project();
  Order order;
  order.ids = QStringList{id};
  order.clip = clip.toStdString();
  if (const project::Clip* shown = project.clip(order.clip)) {
    order.frame = shown->start;
    order.length = shown->length;
    if (const project::Asset* asset = project.asset(shown->asset)) order.takeGroup = asset->takeGroup;
  }
  m_orders.push_back(order);
  Q_EMIT pendingChanged();
}

std::optional<JobLander::Pending> JobLander::pending() const {
  for (const Order& order : m_orders) {
    if (order.placed || order.ids.isEmpty() || !order.clip.empty()) continue;
    const core::JobId id = order.ids.front().toStdString();
    const core::JobRecord* job = m_client.job(id);
    if (!job) continue;
    const auto progress = m_client.progress(id);
    return Pending{QString::fromStdString(job->spec.title), std::max(0, landingTrack(m_document.project())),
                   order.frame, order.length, progress ? progress->fraction : 0};
  }
  return std::nullopt;
}

std::deque<JobLander::Order>::iterator JobLander::orderOf(const QString& id) {
  return std::find_if(m_orders.begin(), m_orders.end(), [&](const Order& order) { return order.ids.contains(id); });
}

void JobLander::drop(const QString& id) {
  const auto order = orderOf(id);
  if (order == m_orders.end()) return;
  order->ids.removeAll(id);
  if (order->ids.isEmpty()) m_orders.erase(order);
  Q_EMIT pendingChanged();
}

void JobLander::finish(const QString& id) {
  const core::JobRecord* found = m_client.job(id.toStdString());
  if (!found || !found->outcome) return;
  const core::JobRecord job = *found;  // the edit below may refresh the list
  if (job.spec.kind == core::JobKind::Export) {
    Q_EMIT exported(QString::fromStdString(job.spec.output));
    return;
  }
  const auto order = orderOf(id);
  if (order == m_orders.end()) {
    Q_EMIT strayFinished(id, QString::fromStdString(job.spec.title));
    return;
  }
  land(job, *order);
  drop(id);
}

void JobLander::add(const QString& id) {
  const core::JobRecord* found = m_client.job(id.toStdString());
  if (!found || !found->outcome) return;
  const core::JobRecord job = *found;
  Order order;
  order.frame = m_document.playhead();
  land(job, order);
}

core::Result<void> JobLander::apply(project::Project& project, const project::Asset& asset, const Order& order,
                                    bool& onTimeline) {
  const bool first = project.timeline.length() == 0;
  project.assets.push_back(asset);
  const bool replaces = !order.clip.empty() && project.clip(order.clip);
  const int track = landingTrack(project);
  if (order.placed || (!replaces && track < 0)) return {};
  if (replaces) {
    onTimeline = true;
    return project::replaceTake(project, order.clip, asset.id);
  }
  if (first) project.size = sizeForFirstClip(asset.info.size);
  const std::int64_t end = order.frame + project.lengthInFrames(asset);
  const bool free = isFree(project.timeline.tracks[static_cast<std::size_t>(track)], order.frame, end);
  const auto mode = free ? project::PlaceMode::Overwrite : project::PlaceMode::Insert;
  if (auto placed = project::placeClip(project, track, order.frame, asset.id, mode); !placed) return placed.error();
  onTimeline = true;
  return {};
}

void JobLander::land(const core::JobRecord& job, Order& order) {
  project::Asset asset = assetFor(job);
  if (order.takeGroup.empty()) order.takeGroup = asset.id;
  asset.takeGroup = order.takeGroup;
  bool onTimeline = false;
  const auto done = m_document.edit(
      tr("Add clip"), [&](project::Project& project) { return apply(project, asset, order, onTimeline); });
  if (!done) {
    Q_EMIT failed(done.error());
    return;
  }
  const auto takes = m_document.project().takes(asset.takeGroup).size();
  const QString place = session::shortTime(order.frame, m_document.project().fps);
  if (!onTimeline) {
    Q_EMIT landed(takes > 1 ? tr("Take %1 added to the library").arg(takes) : tr("Clip added to the library"));
  } else if (!order.clip.empty()) {
    Q_EMIT landed(tr("Take %1 placed at %2").arg(takes).arg(place));
  } else {
    Q_EMIT landed(tr("Clip added at %1").arg(place));
  }
  order.placed = true;
}

}  // namespace kinora::window
