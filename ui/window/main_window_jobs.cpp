// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QUndoStack>
#include <QUrl>

#include "engine/jobs/submission.h"
#include "ui/create/create_panel.h"
#include "ui/library/inspector_panel.h"
#include "ui/library/library_panel.h"
#include "ui/models_panel/models_dialog.h"
#include "ui/preview/monitor_panel.h"
#include "ui/queue/queue_panel.h"
#include "ui/session/engine_client.h"
#include "ui/session/model_store.h"
#include "ui/session/playback.h"
#include "ui/session/project_document.h"
#include "ui/session/project_store.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/toast.h"
#include "ui/window/clip_commands.h"
#include "ui/window/drop_router.h"
#include "ui/window/job_lander.h"
#include "ui/window/main_window.h"
#include "ui/window/media_import.h"
#include "ui/window/notice_bar.h"
#include "ui/window/project_commands.h"
#include "ui/window/side_panel.h"

// Jobs into the queue, clips out of it, and what the panels ask of each other.
namespace kinora::window {
namespace {

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

}  // namespace

void MainWindow::generate(const core::Plan& plan, int variants, bool atFront) {
  const QString folder = m_services.files.takeFolder();
  QDir().mkpath(folder);
  core::Plan one = plan;
  const std::uint64_t seed = plan.request.seed.value_or(QRandomGenerator::global()->generate());
  QStringList ids;
  for (int i = 0; i < variants; ++i) {
    one.request.seed = seed + static_cast<std::uint64_t>(i);
    const auto id = m_services.client.submit(jobs::generationJob(one, folder.toStdString()), atFront);
    if (!id) {
      showError(id.error());
      break;
    }
    ids << text(*id);
  }
  if (ids.isEmpty()) return;
  const core::Rational seconds = core::Rational(plan.outputFrames) / plan.outputFps;
  m_lander->expect(ids, (seconds * m_services.document.project().fps).round());
  m_side->setCurrentIndex(QueuePage);
}

void MainWindow::retake(const core::Plan& plan, const QString& clip) {
  const QString folder = m_services.files.takeFolder();
  QDir().mkpath(folder);
  const auto id = m_services.client.submit(jobs::generationJob(plan, folder.toStdString()));
  if (!id) {
    showError(id.error());
    return;
  }
  m_lander->expectRetake(text(*id), clip);
  m_side->setCurrentIndex(QueuePage);
}

void MainWindow::retry(const core::JobSpec& spec) {
  core::JobSpec again = spec;
  if (spec.kind == core::JobKind::Generate) {
    again.output = jobs::freshClipPath(m_services.files.takeFolder().toStdString(), spec.request.prompt);
  }
  // What was cut off has waited before.
  const auto id = m_services.client.submit(again, !spec.resumes.empty());
  if (!id) {
    showError(id.error());
    return;
  }
  if (spec.kind != core::JobKind::Generate) return;
  const core::Rational fps = m_services.document.project().fps;
  const core::Rational own = spec.request.fps.isPositive() ? spec.request.fps : fps;
  const core::Rational seconds =
      spec.request.seconds.isPositive() ? spec.request.seconds : core::Rational(spec.request.frames) / own;
  m_lander->expect({text(*id)}, (seconds * fps).round());
}

void MainWindow::cancelJobs(bool queuedToo) {
  const auto jobs = m_services.client.jobs();  // a copy: cancelling changes the list
  // Those that wait first, lest one of them start in the place of one that stopped.
  for (const core::JobState state : {core::JobState::Queued, core::JobState::Running}) {
    if (state == core::JobState::Queued && !queuedToo) continue;
    for (const core::JobRecord& job : jobs) {
      if (job.state == state) m_services.client.cancel(job.id);
    }
  }
}

void MainWindow::connectJobs() {
  session::EngineClient* client = &m_services.client;
  connect(client, &session::EngineClient::jobsChanged, this, &MainWindow::closeWhenIdle);
  connect(client, &session::EngineClient::jobFailed, this, [this](const QString& id, const core::Error& error) {
    const core::JobRecord* job = m_services.client.job(id.toStdString());
    const bool paid = job && job->spec.credits > 0;
    m_toast->showMessage(session::errorHeadline(error, paid), tr("Show"), [this] { showQueue(); });
  });
  connect(m_lander, &JobLander::landed, this, [this](const QString& words) {
    const int index = m_services.document.undoStack()->index();
    m_toast->showMessage(words, tr("Undo"), [this, index] {
      // Only if it is still the last thing done.
      if (m_services.document.undoStack()->index() == index) m_services.document.undoStack()->undo();
    });
  });
  connect(m_lander, &JobLander::strayFinished, this, [this](const QString& id, const QString& title) {
    // Ordered from this project before Kinora was closed: it was to be written among its takes.
    const core::JobRecord* job = m_services.client.job(id.toStdString());
    const QString folder = job ? QFileInfo(text(job->spec.output)).absolutePath() : QString();
    if (!m_services.document.file().isEmpty() && folder == QDir(m_services.files.takeFolder()).absolutePath()) {
      m_lander->add(id);
      return;
    }
    m_toast->showMessage(tr("“%1” is done").arg(title), tr("Add to this project"), [this, id] { m_lander->add(id); });
  });
  connect(m_lander, &JobLander::exported, this, [this](const QString& file) {
    m_toast->showMessage(tr("Exported: %1").arg(QFileInfo(file).fileName()), tr("Show in folder"),
                         [file] { QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(file).absolutePath())); });
  });
  connect(m_lander, &JobLander::failed, this, &MainWindow::showError);
  connect(m_lander, &JobLander::pendingChanged, this, [this] {
    const auto pending = m_lander->pending();
    if (!pending) {
      m_timeline->view().setPending(std::nullopt);
      return;
    }
    timeline::PendingClip clip;
    clip.track = pending->track;
    clip.start = pending->start;
    clip.length = pending->length;
    clip.fraction = pending->fraction;
    clip.title = pending->title;
    m_timeline->view().setPending(clip);
  });
}

