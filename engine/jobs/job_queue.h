// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/core/job.h"
#include "engine/core/result.h"
#include "engine/store/store.h"

namespace kinora::jobs {

/// What a runner reports through. Called on the worker thread.
struct JobCallbacks {
  std::function<void(const core::Progress&)> progress;
  std::function<void(const core::Frame&)> preview;
};

/// Does the work of one job: writes spec.output atomically or not at all. Must see stop within 250 ms and then return
/// Cancelled. Exceptions are caught by the queue and become Internal.
using JobRunner = std::function<core::Result<core::JobOutcome>(const core::JobId&, const core::JobSpec&,
                                                               const JobCallbacks&, std::stop_token)>;

/// The queue: one worker thread for generation, one for export. Construct, then start(). submit, cancel, move and the
/// readers may come from any thread; the listener is called from worker threads and from the caller of submit, cancel,
/// move and clearFinished, never with a lock held. It may call back into the queue but must not wait for a job. For one
/// job the events come in this order: Queued, Started, Progress and Preview, then one of Finished, Failed and
/// Cancelled, or Changed after suspend(). The destructor stops the running jobs (they count as cancelled, credits
/// return) and joins; queued jobs stay queued for the next start. Other processes may work on the same store: a job
/// that one of them took is simply not run here.
class JobQueue {
 public:
  using Listener = std::function<void(const core::JobEvent&)>;

  JobQueue(store::Store& store, JobRunner generate, JobRunner exportTimeline, Listener listener);
  ~JobQueue();

  /// Recovers jobs of dead processes and begins to work on what is queued. Returns the ids that were interrupted; for
  /// each the listener has had a Changed. Once.
  core::Result<std::vector<core::JobId>> start();
  /// Price, reserve and job row are one transaction; the job may begin before this returns. atFront: runs next.
  core::Result<core::JobId> submit(const core::JobSpec& spec, bool atFront = false);
  /// Queued: cancelled when this returns. Running: told to stop; Cancelled follows from the worker. Busy if another
  /// process runs it, InvalidInput if it has ended.
  core::Result<void> cancel(const core::JobId& id);
  core::Result<void> move(const core::JobId& id, const core::JobId& before);
  core::Result<void> clearFinished();
  core::Result<std::vector<core::JobRecord>> jobs() const;
  /// The last progress of a running job.
  std::optional<core::Progress> progress(const core::JobId& id) const;
  /// Holds back the start of further jobs, from its return on; a running one goes on.
  void setPaused(bool paused);
  bool isPaused() const;
  /// Paused, and what runs goes back to the front of the queue with its credits still reserved, to be run at the next
  /// start: a program that is about to end. Changed follows from the worker, or the job's end if it is done before it
  /// sees the stop.
  void suspend();
  /// Blocks until nothing is queued or running here (for the command line and tests). Never returns while paused with
  /// jobs queued.
  void waitIdle();

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::jobs
