// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/engine_client.h"

#include <QHash>
#include <QMetaObject>
#include <QPointer>
#include <QThreadPool>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "engine/jobs/job_folders.h"
#include "engine/jobs/thread_priority.h"

namespace kinora::session {
namespace {

/// How many ended jobs the list holds; older ones stay in the store until Clear.
constexpr int kEndedJobs = 100;

/// What the store said at one moment.
struct Snapshot {
  std::uint64_t ticket = 0;  ///< drawn before reading: a later ticket has seen all that an earlier one could
  std::vector<core::JobRecord> jobs;
  std::set<core::JobId> resumable;
  store::Balance balance;
};

/// What worker threads post through. It outlives the client, so that a late event finds a closed door, not a dead
/// object. The store is read where an event comes from: a worker that is just writing to it never holds up the window.
struct Inbox {
  std::mutex mutex;
  EngineClient* client = nullptr;
  std::atomic<std::uint64_t> tickets = 0;
  std::optional<Snapshot> latest;  ///< newest that the client has not taken yet

  bool isOpen() {
    const std::lock_guard lock(mutex);
    return client != nullptr;
  }
};

/// Any thread. A store that cannot answer now leaves the last snapshot; the next event reads again.
void readStore(const store::Store& store, const jobs::JobFolders& folders, Inbox& inbox) {
  Snapshot snapshot;
  snapshot.ticket = ++inbox.tickets;
  auto jobs = store.jobs(kEndedJobs);
  const auto balance = store.balance();
  if (!jobs || !balance) return;
  snapshot.jobs = std::move(jobs).value();
  snapshot.resumable = folders.resumable(snapshot.jobs);
  snapshot.balance = *balance;
  const std::lock_guard lock(inbox.mutex);
  if (!inbox.latest || inbox.latest->ticket < snapshot.ticket) inbox.latest = std::move(snapshot);
}

/// Whether the store's rows are as they were before such an event.
bool leavesStoreAlone(core::JobEvent::Kind kind) {
  return kind == core::JobEvent::Kind::Progress || kind == core::JobEvent::Kind::Preview;
}

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
  jobs::JobFolders folders{std::string()};
  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  jobs::JobQueue* queue = nullptr;
  Snapshot shown;
  QHash<QString, core::Progress> progress;
  mutable QHash<QString, double> rates;  ///< measured TFLOP/s by model; 0: none yet
  double machineTflops = 0;
  QThreadPool files;
  QThreadPool thumbnails;
};

EngineClient::EngineClient(Services services, QObject* parent) : QObject(parent), m_impl(std::make_unique<Impl>()) {
  m_impl->services = std::move(services);
  m_impl->folders = jobs::JobFolders(m_impl->services.jobsFolder);
  m_impl->inbox->client = this;
  m_impl->files.setMaxThreadCount(1);
  m_impl->thumbnails.setMaxThreadCount(1);
  refresh();
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
  return
      [inbox = m_impl->inbox, store = m_impl->services.store, folders = m_impl->folders](const core::JobEvent& event) {
        if (inbox->isOpen() && store && !leavesStoreAlone(event.kind)) readStore(*store, folders, *inbox);
        const std::lock_guard lock(inbox->mutex);
        EngineClient* client = inbox->client;
        if (!client) return;
        QMetaObject::invokeMethod(
            client, [client, event] { client->receive(event); }, Qt::QueuedConnection);
      };
}

void EngineClient::setQueue(jobs::JobQueue* queue) {
  m_impl->queue = queue;
  refresh();
}

void EngineClient::receive(const core::JobEvent& event) {
  const QString id = QString::fromStdString(event.id);
  using Kind = core::JobEvent::Kind;
  if (event.kind == Kind::Progress) {
    m_impl->progress.insert(id, event.progress);
    Q_EMIT jobProgress(id, event.progress);
    return;
  }
  if (event.kind == Kind::Preview) {
    Q_EMIT jobPreview(id, toImage(event.preview));
    return;
  }
  const bool ended = event.kind == Kind::Finished || event.kind == Kind::Failed || event.kind == Kind::Cancelled;
  if (ended) m_impl->progress.remove(id);
  takeSnapshot();
  if (ended) refreshResident();
  if (event.kind == Kind::Finished) {
    noteRate(event.id);
    Q_EMIT jobFinished(id);
  }
  if (event.kind == Kind::Failed) {
    Q_EMIT jobFailed(id,
                     event.error.value_or(core::Error{core::ErrorCode::Internal, "failed without a reason", event.id}));
  }
  if (event.kind == Kind::Cancelled) Q_EMIT jobCancelled(id);
}

void EngineClient::refresh() {
  if (m_impl->services.store) readStore(*m_impl->services.store, m_impl->folders, *m_impl->inbox);
  takeSnapshot();
}

void EngineClient::takeSnapshot() {
  std::optional<Snapshot> latest;
  {
    const std::lock_guard lock(m_impl->inbox->mutex);
    latest = std::exchange(m_impl->inbox->latest, std::nullopt);
  }
  if (!latest || latest->ticket < m_impl->shown.ticket) return;
  const store::Balance old = m_impl->shown.balance;
  m_impl->shown = std::move(*latest);
  const store::Balance& now = m_impl->shown.balance;
  Q_EMIT jobsChanged();
  if (old.balance != now.balance || old.reserved != now.reserved || old.available != now.available) {
    Q_EMIT balanceChanged();
  }
}

/// What the store has just measured too; asking it would wait for whoever writes.
void EngineClient::noteRate(const core::JobId& id) {
  const core::JobRecord* record = job(id);
  if (!record || !record->outcome || record->spec.kind != core::JobKind::Generate) return;
  if (record->outcome->resumedSteps > 0) return;
  const auto total = record->outcome->timings.find("total");
  if (total == record->outcome->timings.end() || total->second <= 0 || record->spec.work <= 0) return;
  m_impl->rates.insert(QString::fromStdString(record->spec.request.model), record->spec.work / total->second);
}

core::Result<core::JobId> EngineClient::submit(const core::JobSpec& spec, bool atFront) {
  if (!m_impl->queue) return core::Error{core::ErrorCode::Internal, "no queue is running", "submit"};
  auto id = m_impl->queue->submit(spec, atFront);
  takeSnapshot();  // its Queued has read the store already
  return id;
}

void EngineClient::cancel(const core::JobId& id) {
  if (!m_impl->queue) return;
  // A job that has ended meanwhile cannot be cancelled: the list, read anew, says so.
  (void)m_impl->queue->cancel(id);
  refresh();
}

void EngineClient::move(const core::JobId& id, const core::JobId& before) {
  if (!m_impl->queue) return;
  // A job that has started meanwhile stays where it is: the list, read anew, says so.
  (void)m_impl->queue->move(id, before);
  refresh();
}

void EngineClient::clearFinished() {
  if (!m_impl->queue) return;
  const std::set<core::JobId> left = m_impl->shown.resumable;
  if (m_impl->queue->clearFinished()) {
    for (const core::JobId& id : left) m_impl->folders.remove(id);
  }
  refresh();
}

bool EngineClient::canResume(const core::JobId& id) const {
  return m_impl->shown.resumable.contains(id);
}

void EngineClient::discardSteps(const core::JobId& id) {
  if (canResume(id)) m_impl->folders.remove(id);
  refresh();
}

void EngineClient::setPaused(bool paused) {
  if (!m_impl->queue || m_impl->queue->isPaused() == paused) return;
  m_impl->queue->setPaused(paused);
  Q_EMIT jobsChanged();
}

void EngineClient::suspend() {
  if (m_impl->queue) m_impl->queue->suspend();
}

bool EngineClient::isPaused() const {
  return m_impl->queue && m_impl->queue->isPaused();
}

const std::vector<core::JobRecord>& EngineClient::jobs() const {
  return m_impl->shown.jobs;
}

const core::JobRecord* EngineClient::job(const core::JobId& id) const {
  for (const core::JobRecord& record : m_impl->shown.jobs) {
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
  for (const core::JobRecord& record : m_impl->shown.jobs) {
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
  return m_impl->shown.balance;
}

std::vector<store::LedgerEntry> EngineClient::ledger() const {
  if (!m_impl->services.store) return {};
  auto entries = m_impl->services.store->ledger();
  return entries ? std::move(entries).value() : std::vector<store::LedgerEntry>{};
}

core::Result<void> EngineClient::grant(std::int64_t credits, const QString& note) {
  if (!m_impl->services.store) return core::Error{core::ErrorCode::Internal, "no ledger is open", "grant"};
  auto result = m_impl->services.store->grant(credits, note.toStdString());
  refresh();
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
  if (*it > 0) return plan.work / *it;
  return m_impl->machineTflops > 0 ? plan.work / m_impl->machineTflops : -1;
}

bool EngineClient::keepsModels() const {
  return !m_impl->services.memory || m_impl->services.memory->keeps();
}

void EngineClient::setKeepsModels(bool keeps) {
  if (!m_impl->services.memory) return;
  m_impl->services.memory->setKeeps(keeps);
  if (!keeps) unloadModels();
}

void EngineClient::unloadModels() {
  core::ModelMemory* memory = m_impl->services.memory;
  if (!memory || isBusy()) return;
  inBackground<void>(
      m_impl->files, m_impl->inbox, this, this,
      [memory]() -> core::Result<void> {
        memory->unload();
        return {};
      },
      [this](const core::Result<void>&) { refreshResident(); });
}

void EngineClient::refreshResident() {
  if (!m_impl->services.memory) return;
  core::ResidentModel now = m_impl->services.memory->resident();
  if (now == m_resident) return;
  m_resident = std::move(now);
  Q_EMIT residentChanged();
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
        jobs::yieldToTheWindow();  // thumbnails of a clip that lands must not make the window stumble
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

void EngineClient::setMachineTflops(double tflops) {
  m_impl->machineTflops = tflops;
  Q_EMIT expectationsChanged();
}

void EngineClient::setEngineState(EngineState state, const QString& text) {
  if (state == m_engineState && text == m_engineText) return;
  m_engineState = state;
  m_engineText = text;
  Q_EMIT engineStateChanged();
}

}  // namespace kinora::session
