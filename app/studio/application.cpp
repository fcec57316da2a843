// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/application.h"

#include <QDir>
#include <QEvent>
#include <QSettings>
#include <QTimer>

#include "app/runtime/runners.h"
#include "engine/jobs/thread_priority.h"
#include "engine/media/media_service.h"
#include "ui/session/engine_client.h"
#include "ui/session/model_store.h"
#include "ui/session/playback.h"
#include "ui/session/project_document.h"
#include "ui/session/project_store.h"
#include "ui/widgets/focus_ring.h"
#include "ui/widgets/theme.h"
#include "ui/window/language.h"
#include "ui/window/main_window.h"
#include "ui/window/status_bar.h"

namespace kinora::studio {
namespace {

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

widgets::Theme::Mode savedThemeMode() {
  return static_cast<widgets::Theme::Mode>(qBound(0, QSettings().value(QStringLiteral("window/theme"), 0).toInt(),
                                                  static_cast<int>(widgets::Theme::Mode::Light)));
}

/// "CPU · Intel Xeon · 2 threads"
QString describe(const std::vector<pipeline::DeviceInfo>& devices) {
  const pipeline::DeviceInfo* best = nullptr;
  for (const pipeline::DeviceInfo& device : devices) {
    if (device.usable && (!best || best->id == "cpu")) best = &device;
  }
  if (!best) return {};
  QStringList parts{best->id == "cpu" ? QStringLiteral("CPU") : QStringLiteral("GPU"), text(best->name)};
  if (!best->note.empty()) parts << text(best->note);
  return parts.join(QStringLiteral(" · "));
}

/// What a generation comes to on this machine's CPU, roughly, until one was measured. GPUs differ too much for a guess:
/// 0.
double guessTflops(const std::vector<pipeline::DeviceInfo>& devices) {
  constexpr double kPerThread = 0.03;
  for (const pipeline::DeviceInfo& device : devices) {
    if (device.usable && device.id != "cpu") return 0;
  }
  return kPerThread * std::thread::hardware_concurrency();
}

}  // namespace

Application::Application(runtime::Paths paths) : m_paths(std::move(paths)) {}

Application::~Application() {
  m_loader = {};  // joins: the loader posts to the client
  m_window.reset();
  if (m_client) m_client->setQueue(nullptr);
  m_queue.reset();
}

core::Result<void> Application::start(const QStringList& files) {
  if (auto opened = openData(); !opened) return opened;
  makeWindow();
  m_window->installEventFilter(this);
  m_window->show();
  // Files open and the queue starts once events run; torch loads after the first paint.
  QTimer::singleShot(0, this, [this, files] {
    m_window->openAtStart(files);
    if (const auto interrupted = m_queue->start(); !interrupted) {
      m_window->showError(interrupted.error());
    } else if (!interrupted->empty()) {
      m_window->reportInterrupted(static_cast<int>(interrupted->size()));
    }
  });
  return {};
}

core::Result<void> Application::openData() {
  for (const std::string& folder : {m_paths.data, m_paths.clips(), m_paths.autosave(), m_paths.cache()}) {
    if (!QDir().mkpath(text(folder))) {
      return core::Error{core::ErrorCode::NotWritable,
                         "the data folder cannot be made; set KINORA_DATA_DIR to one you may write", folder};
    }
  }
  m_lock = std::make_unique<QLockFile>(text(m_paths.data + "/studio.lock"));
  m_lock->setStaleLockTime(0);
  if (!m_lock->tryLock()) {
    return core::Error{core::ErrorCode::Busy, "Kinora is already open with this data folder; use that window",
                       m_paths.data};
  }
  auto editions = credits::EditionCatalogue::load(m_paths.editions());
  if (!editions) return editions.error();
  m_editions = std::move(editions).value();
  auto presets = render::loadExportPresets(m_paths.exportPresets());
  if (!presets) return presets.error();
  m_presets = std::move(presets).value();
  m_models = models::ModelCatalogue::scan(m_paths.modelRoots());
  auto published = models::PublicModels::load(m_paths.publicModels());
  if (!published) return published.error();
  m_published = std::move(published).value();
  auto store = store::Store::open(m_paths.store(), m_editions->welcomeGrant());
  if (!store) return store.error();
  m_store = std::move(store).value();
  m_media = media::createMediaService();
  return {};
}

void Application::makeWindow() {
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, text(m_paths.data + "/settings"));
  m_theme = std::make_unique<widgets::Theme>(savedThemeMode());
  m_focusRing = std::make_unique<widgets::FocusRing>(*m_theme, nullptr);
  m_language = std::make_unique<window::Language>();

  m_inference.setKeeps(QSettings().value(window::kKeepModelsSetting, true).toBool());
  session::EngineClient::Services services;
  services.store = m_store.get();
  services.media = m_media.get();
  services.memory = &m_inference;
  services.editions = &*m_editions;
  services.models = &*m_models;
  services.presets = m_presets;
  services.clipFolder = text(m_paths.clips());
  services.jobsFolder = m_paths.jobs();
  m_client = std::make_unique<session::EngineClient>(services);
  m_queue = std::make_unique<jobs::JobQueue>(
      *m_store, runtime::generationRunner(m_inference, {*m_editions, *m_models}, {m_paths.jobs(), m_paths.cache(), {}}),
      runtime::exportRunner(m_presets), m_client->listener());
  m_client->setQueue(m_queue.get());

  m_modelStore = std::make_unique<session::ModelStore>(*m_models, m_published, text(m_paths.models()));
  m_document = std::make_unique<session::ProjectDocument>();
  const session::ProjectFiles::Folders folders{text(m_paths.clips()), text(m_paths.autosave()),
                                               text(m_paths.data + "/recent.json")};
  m_files = std::make_unique<session::ProjectFiles>(*m_document, folders);
  m_playback = std::make_unique<session::PlaybackController>(*m_document);
  m_window = std::make_unique<window::MainWindow>(
      window::Services{*m_theme, *m_document, *m_client, *m_modelStore, *m_files, *m_playback, *m_language});
}

bool Application::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_window.get() && event->type() == QEvent::Paint) {
    m_window->removeEventFilter(this);
    QTimer::singleShot(0, this, &Application::loadInference);
  }
  return QObject::eventFilter(watched, event);
}

void Application::loadInference() {
  m_loader = std::jthread([this](std::stop_token stop) {
    jobs::yieldToTheWindow();
    const auto engine = m_inference.engine();
    const QString words = engine ? describe((*engine)->devices()) : text(engine.error().text());
    const auto state = engine ? session::EngineClient::EngineState::Ready : session::EngineClient::EngineState::Failed;
    QMetaObject::invokeMethod(m_client.get(), [this, state, words] { m_client->setEngineState(state, words); });
    if (!engine || stop.stop_requested()) return;
    if (const double tflops = guessTflops((*engine)->devices()); tflops > 0)
      QMetaObject::invokeMethod(m_client.get(), [this, tflops] { m_client->setMachineTflops(tflops); });
    if (!m_inference.keeps()) return;
    // What the first Generate would wait for. A failure here shows again, with its reason, when a job needs the model.
    if (const core::ModelInfo* model = m_models->firstFor({})) {
      if (const auto loaded = (*engine)->preload(*model); !loaded) {
        qWarning("%s", loaded.error().text().c_str());
        return;
      }
      QMetaObject::invokeMethod(m_client.get(), [this] { m_client->refreshResident(); });
    }
  });
}

}  // namespace kinora::studio
