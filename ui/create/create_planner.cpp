// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/create_planner.h"

#include <unistd.h>

#include <QFileInfo>

#include "engine/core/model_fit.h"
#include "ui/create/control_section.h"
#include "ui/create/create_state.h"
#include "ui/create/picture_input.h"
#include "ui/session/engine_client.h"

namespace kinora::create {
namespace {

/// Bytes of RAM; 0 where the system does not say.
std::uint64_t machineMemory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) : 0;
}

bool isBlank(const std::string& text) {
  return QString::fromStdString(text).trimmed().isEmpty();
}

}  // namespace

QString Outlook::reason() const {
  if (!faults.empty()) return faults.begin()->second;
  return missing.isEmpty() ? credits : missing;
}

CreatePlanner::CreatePlanner(const session::EngineClient& client, const PictureInput& start, const PictureInput& end,
                             const ControlSection& control)
    : m_client(client), m_start(start), m_end(end), m_control(control) {}

Outlook CreatePlanner::look(const CreateState& state) const {
  Outlook outlook;
  const core::GenerationRequest request = state.effective();
  if (!request.edition.empty()) {
    outlook.edition = m_client.editions().find(request.edition, request.quality);
    if (!outlook.edition) {
      core::Fault fault{
          "edition", core::ErrorCode::NotFound, "there is no such edition", "edition-unknown", {request.edition}};
      outlook.faults["edition"] = session::faultText(fault);
    }
  }
  const models::ModelCatalogue& models = m_client.models();
  outlook.model = request.model.empty() ? models.firstFor(request) : models.find(request.model);
  outlook.plan.request = request;
  addPictures(state, outlook);
  addLoras(state, outlook);
  addMissing(state, outlook);
  if (!outlook.model) {
    outlook.faults["model"] = tr("No installed model can make this. Choose another model or mode.");
    return outlook;
  }
  core::PlanContext context;
  context.startImage = m_start.size();
  context.endImage = m_end.size();
  context.memoryBytes = machineMemory();
  context.installed = models.models();
  const core::PlanResult result = core::plan(request, outlook.edition, *outlook.model, context);
  outlook.plan = result.plan;
  for (const core::Fault& fault : result.faults) {
    // What is not given yet is said once, quietly; a picture that is being read has no size yet.
    if (fault.field == "startImage" && (request.startImage.empty() || m_start.size().isEmpty())) continue;
    if (fault.field == "endImage" && !request.endImage.empty() && m_end.isLoading()) continue;
    if (fault.field == "prompt" && isBlank(request.prompt)) continue;
    outlook.faults.emplace(fault.field, session::faultText(fault));
  }
  if (const double seconds = m_client.expectedSeconds(outlook.plan); seconds >= 0) {
    outlook.seconds = seconds * state.variants;
  }
  addCredits(state, outlook);
  return outlook;
}

void CreatePlanner::addPictures(const CreateState& state, Outlook& outlook) const {
  if (core::Wishes(state.request).control) {
    for (const auto& [field, text] : m_control.faults()) outlook.faults[field] = text;
  }
  if (!state.imageMode) return;
  if (!m_start.fault().isEmpty()) outlook.faults["startImage"] = m_start.fault();
  if (!m_end.fault().isEmpty()) outlook.faults["endImage"] = m_end.fault();
}

void CreatePlanner::addLoras(const CreateState& state, Outlook& outlook) const {
  for (const core::LoraUse& lora : state.request.loras) {
    if (QFileInfo(QString::fromStdString(lora.file)).isFile()) continue;
    outlook.faults.emplace("loras",
                           session::faultText({"loras", core::ErrorCode::NotFound, {}, "lora-missing", {lora.file}}));
  }
}

void CreatePlanner::addMissing(const CreateState& state, Outlook& outlook) const {
  const bool control = core::Wishes(state.request).control;
  if (state.imageMode && state.request.startImage.empty() && !m_start.isLoading()) {
    outlook.missing = tr("Drop a picture on Start to begin");
  } else if ((state.imageMode && (m_start.isLoading() || m_end.isLoading())) || (control && m_control.isLoading())) {
    outlook.missing = tr("Reading the picture…");
  } else if (isBlank(state.request.prompt) && !state.imageMode && !control) {
    outlook.missing = tr("Write what should be seen to begin");
  }
}

void CreatePlanner::addCredits(const CreateState& state, Outlook& outlook) const {
  const std::int64_t needed = static_cast<std::int64_t>(outlook.plan.credits) * state.variants;
  const std::int64_t available = m_client.balance().available;
  if (needed > available) {
    outlook.credits = tr("This takes %1 credits; you have %2. Choose Draft, a cheaper edition or a shorter length.")
                          .arg(needed)
                          .arg(available);
  }
}

}  // namespace kinora::create
