// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QHash>
#include <QImage>
#include <QMutex>
#include <QSize>
#include <QTemporaryDir>
#include <atomic>
#include <memory>

#include "engine/core/media_service.h"
#include "engine/core/model_memory.h"
#include "engine/credits/editions.h"
#include "engine/jobs/job_queue.h"
#include "engine/models/model_catalogue.h"
#include "engine/store/store.h"
#include "ui/session/engine_client.h"
#include "ui/session/model_store.h"
#include "ui/session/project_document.h"
#include "ui/widgets/theme.h"

class QWidget;

namespace kinora::test {

/// Media without FFmpeg or OpenCV: pictures are read by Qt, videos are what a test declares. Thread-safe.
class FakeMediaService : public core::MediaService {
 public:
  /// From now on path is a video; frame number n of it is a grey of value n mod 256.
  void addVideo(const QString& path, const core::ClipInfo& info);

  core::Result<core::ClipInfo> probe(const std::string& path) override;
  core::Result<core::Frame> picture(const std::string& path, int maxSide) override;
  core::Result<core::Frame> frameAt(const std::string& path, std::int64_t index, int maxSide) override;
  core::Result<void> writePng(const std::string& path, const core::Frame& frame) override;

 private:
  QMutex m_mutex;
  QHash<QString, core::ClipInfo> m_videos;
};

/// Memory that holds what a test says. Thread-safe.
class FakeModelMemory : public core::ModelMemory {
 public:
  void load(const core::ResidentModel& model);

  core::ResidentModel resident() const override;
  bool keeps() const override { return m_keeps; }
  void setKeeps(bool keeps) override { m_keeps = keeps; }
  void unload() override { load({}); }

 private:
  mutable QMutex m_mutex;
  core::ResidentModel m_resident;
  std::atomic<bool> m_keeps = true;
};

/// What a panel needs, in a temporary folder: theme, an open store with the welcome grant, the real catalogues, fake
/// media, client and document. Make it after QApplication, on the UI thread. Settings go to the temporary folder too.
class UiFixture {
 public:
  /// media nullptr: the fake.
  explicit UiFixture(int welcomeGrant = 1000, core::MediaService* media = nullptr);
  ~UiFixture();

  /// A queue whose jobs end at once, unless a test brings its own runners.
  void startQueue(jobs::JobRunner generate = {}, jobs::JobRunner exportTimeline = {});
  /// As if the job had finished steps before it was cut off. Any thread.
  void leaveSteps(const core::JobId& id) const;
  /// Writes a picture of one colour into the folder; gives its path.
  QString makePicture(const QString& name, QSize size = {640, 360}, QColor colour = Qt::red) const;
  QString path(const QString& name) const { return m_folder.filePath(name); }

  widgets::Theme& theme() { return *m_theme; }
  store::Store& store() { return *m_store; }
  FakeMediaService& media() { return m_media; }
  FakeModelMemory& memory() { return m_memory; }
  session::EngineClient& client() { return *m_client; }
  session::ProjectDocument& document() { return *m_document; }
  jobs::JobQueue& queue() { return *m_queue; }
  const credits::EditionCatalogue& editions() const { return m_editions; }
  const models::ModelCatalogue& models() const { return m_models; }
  session::ModelStore& modelStore() { return *m_modelStore; }

 private:
  QTemporaryDir m_folder;
  std::unique_ptr<widgets::Theme> m_theme;
  std::unique_ptr<store::Store> m_store;
  credits::EditionCatalogue m_editions;
  models::ModelCatalogue m_models;
  FakeMediaService m_media;
  FakeModelMemory m_memory;
  std::unique_ptr<session::EngineClient> m_client;
  std::unique_ptr<session::ModelStore> m_modelStore;
  std::unique_ptr<jobs::JobQueue> m_queue;
  std::unique_ptr<session::ProjectDocument> m_document;
};

/// Saves a picture of widget as <name>.png in the folder that KINORA_SHOTS names; nothing without it.
void shot(QWidget& widget, const QString& name);

}  // namespace kinora::test
