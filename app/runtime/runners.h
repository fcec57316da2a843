// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "app/runtime/inference_host.h"
#include "app/runtime/planning.h"
#include "engine/jobs/job_queue.h"
#include "engine/render/exporter.h"

// What the queue's two workers do: here, and only here, the tensor side and the media side meet.
namespace kinora::runtime {

/// Where generations keep what outlives a step.
struct GenerationFolders {
  std::string jobs;   ///< journals, to resume from
  std::string cache;  ///< encoded prompts
  std::string dump;   ///< the tensors of --dump; empty: nowhere
};

/// request -> pictures -> inference -> delivered frames -> clip file. A job that ends well leaves nothing in
/// folders.jobs; one that was put back or resumes another (JobSpec::resumes) goes on at the last step kept there.
jobs::JobRunner generationRunner(InferenceHost& host, Catalogues catalogues, GenerationFolders folders);

/// Timeline copy -> file.
jobs::JobRunner exportRunner(std::vector<render::ExportPreset> presets);

}  // namespace kinora::runtime
