// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "app/runtime/inference_host.h"
#include "app/runtime/planning.h"
#include "engine/jobs/job_queue.h"
#include "engine/render/exporter.h"

// What the queue's two workers do: here, and only here, the tensor side and the media side meet.
namespace kinora::runtime {

/// Where generations keep what outlives a step. Empty: nowhere.
struct GenerationFolders {
  std::string jobs;   ///< journals, to resume from
  std::string cache;  ///< encoded prompts
  std::string dump;   ///< the tensors of --dump
};

/// request -> pictures -> inference -> delivered frames -> clip file. A job that ends well leaves nothing in
/// folders.jobs. resumes: the ended job whose journal the next one takes over, to go on at its last finished step.
jobs::JobRunner generationRunner(InferenceHost& host, Catalogues catalogues, GenerationFolders folders,
                                 core::JobId resumes = {});

/// Timeline copy -> file.
jobs::JobRunner exportRunner(std::vector<render::ExportPreset> presets);

}  // namespace kinora::runtime
