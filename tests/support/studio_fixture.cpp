// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/studio_fixture.h"

#include <QDateTime>
#include <QDir>
#include <QSettings>
#include <condition_variable>
#include <mutex>

#include "engine/project/edit.h"
#include "tests/support/scenes.h"
#include "ui/create/create_panel.h"
#include "ui/window/side_panel.h"
#include "ui/window/status_bar.h"

namespace kinora::test {
namespace {

constexpr QSize kPicture(640, 360);
constexpr int kFps = 24;
constexpr double kDoneSeconds = 23;

core::JobSpec demoJob(const char* title, const char* edition, const char* quality, int credits) {
  core::JobSpec spec;
  spec.title = title;
  spec.request.prompt = title;
  spec.request.edition = edition;
  spec.request.quality = quality;
  spec.request.seconds = core::Rational(5);
  spec.request.model = "mini";
  spec.request.seed = 48214;
  spec.credits = credits;
  spec.output = std::string("/nowhere/") + title + ".mp4";
  return spec;
}

/// Ends what it is told to end; all else stands at step 5 of 8 until it is stopped.
core::Result<core::JobOutcome> demoRun(const core::JobSpec& spec, const jobs::JobCallbacks& callbacks,
                                       std::stop_token stop) {
  if (spec.title.rfind("Fireworks", 0) == 0) {
    return core::Error{core::ErrorCode::OutOfMemory, "needs 21 GiB; 15 GiB are there", "decode"};
  }
  if (!spec.request.endImage.empty()) {
    core::JobOutcome outcome;
    outcome.clip.path = spec.output;
    outcome.timings["total"] = kDoneSeconds;
    return outcome;
  }
  core::Progress progress;
  progress.stage = core::Stage::Denoise;
  progress.step = 5;
  progress.steps = 8;
  progress.fraction = 0.58;
  progress.etaSeconds = 11;
  callbacks.progress(progress);
  callbacks.preview(session::toFrame(drawScene(Scene::Beach, kPicture / 2, 0.6)));
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
  return core::Error{core::ErrorCode::Cancelled, "stopped", {}};
}

}  // namespace

StudioFixture::StudioFixture(DemoMedia media) : UiFixture(1000, media.service), m_demoMedia(std::move(media)) {
  for (const char* name : {"clips", "autosave"}) QDir().mkpath(path(QString::fromLatin1(name)));
  QSettings().setValue(QStringLiteral("window/language"), QStringLiteral("en"));
  const session::ProjectFiles::Folders folders{path(QStringLiteral("clips")), path(QStringLiteral("autosave")),
                                               path(QStringLiteral("recent.json"))};
  m_files = std::make_unique<session::ProjectFiles>(document(), folders);
  const auto clock = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  m_playback = std::make_unique<session::PlaybackController>(document(), m_demoMedia.renderers, clock);
  m_language = std::make_unique<window::Language>();
  m_window = std::make_unique<window::MainWindow>(
      window::Services{theme(), document(), client(), modelStore(), *m_files, *m_playback, *m_language});
  auto answers = std::make_unique<Answers>();
  m_answers = answers.get();
  m_window->setQuestions(std::move(answers));
}

StudioFixture::~StudioFixture() {
  m_window.reset();
  m_playback.reset();
  m_files.reset();
  m_language.reset();
}

project::Asset StudioFixture::demoAsset(const char* name, Scene scene, double from, double to, int seconds) {
  project::Asset asset;
  asset.id = project::newId("asset-");
  asset.name = name;
  asset.takeGroup = asset.id;
  asset.createdAt = QDateTime::currentMSecsSinceEpoch();
  asset.info.path = m_demoMedia.shoot(path(QString::fromStdString(asset.id)), scene, from, to, seconds).toStdString();
  asset.info.size = {1280, 720};
  asset.info.fps = core::Rational(kFps);
  asset.info.frames = kFps * seconds;
  asset.info.duration = core::Rational(seconds);
  asset.info.codec = "h264";
  core::GenerationRequest recipe;
  recipe.prompt = name;
  recipe.edition = "standard";
  recipe.quality = "720p";
  recipe.seed = 48213;
  recipe.model = "mini";
  recipe.steps = 8;
  asset.info.recipe = core::toJson(recipe);
  asset.generated = true;
  return asset;
}

project::Project StudioFixture::demoProject(project::Id& chosen) {
  project::Project project = project::newProject();
  project.name = "Beach film";
  const auto night = demoAsset("Night drive", Scene::Night, 0, 0.7, 5);
  const auto car = demoAsset("Red car on the beach", Scene::Beach, 0.1, 0.9, 5);
  auto again = demoAsset("Red car on the beach", Scene::Beach, 0.8, 0.2, 5);
  again.takeGroup = car.id;
  auto balloon = demoAsset("Balloon over the hills", Scene::Hills, 0, 0.6, 5);
  balloon.starred = true;
  auto drone = demoAsset("drone_4k.mp4", Scene::Hills, 0.4, 1, 6);
  drone.generated = false;
  drone.info.recipe.clear();
  project.assets = {night, car, again, balloon, drone};
  std::int64_t at = 0;
  const std::vector<const project::Asset*> shown{&night, &car, &balloon, &drone};
  for (const project::Asset* asset : shown) {
    if (asset == &balloon) at += 5 * kFps;  // a gap, where the running job will land
    const auto clip = project::placeClip(project, 0, at, asset->id, project::PlaceMode::Overwrite);
    if (!clip) qFatal("demo: %s", clip.error().text().c_str());
    if (asset == &car) chosen = *clip;
    at = project.clip(*clip)->end();
  }
  return project;
}

void StudioFixture::submitDemo(core::JobSpec spec, Scene scene, double progress) {
  const QString base = path(QString::number(qHash(QString::fromStdString(spec.title))));
  const QString file = base + QStringLiteral(".png");
  drawScene(scene, kPicture, progress).save(file);
  spec.request.startImage = file.toStdString();
  if (!spec.request.endImage.empty()) spec.output = m_demoMedia.shoot(base, scene, progress, 1, 1).toStdString();
  spec.work = m_window->createPanel().outlook().plan.work;
  const auto id = client().submit(spec);
  if (!id) qFatal("demo: %s", id.error().text().c_str());
}

void StudioFixture::fillWithDemo() {
  project::Id chosen;
  document().open(demoProject(chosen), path(QStringLiteral("Beach film.kinora")));
  core::GenerationRequest draft;
  draft.prompt = "A red car drives to the left along the beach at sunset, the camera follows";
  draft.edition = "standard";
  draft.quality = "720p";
  draft.seed = 48213;
  const QString start = path(QStringLiteral("start.png"));
  drawScene(Scene::Beach, kPicture, 0.2).save(start);
  draft.startImage = start.toStdString();
  m_window->createPanel().setRequest(draft);

  startQueue([](const core::JobId&, const core::JobSpec& spec, const jobs::JobCallbacks& callbacks,
                std::stop_token stop) { return demoRun(spec, callbacks, stop); });
  submitDemo(demoJob("Fireworks over the harbour", "standard", "720p", 20), Scene::Night, 0.1);
  auto done = demoJob("A red car drives to the left along the beach at sunset", "standard", "720p", 20);
  done.request.endImage = "done";
  submitDemo(done, Scene::Beach, 0.7);
  queue().waitIdle();
  // The running one as the window orders it, into the gap.
  document().setPlayhead(10 * kFps);
  const QString bend = path(QStringLiteral("bend.png"));
  drawScene(Scene::Beach, kPicture, 0.6).save(bend);
  core::Plan plan;
  plan.request = demoJob("Continue: red car, the road bends", "standard", "720p", 20).request;
  plan.request.startImage = bend.toStdString();
  plan.outputFrames = 5 * kFps;
  plan.outputFps = core::Rational(kFps);
  plan.credits = 20;
  m_window->generate(plan, 1, false);
  submitDemo(demoJob("气球飞过山丘，镜头拉远", "master", "1080p", 100), Scene::Hills, 0.6);
  submitDemo(demoJob("Night drive, rain on the window", "standard", "1080p", 35), Scene::Night, 0.5);

  m_window->side().setCurrentIndex(2);
  memory().load({"mini", {{"transformer", 15 << 20}, {"text_encoder", 3 << 20}, {"vae", 9 << 20}}});
  client().refreshResident();
  client().setEngineState(session::EngineClient::EngineState::Ready, QStringLiteral("CPU · AMD EPYC, 2 threads · f32"));
  m_window->status().setMachine({8.1, 24, 78});
  document().setPlayhead(7 * kFps + 11);
  document().setSelection({QString::fromStdString(chosen)});
}

}  // namespace kinora::test
