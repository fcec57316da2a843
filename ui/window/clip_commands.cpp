// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/clip_commands.h"

#include <QRandomGenerator>
#include <algorithm>

#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"
#include "ui/window/job_lander.h"

namespace kinora::window {

/// A recipe on its way to a plan.
struct ClipCommands::Retake {
  QString clip;
  core::GenerationRequest request;
  core::PlanContext context;
};

ClipCommands::ClipCommands(session::ProjectDocument& document, session::EngineClient& client, QObject* parent)
    : QObject(parent), m_document(document), m_client(client) {}

const project::Clip* ClipCommands::currentClip() const {
  const project::Project& project = m_document.project();
  if (!m_document.selection().isEmpty()) return project.clip(m_document.selection().front().toStdString());
  const std::int64_t frame = m_document.playhead();
  const auto& tracks = project.timeline.tracks;
  for (auto track = tracks.rbegin(); track != tracks.rend(); ++track) {
    for (const project::Clip& clip : track->clips) {
      if (clip.start <= frame && frame < clip.end()) return &clip;
    }
  }
  return nullptr;
}

void ClipCommands::newTake() {
  const project::Clip* clip = currentClip();
  const project::Asset* asset = clip ? m_document.project().asset(clip->asset) : nullptr;
  const auto request = asset ? core::requestFromJson(asset->info.recipe)
                             : core::Result<core::GenerationRequest>(core::Error{core::ErrorCode::NotFound, {}, {}});
  if (!request || asset->info.recipe.empty()) {
    Q_EMIT message(tr("Select a clip that was generated to make a new take of it."));
    return;
  }
  auto retake = std::make_shared<Retake>();
  retake->clip = QString::fromStdString(clip->id);
  retake->request = *request;
  retake->request.seed = QRandomGenerator::global()->generate();
  measure(retake, false);
}

/// The sizes of the recipe's pictures, one after the other, then the plan.
void ClipCommands::measure(const std::shared_ptr<Retake>& retake, bool endImage) {
  const std::string& path = endImage ? retake->request.endImage : retake->request.startImage;
  const auto next = [this, retake, endImage] {
    if (endImage) {
      plan(*retake);
    } else {
      measure(retake, true);
    }
  };
  if (path.empty()) {
    next();
    return;
  }
  m_client.probe(QString::fromStdString(path), this, [=, this](const core::Result<core::ClipInfo>& info) {
    if (!info) {
      Q_EMIT failed(info.error());
      return;
    }
    (endImage ? retake->context.endImage : retake->context.startImage) = info->size;
    next();
  });
}

void ClipCommands::plan(const Retake& retake) {
  const core::GenerationRequest& request = retake.request;
  const core::ModelInfo* model =
      request.model.empty() ? m_client.models().firstFor(request) : m_client.models().find(request.model);
  if (!model) {
    Q_EMIT failed(core::Error{core::ErrorCode::NotFound, "the recipe's model is not installed", request.model});
    return;
  }
  const core::Edition* edition =
      request.edition.empty() ? nullptr : m_client.editions().find(request.edition, request.quality);
  const core::PlanResult planned = core::plan(request, edition, *model, retake.context);
  if (!planned.ok()) {
    Q_EMIT message(session::faultText(planned.faults.front()));
    return;
  }
  Q_EMIT retakePlanned(planned.plan, retake.clip);
}

void ClipCommands::stepTake(int direction) {
  const project::Clip* clip = currentClip();
  const project::Project& project = m_document.project();
  const project::Asset* asset = clip ? project.asset(clip->asset) : nullptr;
  if (!asset) return;
  const auto takes = project.takes(asset->takeGroup);
  if (takes.size() < 2) {
    Q_EMIT message(tr("The clip has one take. Ctrl+R makes another."));
    return;
  }
  const auto at = std::find(takes.begin(), takes.end(), asset) - takes.begin();
  const auto count = static_cast<std::ptrdiff_t>(takes.size());
  const project::Id next = takes[static_cast<std::size_t>((at + direction + count) % count)]->id;
  const project::Id id = clip->id;
  const auto done = m_document.edit(tr("Change take"),
                                    [&](project::Project& changed) { return project::replaceTake(changed, id, next); });
  if (!done) Q_EMIT failed(done.error());
}

void ClipCommands::placeAsset(const QString& asset, project::PlaceMode mode) {
  if (asset.isEmpty()) {
    Q_EMIT message(tr("Select a take in the library first."));
    return;
  }
  const auto done = m_document.edit(tr("Add clip"), [&](project::Project& project) -> core::Result<void> {
    const int track = landingTrack(project);
    if (track < 0) return core::Error{core::ErrorCode::InvalidInput, "all video tracks are locked", {}};
    const bool first = project.timeline.length() == 0;
    const project::Asset* placed = project.asset(asset.toStdString());
    if (first && placed && !placed->info.size.isEmpty()) project.size = sizeForFirstClip(placed->info.size);
    auto clip = project::placeClip(project, track, project.playhead, asset.toStdString(), mode);
    if (!clip) return clip.error();
    project.playhead = project.clip(*clip)->end();
    return {};
  });
  if (!done) Q_EMIT failed(done.error());
}

}  // namespace kinora::window
