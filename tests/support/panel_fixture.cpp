// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/panel_fixture.h"

#include <QCoreApplication>
#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QMutexLocker>
#include <QPixmap>
#include <QSettings>
#include <QWidget>
#include <algorithm>

namespace kinora::test {
namespace {

core::Frame scaled(const QImage& image, int maxSide) {
  QImage out = image;
  if (maxSide > 0 && std::max(out.width(), out.height()) > maxSide) {
    out = out.scaled(maxSide, maxSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
  }
  return session::toFrame(out.convertToFormat(QImage::Format_RGB888));
}

core::Result<QImage> load(const std::string& path) {
  const QString file = QString::fromStdString(path);
  if (!QFileInfo::exists(file)) return core::Error{core::ErrorCode::NotFound, "there is no such file", path};
  QImage image(file);
  if (image.isNull()) return core::Error{core::ErrorCode::Unreadable, "the file is not a picture", path};
  return image;
}

}  // namespace

void FakeMediaService::addVideo(const QString& path, const core::ClipInfo& info) {
  const QMutexLocker lock(&m_mutex);
  m_videos.insert(path, info);
}

core::Result<core::ClipInfo> FakeMediaService::probe(const std::string& path) {
  {
    const QMutexLocker lock(&m_mutex);
    if (const auto it = m_videos.constFind(QString::fromStdString(path)); it != m_videos.cend()) return *it;
  }
  auto image = load(path);
  if (!image) return image.error();
  core::ClipInfo info;
  info.kind = core::MediaKind::Picture;
  info.path = path;
  info.size = {image->width(), image->height()};
  info.frames = 1;
  return info;
}

core::Result<core::Frame> FakeMediaService::picture(const std::string& path, int maxSide) {
  auto image = load(path);
  if (!image) return image.error();
  return scaled(*image, maxSide);
}

core::Result<core::Frame> FakeMediaService::frameAt(const std::string& path, std::int64_t index, int maxSide) {
  core::ClipInfo info;
  {
    const QMutexLocker lock(&m_mutex);
    const auto it = m_videos.constFind(QString::fromStdString(path));
    if (it != m_videos.cend()) info = *it;
  }
  if (info.frames == 0) return picture(path, maxSide);
  if (index < 0 || index >= info.frames) {
    return core::Error{core::ErrorCode::InvalidInput, "frame " + std::to_string(index) + " is outside the clip", path};
  }
  QImage image(info.size.width, info.size.height, QImage::Format_RGB888);
  const int value = static_cast<int>(index % 256);
  image.fill(QColor(value, value, value));
  return scaled(image, maxSide);
}

core::Result<void> FakeMediaService::writePng(const std::string& path, const core::Frame& frame) {
  if (!session::toImage(frame).save(QString::fromStdString(path), "PNG")) {
    return core::Error{core::ErrorCode::NotWritable, "the picture cannot be written", path};
  }
  return {};
}

void FakeModelMemory::load(const core::ResidentModel& model) {
  const QMutexLocker lock(&m_mutex);
  m_resident = model;
}

core::ResidentModel FakeModelMemory::resident() const {
  const QMutexLocker lock(&m_mutex);
  return m_resident;
}

UiFixture::UiFixture(int welcomeGrant, core::MediaService* media) {
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.filePath(QStringLiteral("settings")));
  m_theme = std::make_unique<widgets::Theme>(widgets::Theme::Mode::Dark);
  auto store = store::Store::open(m_folder.filePath(QStringLiteral("store.sqlite3")).toStdString(), welcomeGrant);
  if (!store) qFatal("store: %s", store.error().text().c_str());
  m_store = std::move(*store);
  auto editions = credits::EditionCatalogue::load(KINORA_SOURCE_DIR "/resources/catalogue/editions.json");
  if (!editions) qFatal("editions: %s", editions.error().text().c_str());
  m_editions = *editions;
  m_models = models::ModelCatalogue::scan(
      {KINORA_SOURCE_DIR "/resources/models", path(QStringLiteral("models")).toStdString()});
  auto published = models::PublicModels::load(KINORA_SOURCE_DIR "/resources/catalogue/models.json");
  if (!published) qFatal("models: %s", published.error().text().c_str());
  session::EngineClient::Services services;
  services.store = m_store.get();
  services.media = media ? media : &m_media;
  services.memory = &m_memory;
  services.editions = &m_editions;
  services.models = &m_models;
  auto presets = render::loadExportPresets(KINORA_SOURCE_DIR "/resources/presets/export.json");
  if (!presets) qFatal("presets: %s", presets.error().text().c_str());
  services.presets = *presets;
  services.clipFolder = m_folder.filePath(QStringLiteral("clips"));
  QDir().mkpath(services.clipFolder);
  services.jobsFolder = path(QStringLiteral("jobs")).toStdString();
  m_client = std::make_unique<session::EngineClient>(std::move(services));
  m_modelStore = std::make_unique<session::ModelStore>(m_models, *published, path(QStringLiteral("models")));
  m_document = std::make_unique<session::ProjectDocument>();
}

UiFixture::~UiFixture() {
  m_client->stop();
  m_queue.reset();
}

void UiFixture::startQueue(jobs::JobRunner generate, jobs::JobRunner exportTimeline) {
  const jobs::JobRunner atOnce = [](const core::JobId&, const core::JobSpec& spec, const jobs::JobCallbacks&,
                                    std::stop_token) -> core::Result<core::JobOutcome> {
    core::JobOutcome outcome;
    outcome.clip.path = spec.output;
    outcome.clip.size = {1280, 720};
    outcome.clip.frames = 120;
    outcome.clip.fps = core::Rational(24);
    outcome.clip.duration = core::Rational(5);
    outcome.seed = spec.request.seed.value_or(0);
    return outcome;
  };
  m_queue = std::make_unique<jobs::JobQueue>(*m_store, generate ? std::move(generate) : atOnce,
                                             exportTimeline ? std::move(exportTimeline) : atOnce, m_client->listener());
  m_client->setQueue(m_queue.get());
  if (const auto started = m_queue->start(); !started) qFatal("queue: %s", started.error().text().c_str());
}

void UiFixture::leaveSteps(const core::JobId& id) const {
  const QString folder = path(QStringLiteral("jobs/") + QString::fromStdString(id));
  QDir().mkpath(folder);
  QFile file(folder + QStringLiteral("/latents.safetensors"));
  if (!file.open(QIODevice::WriteOnly)) qFatal("%s cannot be written", qPrintable(file.fileName()));
}

QString UiFixture::makePicture(const QString& name, QSize size, QColor colour) const {
  QImage image(size, QImage::Format_RGB888);
  image.fill(colour);
  const QString file = m_folder.filePath(name);
  if (!image.save(file)) qFatal("%s cannot be written", qPrintable(file));
  return file;
}

void shot(QWidget& widget, const QString& name) {
  const QString folder = qEnvironmentVariable("KINORA_SHOTS");
  if (folder.isEmpty()) return;
  QDir().mkpath(folder);
  // Layouts that wait for the event loop would be shown half done, inner ones first.
  for (int pass = 0; pass < 4; ++pass) QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
  widget.grab().save(QDir(folder).filePath(name + QStringLiteral(".png")));
}

}  // namespace kinora::test
