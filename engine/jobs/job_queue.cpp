// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/jobs/job_queue.h"

#include "engine/jobs/thread_priority.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

namespace kinora::jobs {
namespace {

using core::Error;
using core::ErrorCode;
using core::JobEvent;
using core::JobId;
using core::JobKind;

/// How long a worker waits before it asks a store again that could not answer (locked, disk full).
constexpr std::chrono::seconds kRetryDelay{1};

core::Result<core::JobOutcome> runSafely(const JobRunner& runner, const JobId& id, const core::JobSpec& spec,
                                         const JobCallbacks& callbacks, std::stop_token stop) {
  try {
    return runner(id, spec, callbacks, std::move(stop));
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::OutOfMemory, "not enough memory for this job", {}};
  } catch (const std::exception& e) {
    return Error{ErrorCode::Internal, std::string("the job ended by an exception: ") + e.what(), {}};
  } catch (...) {
    return Error{ErrorCode::Internal, "the job ended by an unknown exception", {}};
  }
}

}  // namespace

struct JobQueue::Impl {
  /// One worker thread and what it is doing. All but kind, runner and thread are guarded by mutex.
  struct Worker {
    JobKind kind = JobKind::Generate;
    JobRunner runner;
    std::thread thread;
    bool wanted = false;  ///< there may be something queued
    bool busy = false;    ///< looking for a job or running one
    JobId running;
    std::stop_source stop;
    bool putBack = false;  ///< stopped by suspend(), not cancelled
    std::optional<core::Progress> progress;
  };

  store::Store& store;
  Listener listener;
  std::array<Worker, 2> workers;

  /// Held while a job is taken from the queue or cancelled in it: nobody cancels what is just being started. Taken
  /// before mutex, never during a listener or runner call.
  std::mutex claimMutex;
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool started = false;
  bool stopping = false;
  bool paused = false;
  int announcing = 0;            ///< submits whose Queued has not been sent yet
  std::uint64_t generation = 0;  ///< counts everything that waitIdle must look at again

  explicit Impl(store::Store& s) : store(s) {}

  void emit(JobEvent event) const {
    if (listener) listener(event);
  }
  void emit(JobEvent::Kind kind, const JobId& id) const {
    JobEvent event;
    event.kind = kind;
    event.id = id;
    emit(std::move(event));
  }
  void wake() {
    const std::lock_guard lock(mutex);
    for (Worker& worker : workers) worker.wanted = true;
    ++generation;
    changed.notify_all();
  }

  void work(Worker& worker);
  core::Result<std::optional<core::JobRecord>> claim(Worker& worker);
  void run(Worker& worker, const core::JobRecord& job);
  void close(Worker& worker, const JobId& id, core::Result<core::JobOutcome> outcome);
  void fail(Worker& worker, const JobId& id, Error error);
  void forget(Worker& worker);
  bool idleAt(std::uint64_t& seen);
  std::optional<std::stop_source> stopOf(const JobId& id);
  /// Whether the worker's job, stopped, goes back into the queue.
  bool putsBack(const Worker& worker) const {
    const std::lock_guard lock(mutex);
    return worker.putBack;
  }
};

JobQueue::JobQueue(store::Store& store, JobRunner generate, JobRunner exportTimeline, Listener listener)
    : m_impl(std::make_unique<Impl>(store)) {
  m_impl->listener = std::move(listener);
  m_impl->workers[0].kind = JobKind::Generate;
  m_impl->workers[0].runner = std::move(generate);
  m_impl->workers[1].kind = JobKind::Export;
  m_impl->workers[1].runner = std::move(exportTimeline);
}

JobQueue::~JobQueue() {
  std::vector<std::stop_source> running;
  {
    const std::lock_guard claiming(m_impl->claimMutex);
    const std::lock_guard lock(m_impl->mutex);
    m_impl->stopping = true;
    for (const Impl::Worker& worker : m_impl->workers) running.push_back(worker.stop);
    m_impl->changed.notify_all();
  }
  // Without a lock: this runs the stop callbacks of the runners.
  for (std::stop_source& stop : running) stop.request_stop();
  for (Impl::Worker& worker : m_impl->workers) {
    if (worker.thread.joinable()) worker.thread.join();
  }
}

