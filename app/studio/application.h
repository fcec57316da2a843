// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLockFile>
#include <QObject>
#include <QStringList>
#include <memory>
#include <optional>
#include <thread>

#include "app/runtime/inference_host.h"
#include "app/runtime/paths.h"
#include "engine/core/media_service.h"
#include "engine/core/result.h"
#include "engine/credits/editions.h"
#include "engine/jobs/job_queue.h"
#include "engine/models/model_catalogue.h"
#include "engine/models/public_models.h"
#include "engine/render/exporter.h"
#include "engine/store/store.h"

namespace kinora::session {
class EngineClient;
class ModelStore;
class PlaybackController;
class ProjectDocument;
class ProjectFiles;
}  // namespace kinora::session

namespace kinora::widgets {
class FocusRing;
class Theme;
}  // namespace kinora::widgets

namespace kinora::window {
class Language;
class MainWindow;
}  // namespace kinora::window

namespace kinora::studio {

/// The composition root: makes every object, hands them to each other, shows the window and then loads the inference
/// library in the background. Members stand in the order of their making; the destructor undoes it in reverse: window,
/// queue (stops and joins its workers), then what they used. UI thread.
class Application : public QObject {
  Q_OBJECT

 public:
  explicit Application(runtime::Paths paths);
  ~Application() override;

  /// Opens store and catalogues and shows the window with files (projects or media). Busy: another studio holds the
  /// data folder; NotWritable, Corrupt, NewerVersion as the store says.
  core::Result<void> start(const QStringList& files);

  window::MainWindow& mainWindow() const { return *m_window; }
  session::EngineClient& client() const { return *m_client; }

 protected:
  /// Waits for the window's first paint.
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  core::Result<void> openData();
  void makeWindow();
  void loadInference();

  runtime::Paths m_paths;
  std::unique_ptr<QLockFile> m_lock;
  std::unique_ptr<widgets::Theme> m_theme;
  std::unique_ptr<widgets::FocusRing> m_focusRing;
  std::optional<credits::EditionCatalogue> m_editions;
  std::optional<models::ModelCatalogue> m_models;
  models::PublicModels m_published;
  std::vector<render::ExportPreset> m_presets;
  std::unique_ptr<store::Store> m_store;
  std::unique_ptr<core::MediaService> m_media;
  runtime::InferenceHost m_inference;
  std::unique_ptr<session::EngineClient> m_client;
  std::unique_ptr<session::ModelStore> m_modelStore;
  std::unique_ptr<jobs::JobQueue> m_queue;
  std::unique_ptr<session::ProjectDocument> m_document;
  std::unique_ptr<session::ProjectFiles> m_files;
  std::unique_ptr<session::PlaybackController> m_playback;
  std::unique_ptr<window::Language> m_language;
  std::unique_ptr<window::MainWindow> m_window;
  std::jthread m_loader;
};

}  // namespace kinora::studio
