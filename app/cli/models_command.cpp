// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/interrupt.h"

#include "app/runtime/inference_host.h"
#include "app/runtime/paths.h"
#include "engine/models/model_catalogue.h"

namespace kinora::cli {
namespace {

nlohmann::json describe(const core::ModelInfo& model) {
  return {{"id", model.id},
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

std::string abilities(const core::ModelInfo& model) {
  std::string text;
  if (model.textToVideo) text += "text ";
  if (model.imageToVideo) text += "image ";
  if (model.endFrame) text += "end-frame ";
  return text.empty() ? "- " : text;
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
  const auto catalogue = models::ModelCatalogue::scan(runtime::findPaths().modelRoots());
  for (const core::ModelInfo& model : catalogue.models()) {
    report.event(describe(model));
    char text[128];
    std::snprintf(text, sizeof text, "%-16s %-14s %dx%d %-10s ", model.id.c_str(), model.architecture.c_str(),
                  model.nativeSize.width, model.nativeSize.height, byteText(model.bytes).c_str());
    report.line(text + abilities(model) + (model.problem.empty() ? "" : "· cannot be used: " + model.problem));
  }
  return kDone;
}

int info(Report& report, const std::string& id) {
  const auto model = findModel(id);
  if (!model) return report.fail(model.error());
  const nlohmann::json object = describe(*model);
  report.event(object);
  for (const auto& [key, value] : object.items())
    report.line(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
  return kDone;
}

/// Hashes all files, then walks the tensor table with every value read.
int verify(Report& report, const std::string& id) {
  const Interrupt interrupt;
  const auto model = findModel(id);
  if (!model) return report.fail(model.error());
  const auto files = models::hashModel(*model, {}, interrupt.token());
  if (!files) return report.fail(files.error());
  for (const models::FileCheck& file : *files) {
    report.event({{"event", "file"}, {"file", file.file}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    report.line(file.sha256 + "  " + file.file);
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
  report.event({{"event", "verified"}, {"model", model->id}, {"files", files->size()}, {"faults", faults->size()}});
  if (faults->empty())
    report.line("sound: " + std::to_string(files->size()) + " files, every tensor as its table says");
  return faults->empty() ? kDone : kFailed;
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
  CLI::App* models = app.add_subcommand("models", "Installed models");
  models->require_subcommand(1);
  CLI::App* all = models->add_subcommand("list", "Every model found, with what it can do");
  all->add_flag("--json", context.json, "One JSON object a line");
  all->callback([&context] { context.action = list; });
  addAction(models, context, "info", "What a model's config files say", info);
  addAction(models, context, "verify", "Hash every file and check every tensor", verify);
}

}  // namespace kinora::cli
