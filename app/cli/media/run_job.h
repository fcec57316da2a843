// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <string>

#include "app/cli/report.h"
#include "app/runtime/paths.h"
#include "engine/core/frame.h"
#include "engine/jobs/job_queue.h"
#include "engine/models/model_catalogue.h"
#include "engine/store/store.h"

// What generate and resume share.
namespace kinora::cli {

/// "128×80"
std::string sizeText(core::Size size);

/// The installed models; where model is a folder or file that lies in no model root, that one too (put together as
/// models::assemble does), and model becomes its absolute path. Errors: as assemble.
core::Result<models::ModelCatalogue> catalogueFor(const runtime::Paths& paths, std::string& model);

/// Runs one job in this process and prints how it ended: the row, the reserve and the ownership are one transaction, so
/// that a studio that is open at the same time does not pick the job up. Says how to resume where there is something to
/// go on with. Gives the exit code.
int runJob(Report& report, const runtime::Paths& paths, store::Store& store, const core::JobSpec& spec,
           const jobs::JobRunner& runner, std::stop_token stop);

}  // namespace kinora::cli