core::Result<std::vector<JobId>> JobQueue::start() {
  {
    const std::lock_guard lock(m_impl->mutex);
    if (m_impl->started) return Error{ErrorCode::InvalidInput, "the queue has been started already", {}};
    m_impl->started = true;
  }
  auto interrupted = m_impl->store.recover();
  if (!interrupted) {
    const std::lock_guard lock(m_impl->mutex);
    m_impl->started = false;
    return interrupted.error();
  }
  for (const JobId& id : *interrupted) m_impl->emit(JobEvent::Kind::Changed, id);
  m_impl->wake();
  for (Impl::Worker& worker : m_impl->workers)
    worker.thread = std::thread([impl = m_impl.get(), &worker] { impl->work(worker); });
  return interrupted;
}

core::Result<JobId> JobQueue::submit(const core::JobSpec& spec, bool atFront) {
  {
    const std::lock_guard lock(m_impl->mutex);
    ++m_impl->announcing;
  }
  auto id = m_impl->store.addJob(spec, atFront);
  if (id) m_impl->emit(JobEvent::Kind::Queued, *id);
  {
    const std::lock_guard lock(m_impl->mutex);
    --m_impl->announcing;
  }
  m_impl->wake();
  return id;
}

core::Result<void> JobQueue::cancel(const JobId& id) {
  std::optional<std::stop_source> running;
  {
    const std::lock_guard claiming(m_impl->claimMutex);
    running = m_impl->stopOf(id);
    if (!running) {
      if (auto cancelled = m_impl->store.cancelJob(id); !cancelled) return cancelled;
    }
  }
  if (running) {
    running->request_stop();
    return {};
  }
  m_impl->emit(JobEvent::Kind::Cancelled, id);
  m_impl->wake();
  return {};
}

core::Result<void> JobQueue::move(const JobId& id, const JobId& before) {
  auto moved = m_impl->store.moveJob(id, before);
  if (moved) m_impl->emit(JobEvent::Kind::Changed, id);
  return moved;
}

core::Result<void> JobQueue::clearFinished() {
  auto cleared = m_impl->store.clearFinished();
  if (cleared) m_impl->emit(JobEvent::Kind::Changed, {});
  return cleared;
}

core::Result<std::vector<core::JobRecord>> JobQueue::jobs() const {
  return m_impl->store.jobs();
}

std::optional<core::Progress> JobQueue::progress(const JobId& id) const {
  const std::lock_guard lock(m_impl->mutex);
  for (const Impl::Worker& worker : m_impl->workers) {
    if (!id.empty() && worker.running == id) return worker.progress;
  }
  return std::nullopt;
}

void JobQueue::setPaused(bool paused) {
  {
    const std::lock_guard claiming(m_impl->claimMutex);
    const std::lock_guard lock(m_impl->mutex);
    m_impl->paused = paused;
  }
  m_impl->wake();
}

void JobQueue::suspend() {
  setPaused(true);
  std::vector<std::stop_source> running;
  {
    const std::lock_guard lock(m_impl->mutex);
    for (Impl::Worker& worker : m_impl->workers) {
      // What was cancelled already stays so.
      worker.putBack = worker.putBack || !worker.stop.stop_requested();
      running.push_back(worker.stop);
    }
  }
  for (std::stop_source& stop : running) stop.request_stop();
}

bool JobQueue::isPaused() const {
  const std::lock_guard lock(m_impl->mutex);
  return m_impl->paused;
}

/// What cancels the job, if it runs here.
std::optional<std::stop_source> JobQueue::Impl::stopOf(const JobId& id) {
  const std::lock_guard lock(mutex);
  for (Worker& worker : workers) {
    if (id.empty() || worker.running != id) continue;
    worker.putBack = false;
    return worker.stop;
  }
  return std::nullopt;
}

/// True if nothing is queued or running; seen: the generation that was looked at.
bool JobQueue::Impl::idleAt(std::uint64_t& seen) {
  {
    const std::lock_guard lock(mutex);
    seen = generation;
    for (const Worker& worker : workers) {
      if (worker.busy) return false;
    }
  }
  for (const Worker& worker : workers) {
    const auto queued = store.queued(worker.kind);
    // A store that cannot answer would keep the caller here for ever; the workers report their own errors.
    if (queued && !queued->empty()) return false;
  }
  const std::lock_guard lock(mutex);
  return generation == seen;
}

void JobQueue::waitIdle() {
  std::uint64_t seen = 0;
  while (!m_impl->idleAt(seen)) {
    std::unique_lock lock(m_impl->mutex);
    m_impl->changed.wait(lock, [&] { return m_impl->generation != seen; });
  }
}

