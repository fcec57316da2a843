// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/interrupt.h"

#include "app/runtime/inference_host.h"
#include "app/runtime/paths.h"
#include "engine/models/model_catalogue.h"
#include "engine/models/model_download.h"
#include "engine/models/model_files.h"
#include "engine/models/verify.h"

namespace kinora::cli {
namespace {

nlohmann::json describe(const core::ModelInfo& model) {
  return {{"id", model.id},
          {"state", model.problem.empty() ? "installed" : "unusable"},
          {"name", model.name},
          {"directory", model.directory},
          {"architecture", model.architecture},
          {"licence", model.licence},
          {"bytes", model.bytes},
          {"text_to_video", model.textToVideo},
          {"image_to_video", model.imageToVideo},
          {"end_frame", model.endFrame},
          {"needs_end_frame", model.needsEndFrame},
          {"control", model.control},
          {"width", model.nativeSize.width},
          {"height", model.nativeSize.height},
          {"frames", model.frames},
          {"fps", model.fps.toString()},
          {"steps", model.steps},
          {"guidance", model.guidance},
          {"guidance_2", model.guidance2},
          {"shift", model.shift},
          {"parameters", model.parameters},
          {"problem", model.problem}};
}

nlohmann::json describe(const models::PublicModel& model, std::uint64_t unfinishedBytes) {
  return {{"id", model.id},
          {"state", unfinishedBytes > 0 ? "partly downloaded" : "available"},
          {"name", model.name},
          {"architecture", model.architecture},
          {"licence", model.licence},
          {"page", model.page},
          {"about_bytes", model.aboutBytes()},
          {"downloaded_bytes", unfinishedBytes},
          {"text_to_video", model.textToVideo},
          {"image_to_video", model.imageToVideo},
          {"end_frame", model.endFrame},
          {"control", model.control},
          {"width", model.size.width},
          {"height", model.size.height},
          {"memory_gib", model.memoryGiB}};
}

/// "text image end-frame control " of a ModelInfo or a PublicModel
template <class Model>
std::string abilities(const Model& model) {
  std::string text;
  if (model.textToVideo) text += "text ";
  if (model.imageToVideo) text += "image ";
  if (model.endFrame) text += "end-frame ";
  if (model.control) text += "control ";
  return text.empty() ? "- " : text;
}

std::string row(const std::string& id, const std::string& architecture, core::Size size, const std::string& bytes) {
  char text[160];
  std::snprintf(text, sizeof text, "%-22s %-16s %4dx%-4d %-11s ", id.c_str(), architecture.c_str(), size.width,
                size.height, bytes.c_str());
  return text;
}

core::Result<core::ModelInfo> findModel(const std::string& idOrFolder) {
  const auto catalogue = models::ModelCatalogue::scan(runtime::findPaths().modelRoots());
  if (const core::ModelInfo* model = catalogue.find(idOrFolder)) return *model;
  if (std::filesystem::is_directory(idOrFolder))
    return models::describeModel(std::filesystem::absolute(idOrFolder).string());
  return core::Error{
      core::ErrorCode::NotFound, "there is no model \"" + idOrFolder + "\"; see kinora-cli models list", {}};
}

int list(Report& report) {
  const runtime::Paths paths = runtime::findPaths();
  const auto catalogue = models::ModelCatalogue::scan(paths.modelRoots());
  for (const core::ModelInfo& model : catalogue.models()) {
    report.event(describe(model));
    report.line(row(model.id, model.architecture, model.nativeSize, byteText(model.bytes)) + abilities(model) +
                (model.problem.empty() ? "" : "· cannot be used: " + model.problem));
  }
  const auto published = models::PublicModels::load(paths.publicModels());
  if (!published) return report.fail(published.error());
  const auto unfinished = models::unfinishedDownloads(paths.models());
  report.line("\nto download with kinora-cli models download ID:");
  for (const models::PublicModel& model : published->models()) {
    if (catalogue.find(model.id)) continue;
    const auto begun =
        std::find_if(unfinished.begin(), unfinished.end(), [&](const auto& u) { return u.id == model.id; });
    const std::uint64_t bytes = begun == unfinished.end() ? 0 : std::max<std::uint64_t>(begun->bytes, 1);
    report.event(describe(model, bytes));
    const std::string size = (model.isWhole() ? "~" : ">") + byteText(model.aboutBytes());
    report.line(row(model.id, model.architecture, model.size, size) + abilities(model) + "· " + model.licence +
                (bytes > 0 ? " · partly downloaded: " + byteText(bytes) : ""));
  }
  return kDone;
}

int info(Report& report, const std::string& id) {
  const auto show = [&](const nlohmann::json& object) {
    report.event(object);
    for (const auto& [key, value] : object.items()) {
      if (value.is_object()) {
        for (const auto& [part, path] : value.items()) report.line(part + ": " + path.get<std::string>());
      } else {
        report.line(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
      }
    }
    return kDone;
  };
  const auto model = findModel(id);
  if (!model) {
    const auto published = models::PublicModels::load(runtime::findPaths().publicModels());
    const models::PublicModel* one = published ? published->find(id) : nullptr;
    return one ? show(describe(*one, 0)) : report.fail(model.error());
  }
  nlohmann::json object = describe(*model);
  for (const auto& [part, path] : models::namedParts(model->parts)) object["parts"][part] = path;
  if (!model->registered.empty()) object["registered"] = model->registered;
  return show(object);
}

const char* verdictName(models::FileCheck::Verdict verdict) {
  switch (verdict) {
    case models::FileCheck::Verdict::NotVerified:
      return "not verified";
    case models::FileCheck::Verdict::Unchanged:
      return "unchanged";
    case models::FileCheck::Verdict::Published:
      return "as published";
    case models::FileCheck::Verdict::Changed:
      return "changed";
    case models::FileCheck::Verdict::Missing:
      break;
  }
  return "missing";
}

/// Hashes all files, then walks the tensor table with every value read.
int verify(Report& report, const std::string& id) {
  using Verdict = models::FileCheck::Verdict;
  const Interrupt interrupt;
  const auto model = findModel(id);
  if (!model) return report.fail(model.error());
  const auto progress = [&](std::uint64_t done, std::uint64_t total) {
    report.bar(total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1, "hashing");
  };
  const auto files = models::verifyModel(*model, progress, interrupt.token());
  if (!files) return report.fail(files.error());
  std::size_t bad = 0;
  for (const models::FileCheck& file : *files) {
    const bool wrong = file.verdict == Verdict::Changed || file.verdict == Verdict::Missing;
    bad += wrong ? 1 : 0;
    report.event({{"event", "file"},
                  {"file", file.file},
                  {"bytes", file.bytes},
                  {"sha256", file.sha256},
                  {"verdict", verdictName(file.verdict)}});
    report.line((file.sha256.empty() ? std::string(64, '-') : file.sha256) + "  " + file.file + "  " +
                verdictName(file.verdict));
  }
  runtime::InferenceHost host;
  const auto engine = host.engine();
  if (!engine) return report.fail(engine.error());
  const auto faults = (*engine)->checkModel(*model, true);
  if (!faults) return report.fail(faults.error());
  for (const pipeline::TensorFault& fault : *faults) {
    report.event({{"event", "fault"}, {"file", fault.file}, {"tensor", fault.tensor}, {"what", fault.what}});
    report.line("fault: " + fault.file + " " + fault.tensor + ": " + fault.what);
  }
  report.event({{"event", "verified"},
                {"model", model->id},
                {"files", files->size()},
                {"wrong_files", bad},
                {"faults", faults->size()}});
  if (bad > 0) report.line("wrong files: " + std::to_string(bad));
  if (bad == 0 && faults->empty())
    report.line("sound: " + std::to_string(files->size()) + " files, every tensor as its table says");
  return bad == 0 && faults->empty() ? kDone : kFailed;
}

void addAction(CLI::App* models, Context& context, const char* name, const char* help,
               int (*run)(Report&, const std::string&)) {
  CLI::App* command = models->add_subcommand(name, help);
  auto id = std::make_shared<std::string>();
  command->add_option("model", *id, "Id or folder")->required();
  command->add_flag("--json", context.json, "JSON on stdout");
  command->callback([&context, id, run] { context.action = [id, run](Report& report) { return run(report, *id); }; });
}

}  // namespace

void addModels(CLI::App& app, Context& context) {
  CLI::App* models = app.add_subcommand("models", "Models: what is installed, what can be had");
  models->require_subcommand(1);
  CLI::App* all = models->add_subcommand("list", "Every model: installed ones, then those that can be downloaded");
  all->add_flag("--json", context.json, "One JSON object a line");
  all->callback([&context] { context.action = list; });
  addAction(models, context, "info", "What a model is and where its parts lie", info);
  addAction(models, context, "verify", "Hash every file and check every tensor", verify);
  addModelChanges(*models, context);
}

}  // namespace kinora::cli
