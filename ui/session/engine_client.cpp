// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/engine_client.h"

#include <QHash>
#include <QMetaObject>
#include <QPointer>
#include <QThreadPool>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

namespace kinora::session {
namespace {

/// What worker threads post through. It outlives the client, so that a late event finds a closed door, not a dead
/// object.
struct Inbox {
  std::mutex mutex;
  EngineClient* client = nullptr;
};

/// Runs work on pool; its answer goes to callback on the client's thread if context still lives then.
template <class T>
void inBackground(QThreadPool& pool, std::shared_ptr<Inbox> inbox, EngineClient* client, QObject* context,
                  std::function<core::Result<T>()> work, std::function<void(core::Result<T>)> callback) {
  QPointer<QObject> guard(context ? context : client);
  pool.start([inbox = std::move(inbox), guard, work = std::move(work), callback = std::move(callback)] {
    core::Result<T> result = core::Error{core::ErrorCode::Internal, "no answer", {}};
    try {
      result = work();
    } catch (const std::bad_alloc&) {
      result = core::Error{core::ErrorCode::OutOfMemory, "not enough memory for this file", {}};
    } catch (const std::exception& e) {
      result = core::Error{core::ErrorCode::Internal, e.what(), {}};
    }
    const std::lock_guard lock(inbox->mutex);
    if (!inbox->client) return;
    QMetaObject::invokeMethod(
        inbox->client,
        [guard, callback, result = std::move(result)] {
          if (guard) callback(result);
        },
        Qt::QueuedConnection);
  });
}

}  // namespace

struct EngineClient::Impl {
  Services services;
  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  jobs::JobQueue* queue = nullptr;
  std::vector<core::JobRecord> jobs;
  QHash<QString, core::Progress> progress;
  store::Balance balance;
  mutable QHash<QString, double> rates;  ///< measured TFLOP/s by model
  QThreadPool files;
  QThreadPool thumbnails;
};

EngineClient::EngineClient(Services services, QObject* parent) : QObject(parent), m_impl(std::make_unique<Impl>()) {
  m_impl->services = std::move(services);
  m_impl->inbox->client = this;
  m_impl->files.setMaxThreadCount(1);
  m_impl->thumbnails.setMaxThreadCount(1);
  refreshBalance();
}

EngineClient::~EngineClient() {
  stop();
}

void EngineClient::stop() {
  {
    const std::lock_guard lock(m_impl->inbox->mutex);
    m_impl->inbox->client = nullptr;
  }
  m_impl->files.clear();
  m_impl->thumbnails.clear();
  m_impl->files.waitForDone();
  m_impl->thumbnails.waitForDone();
}

jobs::JobQueue::Listener EngineClient::listener() {
  return [inbox = m_impl->inbox](const core::JobEvent& event) {
    const std::lock_guard lock(inbox->mutex);
    EngineClient* client = inbox->client;
    if (!client) return;
    QMetaObject::invokeMethod(
        client, [client, event] { client->receive(event); }, Qt::QueuedConnection);
  };
}

void EngineClient::setQueue(jobs::JobQueue* queue) {
  m_impl->queue = queue;
  refreshJobs();
  refreshBalance();
}

void EngineClient::receive(const core::JobEvent& event) {
  const QString id = QString::fromStdString(event.id);
  using Kind = core::JobEvent::Kind;
  switch (event.kind) {
    case Kind::Progress:
      m_impl->progress.insert(id, event.progress);
      Q_EMIT jobProgress(id, event.progress);
      return;
    case Kind::Preview:
      Q_EMIT jobPreview(id, toImage(event.preview));
      return;
    case Kind::Queued:
    case Kind::Started:
    case Kind::Changed:
      refreshJobs();
      refreshBalance();
      return;
    case Kind::Finished:
    case Kind::Failed:
    case Kind::Cancelled:
      break;
  }
  m_impl->progress.remove(id);
  m_impl->rates.clear();
  refreshJobs();
  refreshBalance();
  if (event.kind == Kind::Finished) Q_EMIT jobFinished(id);
  if (event.kind == Kind::Failed) {
    Q_EMIT jobFailed(id,
                     event.error.value_or(core::Error{core::ErrorCode::Internal, "failed without a reason", event.id}));
  }
  if (event.kind == Kind::Cancelled) Q_EMIT jobCancelled(id);
}

void EngineClient::refreshJobs() {
  if (m_impl->queue) {
    // A locked database keeps the last list; the next event reads again.
    if (auto jobs = m_impl->queue->jobs()) m_impl->jobs = std::move(jobs).value();
  }
  Q_EMIT jobsChanged();
}

void EngineClient::refreshBalance() {
  if (!m_impl->services.store) return;
  const auto balance = m_impl->services.store->balance();
  if (!balance) return;
  const store::Balance& old = m_impl->balance;
  const bool same =
      old.balance == balance->balance && old.reserved == balance->reserved && old.available == balance->available;
  m_impl->balance = *balance;
  if (!same) Q_EMIT balanceChanged();
}

core::Result<core::JobId> EngineClient::submit(const core::JobSpec& spec, bool atFront) {
  if (!m_impl->queue) return core::Error{core::ErrorCode::Internal, "no queue is running", "submit"};
  auto id = m_impl->queue->submit(spec, atFront);
  if (id) {
    refreshJobs();
    refreshBalance();
  }
  return id;
}

void EngineClient::cancel(const core::JobId& id) {
  if (!m_impl->queue) return;
  // A job that has ended meanwhile cannot be cancelled: the list, read anew, says so.
  (void)m_impl->queue->cancel(id);
  refreshJobs();
}

void EngineClient::move(const core::JobId& id, const core::JobId& before) {
  if (!m_impl->queue) return;
  // A job that has started meanwhile stays where it is: the list, read anew, says so.
  (void)m_impl->queue->move(id, before);
  refreshJobs();
}

void EngineClient::clearFinished() {
  if (!m_impl->queue) return;
  (void)m_impl->queue->clearFinished();
  refreshJobs();
}

void EngineClient::setPaused(bool paused) {
  if (!m_impl->queue || m_impl->queue->isPaused() == paused) return;
  m_impl->queue->setPaused(paused);
  Q_EMIT jobsChanged();
}

bool EngineClient::isPaused() const {
  return m_impl->queue && m_impl->queue->isPaused();
}

const std::vector<core::JobRecord>& EngineClient::jobs() const {
  return m_impl->jobs;
}

const core::JobRecord* EngineClient::job(const core::JobId& id) const {
  for (const core::JobRecord& record : m_impl->jobs) {
    if (record.id == id) return &record;
  }
  return nullptr;
}

std::optional<core::Progress> EngineClient::progress(const core::JobId& id) const {
  const auto it = m_impl->progress.constFind(QString::fromStdString(id));
  if (it != m_impl->progress.constEnd()) return *it;
  return std::nullopt;
}

bool EngineClient::isBusy() const {
  for (const core::JobRecord& record : m_impl->jobs) {
    if (record.state == core::JobState::Running) return true;
    if (record.state == core::JobState::Queued && !isPaused()) return true;
  }
  return false;
}

const credits::EditionCatalogue& EngineClient::editions() const {
  return *m_impl->services.editions;
}
const models::ModelCatalogue& EngineClient::models() const {
  return *m_impl->services.models;
}
const std::vector<render::ExportPreset>& EngineClient::presets() const {
  return m_impl->services.presets;
}
const QString& EngineClient::clipFolder() const {
  return m_impl->services.clipFolder;
}
store::Balance EngineClient::balance() const {
  return m_impl->balance;
}

std::vector<store::LedgerEntry> EngineClient::ledger() const {
  if (!m_impl->services.store) return {};
  auto entries = m_impl->services.store->ledger();
  return entries ? std::move(entries).value() : std::vector<store::LedgerEntry>{};
}

core::Result<void> EngineClient::grant(std::int64_t credits, const QString& note) {
  if (!m_impl->services.store) return core::Error{core::ErrorCode::Internal, "no ledger is open", "grant"};
  auto result = m_impl->services.store->grant(credits, note.toStdString());
  refreshBalance();
  return result;
}

double EngineClient::expectedSeconds(const core::Plan& plan) const {
  if (!m_impl->services.store || plan.work <= 0) return -1;
  const QString model = QString::fromStdString(plan.request.model);
  auto it = m_impl->rates.constFind(model);
  if (it == m_impl->rates.constEnd()) {
    const auto rate = m_impl->services.store->measuredRate(plan.request.model);
    it = m_impl->rates.insert(model, rate ? *rate : 0.0);
  }
  return *it > 0 ? plan.work / *it : -1;
}

void EngineClient::probe(const QString& path, QObject* context,
                         std::function<void(core::Result<core::ClipInfo>)> callback) {
  inBackground<core::ClipInfo>(
      m_impl->files, m_impl->inbox, this, context,
      [media = m_impl->services.media, file = path.toStdString()] { return media->probe(file); }, std::move(callback));
}

void EngineClient::picture(const QString& path, int maxSide, QObject* context,
                           std::function<void(core::Result<core::Frame>)> callback) {
  inBackground<core::Frame>(
      m_impl->files, m_impl->inbox, this, context,
      [media = m_impl->services.media, file = path.toStdString(), maxSide] { return media->picture(file, maxSide); },
      std::move(callback));
}

void EngineClient::frameAt(const QString& path, qint64 index, int maxSide, QObject* context,
                           std::function<void(core::Result<core::Frame>)> callback) {
  inBackground<core::Frame>(
      m_impl->thumbnails, m_impl->inbox, this, context,
      [media = m_impl->services.media, file = path.toStdString(), index, maxSide] {
        return media->frameAt(file, index, maxSide);
      },
      std::move(callback));
}

void EngineClient::writePng(const QString& path, const core::Frame& frame, QObject* context,
                            std::function<void(core::Result<void>)> callback) {
  inBackground<void>(
      m_impl->files, m_impl->inbox, this, context,
      [media = m_impl->services.media, file = path.toStdString(), frame] { return media->writePng(file, frame); },
      std::move(callback));
}

void EngineClient::setEngineState(EngineState state, const QString& text) {
  if (state == m_engineState && text == m_engineText) return;
  m_engineState = state;
  m_engineText = text;
  Q_EMIT engineStateChanged();
}

}  // namespace kinora::session