/// The worker thread: takes one job after another until the queue is destroyed.
void JobQueue::Impl::work(Worker& worker) {
  yieldToTheWindow();
  while (true) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stopping || (worker.wanted && !paused); });
      if (stopping) return;
      worker.wanted = false;
      worker.busy = true;
    }
    auto job = claim(worker);
    if (job && *job) run(worker, **job);

    std::unique_lock lock(mutex);
    worker.busy = false;
    if (!job || *job) worker.wanted = true;
    ++generation;
    changed.notify_all();
    if (!job) changed.wait_for(lock, kRetryDelay, [&] { return stopping; });
  }
}

/// Takes the first queued job and marks it as running here; nothing if there is none.
core::Result<std::optional<core::JobRecord>> JobQueue::Impl::claim(Worker& worker) {
  const std::lock_guard claiming(claimMutex);
  {
    const std::lock_guard lock(mutex);
    if (stopping || paused) return std::optional<core::JobRecord>();
  }
  auto queued = store.queued(worker.kind);
  if (!queued) return queued.error();
  for (core::JobRecord& job : *queued) {
    if (auto mine = store.startJob(job.id); !mine) {
      // Another process took it or cancelled it in the meantime.
      if (mine.error().code == ErrorCode::InvalidInput || mine.error().code == ErrorCode::NotFound) continue;
      return mine.error();
    }
    const std::lock_guard lock(mutex);
    worker.running = job.id;
    worker.stop = std::stop_source();
    worker.putBack = false;
    return std::optional(std::move(job));
  }
  return std::optional<core::JobRecord>();
}

void JobQueue::Impl::run(Worker& worker, const core::JobRecord& job) {
  std::stop_token stop;
  {
    // Whoever submitted this job has yet to say that it is queued.
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return announcing == 0; });
    stop = worker.stop.get_token();
  }
  emit(JobEvent::Kind::Started, job.id);
  // error on a queued record: its stored spec cannot be read.
  if (job.error) return fail(worker, job.id, *job.error);

  JobCallbacks callbacks;
  callbacks.progress = [&](const core::Progress& progress) {
    {
      const std::lock_guard lock(mutex);
      worker.progress = progress;
    }
    JobEvent event;
    event.kind = JobEvent::Kind::Progress;
    event.id = job.id;
    event.progress = progress;
    emit(std::move(event));
  };
  callbacks.preview = [&](const core::Frame& frame) {
    JobEvent event;
    event.kind = JobEvent::Kind::Preview;
    event.id = job.id;
    event.preview = frame;
    emit(std::move(event));
  };
  auto outcome = runSafely(worker.runner, job.id, job.spec, callbacks, stop);
  close(worker, job.id, std::move(outcome));
}

/// The job has ended in the store too: from here on a cancel is answered by the store.
void JobQueue::Impl::forget(Worker& worker) {
  const std::lock_guard lock(mutex);
  worker.running.clear();
  worker.progress.reset();
}

/// Writes a job's end to the store and tells the listener.
void JobQueue::Impl::close(Worker& worker, const JobId& id, core::Result<core::JobOutcome> outcome) {
  if (!outcome && outcome.error().code != ErrorCode::Cancelled) return fail(worker, id, outcome.error());
  const bool again = !outcome && putsBack(worker);
  const auto written = outcome ? store.finishJob(id, *outcome) : again ? store.requeueJob(id) : store.cancelJob(id);
  if (!written) return fail(worker, id, written.error());
  forget(worker);
  JobEvent event;
  event.kind = outcome ? JobEvent::Kind::Finished : again ? JobEvent::Kind::Changed : JobEvent::Kind::Cancelled;
  event.id = id;
  if (outcome) event.outcome = std::move(outcome).value();
  emit(std::move(event));
}

void JobQueue::Impl::fail(Worker& worker, const JobId& id, Error error) {
  // If not even this can be written, the job stays marked as ours and recover() closes it at the next start.
  if (const auto written = store.failJob(id, error); !written) {
    error.message += "; the end of the job could not be stored: " + written.error().message;
  }
  forget(worker);
  JobEvent event;
  event.kind = JobEvent::Kind::Failed;
  event.id = id;
  event.error = std::move(error);
  emit(std::move(event));
}

}  // namespace kinora::jobs
