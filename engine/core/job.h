// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/core/clip_info.h"
#include "engine/core/frame.h"
#include "engine/core/generation_request.h"
#include "engine/core/progress.h"
#include "engine/core/result.h"

namespace kinora::core {

using JobId = std::string;

enum class JobKind { Generate, Export };
enum class JobState { Queued, Running, Done, Failed, Cancelled };
/// "generate" / "export"; "queued", "running", "done", "failed", "cancelled"
const char* jobKindName(JobKind kind);
const char* jobStateName(JobState state);

/// A timeline export, by value: the project as it was when the user said Export.
struct ExportSpec {
  std::string projectJson;     ///< the project file's text
  std::string projectDir;      ///< base of its relative media paths
  std::string preset;          ///< id in resources/presets/export.json
  std::int64_t fromFrame = 0;  ///< timeline frames, [from, to); to < 0: to the end
  std::int64_t toFrame = -1;
  bool operator==(const ExportSpec&) const = default;
};

/// All that a worker needs. Stored by value: nobody asks the UI anything during a job.
struct JobSpec {
  JobKind kind = JobKind::Generate;
  std::string title;          ///< what a card shows: the prompt's start or the project's name
  GenerationRequest request;  ///< kind Generate
  ExportSpec exportSpec;      ///< kind Export
  std::string output;         ///< absolute path of the file to write
  int credits = 0;            ///< price, reserved at submit
  double work = 0;            ///< estimate in TFLOP, for the time shown before the first measurement
  JobId resumes;              ///< the ended job whose steps this one goes on from; empty: none
  bool operator==(const JobSpec&) const = default;
};

std::string toJson(const JobSpec& spec);
Result<JobSpec> jobSpecFromJson(std::string_view json);

/// What a job left behind.
struct JobOutcome {
  ClipInfo clip;
  std::uint64_t seed = 0;
  std::map<std::string, double> timings;  ///< seconds by stage name, and "total"
  int passes = 0;                         ///< of the network, those that step caching reused included
  int reusedPasses = 0;
  int resumedSteps = 0;            ///< done before this job went on from them
  std::vector<std::string> notes;  ///< what was left out or went another way, in words
};
std::string toJson(const JobOutcome& outcome);
Result<JobOutcome> jobOutcomeFromJson(std::string_view json);

/// One row of the queue or its history. Times are Unix milliseconds, 0 = not yet.
struct JobRecord {
  JobId id;
  JobSpec spec;
  JobState state = JobState::Queued;
  std::int64_t position = 0;  ///< order among queued jobs
  std::int64_t createdAt = 0;
  std::int64_t startedAt = 0;
  std::int64_t finishedAt = 0;
  std::optional<JobOutcome> outcome;  ///< state Done
  std::optional<Error> error;         ///< state Failed
};

/// Goes up from a worker thread; the receiver must copy what it keeps and return quickly.
struct JobEvent {
  enum class Kind { Queued, Started, Progress, Preview, Finished, Failed, Cancelled, Changed };
  Kind kind = Kind::Queued;
  JobId id;
  core::Progress progress;            ///< kind Progress
  Frame preview;                      ///< kind Preview: a picture of the half-finished clip
  std::optional<JobOutcome> outcome;  ///< kind Finished
  std::optional<Error> error;         ///< kind Failed
};

}  // namespace kinora::core