void MainWindow::connectPanels() {
  connect(m_create, &create::CreatePanel::manageModelsRequested, this, &MainWindow::showModels);
  connect(&m_services.models, &session::ModelStore::catalogueChanged, m_create, &create::CreatePanel::reloadModels);
  connect(m_create, &create::CreatePanel::generateRequested, this,
          [this](const core::GenerationRequest&, const core::Plan& plan, int variants, bool atFront) {
            generate(plan, variants, atFront);
          });
  connect(m_create, &create::CreatePanel::recipeLoaded, this, &MainWindow::askForSeed);
  connect(m_create, &create::CreatePanel::exampleLoaded, this, [this] {
    m_toast->showMessage(tr("The example took the place of your prompt"), tr("Undo"),
                         [this] { m_create->takeBackExample(); });
  });
  connect(m_create, &create::CreatePanel::message, this, &MainWindow::tell);
  connect(m_queue, &queue::QueuePanel::openJobsChanged, this,
          [this](int count) { m_side->setBadge(QueuePage, count); });
  m_side->setBadge(QueuePage, m_queue->openJobs());
  connect(m_queue, &queue::QueuePanel::retryRequested, this, &MainWindow::retry);
  connect(m_queue, &queue::QueuePanel::openRequested, this, &MainWindow::showSourceFile);
  connect(m_queue, &queue::QueuePanel::recipeRequested, this, &MainWindow::loadRecipe);
  connect(m_library, &library::LibraryPanel::assetActivated, this, &MainWindow::showSource);
  connect(m_library, &library::LibraryPanel::addRequested, this,
          [this](const QString& id) { m_clips->placeAsset(id, project::PlaceMode::Insert); });
  connect(m_library, &library::LibraryPanel::recipeRequested, this, &MainWindow::loadRecipe);
  connect(m_library, &library::LibraryPanel::filesDropped, m_import, &MediaImport::import);
  connect(m_library, &library::LibraryPanel::message, this, &MainWindow::tell);
  connect(m_library, &library::LibraryPanel::assetSelected, m_inspector, &library::InspectorPanel::setAsset);
  connect(m_inspector, &library::InspectorPanel::recipeRequested, this, &MainWindow::loadRecipe);
  connect(m_timeline, &timeline::TimelinePanel::assetActivated, this, &MainWindow::showSource);
  connect(m_timeline, &timeline::TimelinePanel::refused, this, &MainWindow::showError);
  connect(m_timeline, &timeline::TimelinePanel::importFailed, this,
          [this](const QString&, const core::Error& error) { showError(error); });
  connect(m_monitor, &preview::MonitorPanel::frameGrabbed, this, [this](const QString& file) {
    m_toast->showMessage(tr("Frame saved: %1").arg(QFileInfo(file).fileName()), tr("Add to the library"),
                         [this, file] { m_import->import({file}); });
  });
  connect(m_monitor, &preview::MonitorPanel::useAsStart, this, [this](const QString& file) {
    showCreate();
    m_create->setStartImage(file);
  });
  connect(m_monitor, &preview::MonitorPanel::failed, this, &MainWindow::showError);
  connect(&m_services.playback, &session::PlaybackController::failed, this, &MainWindow::showError);
  connect(m_clips, &ClipCommands::retakePlanned, this, &MainWindow::retake);
  connect(m_clips, &ClipCommands::message, this, &MainWindow::tell);
  connect(m_clips, &ClipCommands::failed, this, &MainWindow::showError);
  connect(m_project, &ProjectCommands::failed, this, &MainWindow::showError);
  connect(m_import, &MediaImport::failed, this, [this](const QString&, const core::Error& error) { showError(error); });
  connect(m_import, &MediaImport::imported, this, [this](const QStringList& ids) {
    m_side->setCurrentIndex(LibraryPage);
    m_library->selectAsset(ids.back());
  });
  session::ProjectDocument* document = &m_services.document;
  connect(document, &session::ProjectDocument::modifiedChanged, this, &MainWindow::showTitle);
  connect(document, &session::ProjectDocument::fileChanged, this, &MainWindow::showTitle);
  connect(document, &session::ProjectDocument::changed, this, [this](const session::ChangeEvent& event) {
    if (event.settings || event.reset) showTitle();
  });
  session::ProjectFiles* files = &m_services.files;
  connect(&files->autosave(), &session::Autosave::failed, this, &MainWindow::showError);
  connect(files, &session::ProjectFiles::mediaMoveFailed, this, &MainWindow::showError);
}

