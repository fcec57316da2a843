// SPDX-License-Identifier: GPL-3.0-or-later
// kinora-cli models add, download, remove.
#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "app/runtime/paths.h"
#include "engine/models/assemble.h"
#include "engine/models/model_download.h"
#include "engine/models/removal.h"

namespace kinora::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct DownloadArguments {
  std::string id;
  std::string proxy;
  std::string server;
  int connections = 4;
  bool discard = false;
};

/// What the session has fetched so far, told ten times a second at most.
class DownloadReport {
 public:
  explicit DownloadReport(Report& report) : m_report(report) {}

  void show(const models::DownloadProgress& p) {
    const auto now = Clock::now();
    if (m_first == 0 && m_last == Clock::time_point()) m_first = p.doneBytes;
    if (m_last != Clock::time_point() && now - m_last < std::chrono::milliseconds(100)) return;
    if (m_last == Clock::time_point()) m_began = now;
    m_last = now;
    const double seconds = std::chrono::duration<double>(now - m_began).count();
    const double rate = seconds > 0.5 ? static_cast<double>(p.doneBytes - std::min(p.doneBytes, m_first)) / seconds : 0;
    const double fraction = p.totalBytes > 0 ? static_cast<double>(p.doneBytes) / static_cast<double>(p.totalBytes) : 0;
    m_report.event({{"event", "progress"},
                    {"stage", p.checking ? "check" : "download"},
                    {"file", p.file},
                    {"done_bytes", p.doneBytes},
                    {"total_bytes", p.totalBytes},
                    {"bytes_per_s", static_cast<std::uint64_t>(rate)}});
    m_report.bar(fraction, (p.checking ? "checking " : "") + p.file + " · " + byteText(p.doneBytes) + " of " +
                               byteText(p.totalBytes) +
                               (rate > 0 ? " · " + byteText(static_cast<std::uint64_t>(rate)) + "/s" : ""));
  }

 private:
  Report& m_report;
  std::uint64_t m_first = 0;
  Clock::time_point m_began;
  Clock::time_point m_last;
};

int download(Report& report, const DownloadArguments& arguments) {
  const Interrupt interrupt;
  const runtime::Paths paths = runtime::findPaths();
  auto published = models::PublicModels::load(paths.publicModels());
  if (!published) return report.fail(published.error());
  if (arguments.discard) {
    const auto gone = models::discardDownload(paths.models(), arguments.id);
    return gone ? kDone : static_cast<int>(report.fail(gone.error()));
  }
  if (!arguments.server.empty()) {
    if (const auto added = published->addServer(arguments.server); !added) return report.fail(added.error());
  }
  const models::PublicModel* model = published->find(arguments.id);
  if (!model) {
    return report.fail({core::ErrorCode::NotFound,
                        "there is no public model \"" + arguments.id + "\"; see kinora-cli models list",
                        {}});
  }
  report.note(model->name + " · " + model->licence + " · " + (model->isWhole() ? "about " : "more than ") +
              byteText(model->aboutBytes()) + " from " + model->page);
  DownloadReport progress(report);
  models::ModelDownload job;
  job.model = *model;
  job.root = paths.models();
  job.options.proxy = arguments.proxy;
  job.options.connections = arguments.connections;
  job.progress = [&](const models::DownloadProgress& p) { progress.show(p); };
  const auto folder = models::downloadModel(job, interrupt.token());
  if (!folder) {
    const int code = report.fail(folder.error());
    report.note("what has come stays; the same command goes on with it, --discard deletes it");
    return code;
  }
  report.event({{"event", "finished"}, {"model", model->id}, {"directory", *folder}});
  report.line(model->name + " is installed: " + *folder);
  report.note("its publisher's hashes are not known: sizes were checked, and changes from now on will be noticed");
  return kDone;
}

