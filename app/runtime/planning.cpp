// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runtime/planning.h"

#include <unistd.h>

#include <filesystem>

#include "engine/media/clip_reader.h"
#include "engine/media/picture.h"

namespace kinora::runtime {
namespace {

/// Size from the header; a picture that cannot be read is a fault of its field.
core::Size readSize(const std::string& path, const char* field, std::vector<core::Fault>& faults) {
  if (path.empty()) return {};
  const auto size = media::pictureSize(path);
  if (size) return *size;
  faults.push_back({field, size.error().code, size.error().text(), "picture-unreadable", {path, size.error().message}});
  return {};
}

/// A video or a picture that can be opened.
void checkVideo(const std::string& path, const char* field, std::vector<core::Fault>& faults) {
  if (path.empty() || media::pictureSize(path)) return;
  if (const auto clip = media::ClipReader::open(path); !clip)
    faults.push_back({field, clip.error().code, clip.error().text(), "video-unreadable", {path, clip.error().message}});
}

/// A file that is not there is a fault; whether it fits the model is seen when it is loaded.
void checkLoraFiles(const core::GenerationRequest& request, std::vector<core::Fault>& faults) {
  for (const core::LoraUse& lora : request.loras) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(lora.file, ignored)) continue;
    faults.push_back(
        {"loras", core::ErrorCode::NotFound, "there is no LoRA file " + lora.file, "lora-missing", {lora.file}});
  }
}

std::uint64_t physicalMemory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long pageSize = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && pageSize > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(pageSize) : 0;
}

/// A model for the request; where none can do all of it, one for its pictures, so that the plan can say what is wrong.
const core::ModelInfo* firstSuitable(const core::GenerationRequest& request, const models::ModelCatalogue& models) {
  if (const core::ModelInfo* model = models.firstFor(request)) return model;
  core::GenerationRequest simpler;
  simpler.startImage = request.startImage;
  return models.firstFor(simpler);
}

}  // namespace

Planned planRequest(const core::GenerationRequest& request, const Catalogues& catalogues) {
  Planned planned;
  std::vector<core::Fault> faults;
  if (!request.edition.empty()) {
    planned.edition = catalogues.editions.find(request.edition, request.quality);
    if (!planned.edition) {
      faults.push_back({"edition",
                        core::ErrorCode::InvalidInput,
                        "there is no edition \"" + request.edition + "\" with quality \"" + request.quality +
                            "\"; expected standard (720p or 1080p) or master",
                        "edition-unknown",
                        {request.edition}});
    }
  }
  planned.model =
      request.model.empty() ? firstSuitable(request, catalogues.models) : catalogues.models.find(request.model);

  core::PlanContext context;
  context.startImage = readSize(request.startImage, "startImage", faults);
  context.endImage = readSize(request.endImage, "endImage", faults);
  for (const std::string& reference : request.references) readSize(reference, "references", faults);
  checkVideo(request.controlVideo, "controlVideo", faults);
  checkVideo(request.controlMask, "controlMask", faults);
  context.installed = catalogues.models.models();
  checkLoraFiles(request, faults);
  context.memoryBytes = physicalMemory();
  if (planned.model) {
    planned.result = core::plan(request, planned.edition, *planned.model, context);
  } else {
    faults.push_back({"model",
                      core::ErrorCode::NotFound,
                      request.model.empty() ? "no installed model can do this request"
                                            : "there is no model \"" + request.model + "\"; see kinora-cli models list",
                      "model-unknown",
                      {request.model}});
  }
  planned.result.faults.insert(planned.result.faults.begin(), faults.begin(), faults.end());
  return planned;
}

core::Error faultsAsError(const std::vector<core::Fault>& faults) {
  core::Error error{core::ErrorCode::InvalidInput, {}, {}};
  if (!faults.empty()) error.code = faults.front().code;
  for (const core::Fault& fault : faults) {
    if (!error.message.empty()) error.message += "; ";
    error.message += fault.message;
  }
  return error;
}

}  // namespace kinora::runtime
