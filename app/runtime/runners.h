// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "app/runtime/inference_host.h"
#include "app/runtime/planning.h"
#include "engine/jobs/job_queue.h"
#include "engine/render/exporter.h"

// What the queue's two workers do: here, and only here, the tensor side and the media side meet.
namespace kinora::runtime {

/// request -> pictures -> inference -> delivered frames -> clip file. dumpDirectory: where --dump writes, or empty.
jobs::JobRunner generationRunner(InferenceHost& host, Catalogues catalogues, std::string dumpDirectory = {});

/// Timeline copy -> file.
jobs::JobRunner exportRunner(std::vector<render::ExportPreset> presets);

}  // namespace kinora::runtime