void MainWindow::connectDrops() {
  connect(m_drops, &DropRouter::projectDropped, this, [this](const QString& file) { m_project->open(file); });
  connect(m_drops, &DropRouter::picturesDropped, this, [this](const QStringList& files) {
    showCreate();
    m_create->addPictures(files);
  });
  connect(m_drops, &DropRouter::imageDropped, this, [this](const QImage& image) {
    showCreate();
    m_create->addPicture(image);
  });
  connect(m_drops, &DropRouter::lorasDropped, this, [this](const QStringList& files) {
    showCreate();
    m_create->addLoras(files);
  });
  connect(m_drops, &DropRouter::mediaDropped, m_import, &MediaImport::import);
  connect(m_drops, &DropRouter::modelsDropped, this, [this](const QStringList& paths) {
    showModels();
    m_models->add(paths);
  });
  connect(m_drops, &DropRouter::notKnown, this, [this](const QString& file) {
    tell(tr("Kinora does not know this kind of file: %1").arg(QFileInfo(file).fileName()));
  });
}

void MainWindow::showSource(const QString& assetId) {
  const project::Asset* asset = m_services.document.project().asset(assetId.toStdString());
  if (!asset) return;
  if (asset->offline) {
    tell(tr("The file is offline: %1").arg(text(asset->info.path)));
    return;
  }
  m_services.playback.setSource(asset->info, text(asset->name));
  m_services.playback.setMode(session::PlaybackController::Mode::Source);
}

void MainWindow::showSourceFile(const QString& file) {
  m_services.client.probe(file, this, [this, file](const core::Result<core::ClipInfo>& info) {
    if (!info) {
      showError(info.error());
      return;
    }
    m_services.playback.setSource(*info, QFileInfo(file).fileName());
    m_services.playback.setMode(session::PlaybackController::Mode::Source);
  });
}

void MainWindow::loadRecipe(const QString& recipe) {
  const auto request = core::requestFromJson(recipe.toStdString());
  if (!request) {
    showError(request.error());
    return;
  }
  showCreate();
  m_create->loadRecipe(*request);
}

void MainWindow::askForSeed(quint64 seed) {
  m_notice->ask(
      QStringLiteral("seed"), tr("Recipe loaded. Its seed %1 gives the same clip again.").arg(seed), tr("Same seed"),
      tr("New seed"), [this] { m_create->keepSeed(true); }, [this] { m_create->keepSeed(false); });
}

}  // namespace kinora::window
