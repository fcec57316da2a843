// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/job.h"
#include "engine/core/plan.h"

namespace kinora::jobs {

/// The job for a plan: seed drawn if the request has none, title from the prompt, output inside folder unless given.
core::JobSpec generationJob(const core::Plan& plan, const std::string& folder, const std::string& output = {});

/// A file name from a prompt: letters, digits and CJK kept, the rest to dashes, at most 40 characters, and six random
/// hex digits, so that jobs queued together never share a path.
std::string freshClipPath(const std::string& folder, const std::string& prompt);

}  // namespace kinora::jobs
