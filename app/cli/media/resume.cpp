// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interrupt.h"
#include "app/cli/media/media_commands.h"
#include "app/cli/media/run_job.h"
#include "app/cli/store_access.h"
#include "app/runtime/runners.h"
#include "engine/jobs/job_folders.h"

namespace kinora::cli {
namespace {

/// What speaks against going on with a job.
core::Result<void> checkResumable(const core::JobRecord& job, const jobs::JobFolders& folders) {
  const auto refuse = [&](core::ErrorCode code, const std::string& what) { return core::Error{code, what, job.id}; };
  if (job.spec.kind != core::JobKind::Generate) {
    return refuse(core::ErrorCode::InvalidInput, "only generations can be resumed; export again");
  }
  if (job.state == core::JobState::Queued || job.state == core::JobState::Running) {
    return refuse(core::ErrorCode::InvalidInput,
                  std::string("the job's state; expected failed or cancelled, got ") + core::jobStateName(job.state));
  }
  if (!folders.canResume(job.id)) {
    const bool caching = !job.spec.request.cache.empty();
    return refuse(core::ErrorCode::NotFound,
                  std::string("the job left nothing to go on with") +
                      (caching ? " (with step caching only finished latents are kept)" : "") + "; generate it again");
  }
  return {};
}

}  // namespace

int resume(Report& report, const std::string& id) {
  const Interrupt interrupt;
  const runtime::Paths paths = runtime::findPaths();
  auto accounts = openAccounts(paths);
  if (!accounts) return report.fail(accounts.error());
  if (const auto recovered = accounts->store->recover(); !recovered) return report.fail(recovered.error());
  const auto job = accounts->store->job(id);
  if (!job) return report.fail(job.error());
  if (const auto resumable = checkResumable(*job, jobs::JobFolders(paths.jobs())); !resumable) {
    return report.fail(resumable.error());
  }
  core::JobSpec spec = job->spec;
  spec.resumes = id;
  const auto models = catalogueFor(paths, spec.request.model);
  if (!models) return report.fail(models.error());
  runtime::InferenceHost host;
  const jobs::JobRunner runner =
      runtime::generationRunner(host, {accounts->editions, *models}, {paths.jobs(), paths.cache(), {}});
  return runJob(report, paths, *accounts->store, spec, runner, interrupt.token());
}

}  // namespace kinora::cli
