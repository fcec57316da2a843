// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/store_access.h"
#include "engine/jobs/job_folders.h"

namespace kinora::cli {
namespace {

int listQueue(Report& report) {
  const runtime::Paths paths = runtime::findPaths();
  const jobs::JobFolders folders(paths.jobs());
  auto accounts = openAccounts(paths);
  if (!accounts) return report.fail(accounts.error());
  // A job whose program died is shown as what it is, and its credits return.
  if (const auto recovered = accounts->store->recover(); !recovered) return report.fail(recovered.error());
  const auto jobs = accounts->store->jobs();
  if (!jobs) return report.fail(jobs.error());
  const std::set<core::JobId> resumable = folders.resumable(*jobs);
  for (const core::JobRecord& job : *jobs) {
    nlohmann::json object{{"job", job.id},
                          {"kind", core::jobKindName(job.spec.kind)},
                          {"state", core::jobStateName(job.state)},
                          {"title", job.spec.title},
                          {"credits", job.spec.credits},
                          {"output", job.spec.output},
                          {"created_ms", job.createdAt},
                          {"started_ms", job.startedAt},
                          {"finished_ms", job.finishedAt},
                          {"resumable", resumable.contains(job.id)}};
    if (job.error) object["error"] = {{"code", core::codeName(job.error->code)}, {"message", job.error->text()}};
    report.event(object);
    char text[128];
    std::snprintf(text, sizeof text, "%-14s %-9s %-9s %5d  ", job.id.c_str(), core::jobKindName(job.spec.kind),
                  core::jobStateName(job.state), job.spec.credits);
    report.line(text + job.spec.title + (resumable.contains(job.id) ? "  (can be resumed)" : ""));
  }
  if (jobs->empty()) report.line("the queue is empty");
  return kDone;
}

}  // namespace

void addQueue(CLI::App& app, Context& context) {
  CLI::App* queue = app.add_subcommand("queue", "Jobs waiting, running and done");
  queue->require_subcommand(1);
  CLI::App* list = queue->add_subcommand("list", "Queued jobs in order, then running, then ended ones, newest first");
  list->add_flag("--json", context.json, "One JSON object a line");
  list->callback([&context] { context.action = listQueue; });
}

}  // namespace kinora::cli