int add(Report& report, const models::AddRequest& request) {
  const runtime::Paths paths = runtime::findPaths();
  const auto installed = models::ModelCatalogue::scan(paths.modelRoots());
  const auto added = models::addModel(request, installed, paths.models());
  if (!added) return report.fail(added.error());
  for (const std::string& note : added->notes) report.line(note);
  report.event({{"event", "added"},
                {"model", added->info.id},
                {"architecture", added->info.architecture},
                {"notes", added->notes}});
  report.line("added as " + added->info.id + " (" + added->info.architecture + "); the files stay where they are");
  return kDone;
}

int remove(Report& report, const std::string& id, bool dryRun) {
  const runtime::Paths paths = runtime::findPaths();
  const auto installed = models::ModelCatalogue::scan(paths.modelRoots());
  const core::ModelInfo* model = installed.find(id);
  if (!model) return report.fail({core::ErrorCode::NotFound, "there is no model \"" + id + "\"", {}});
  const auto removal = models::planRemoval(*model, installed, paths.models());
  if (!removal) return report.fail(removal.error());
  report.event({{"event", dryRun ? "would_remove" : "remove"},
                {"model", removal->id},
                {"freed_bytes", removal->freedBytes},
                {"files", removal->files},
                {"kept", removal->kept},
                {"used_by", removal->usedBy}});
  report.line((dryRun ? "would free " : "frees ") + byteText(removal->freedBytes) + " in " + removal->folder);
  for (const std::string& file : removal->kept) report.line("stays: " + file);
  for (const std::string& user : removal->usedBy) report.line("used by: " + user);
  if (dryRun) return kDone;
  const auto removed = models::removeModel(*removal);
  return removed ? kDone : static_cast<int>(report.fail(removed.error()));
}

}  // namespace

void addModelChanges(CLI::App& models, Context& context) {
  CLI::App* adding = models.add_subcommand("add", "Use a model where it lies, whole or in parts");
  auto request = std::make_shared<models::AddRequest>();
  adding
      ->add_option("paths", request->paths,
                   "Folder of a model, or files of its parts: transformer or two experts (that for high noise first), "
                   "VAE, text encoder, tokenizer, image encoder. What is not given is looked for beside the "
                   "transformer and in the installed models")
      ->required();
  adding->add_option("--id", request->id, "Id to call it by");
  adding->add_option("--name", request->name, "Name to show");
  adding->add_flag("--json", context.json, "JSON on stdout");
  adding->callback(
      [&context, request] { context.action = [request](Report& report) { return add(report, *request); }; });

  CLI::App* fetching = models.add_subcommand("download", "Fetch a public model, or go on with an unfinished download");
  auto arguments = std::make_shared<DownloadArguments>();
  fetching->add_option("model", arguments->id, "Id, see models list")->required();
  fetching->add_option("--proxy", arguments->proxy, "Proxy URL; default: http_proxy, https_proxy, no_proxy");
  fetching->add_option("--server", arguments->server, "Copy of the hub to ask first, e.g. https://mirror.example");
  fetching->add_option("--connections", arguments->connections, "Pieces at once")->check(CLI::Range(1, 16));
  fetching->add_flag("--discard", arguments->discard, "Delete an unfinished download");
  fetching->add_flag("--json", context.json, "JSON on stdout");
  fetching->callback(
      [&context, arguments] { context.action = [arguments](Report& report) { return download(report, *arguments); }; });

  CLI::App* removing = models.add_subcommand("remove", "Delete what was downloaded; files used in place stay");
  auto id = std::make_shared<std::string>();
  auto dryRun = std::make_shared<bool>(false);
  removing->add_option("model", *id, "Id")->required();
  removing->add_flag("--dry-run", *dryRun, "Only say what would be freed and what uses it");
  removing->add_flag("--json", context.json, "JSON on stdout");
  removing->callback([&context, id, dryRun] {
    context.action = [id, dryRun](Report& report) { return remove(report, *id, *dryRun); };
  });
}

}  // namespace kinora::cli
