// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/job.h"

#include "engine/core/json_fields.h"

namespace kinora::core {
namespace {

const char* mediaKindName(MediaKind kind) {
  switch (kind) {
    case MediaKind::Video:
      return "video";
    case MediaKind::Picture:
      return "picture";
    case MediaKind::Audio:
      return "audio";
  }
  return "video";
}

MediaKind mediaKindFromName(const std::string& name) {
  if (name == "picture") return MediaKind::Picture;
  if (name == "audio") return MediaKind::Audio;
  return MediaKind::Video;
}

nlohmann::json clipToObject(const ClipInfo& clip) {
  return {{"kind", mediaKindName(clip.kind)},
          {"path", clip.path},
          {"size", toField(clip.size)},
          {"frames", clip.frames},
          {"fps", toField(clip.fps)},
          {"duration", toField(clip.duration)},
          {"codec", clip.codec},
          {"audio", clip.hasAudio},
          {"recipe", clip.recipe},
          {"sha256", clip.sha256}};
}

void clipFromObject(const nlohmann::json& json, ClipInfo& clip) {
  std::string kind;
  readField(json, "kind", kind);
  clip.kind = mediaKindFromName(kind);
  readField(json, "path", clip.path);
  readField(json, "size", clip.size);
  readField(json, "frames", clip.frames);
  readField(json, "fps", clip.fps);
  readField(json, "duration", clip.duration);
  readField(json, "codec", clip.codec);
  readField(json, "audio", clip.hasAudio);
  readField(json, "recipe", clip.recipe);
  readField(json, "sha256", clip.sha256);
}

}  // namespace

const char* jobKindName(JobKind kind) {
  return kind == JobKind::Generate ? "generate" : "export";
}

const char* jobStateName(JobState state) {
  switch (state) {
    case JobState::Queued:
      return "queued";
    case JobState::Running:
      return "running";
    case JobState::Done:
      return "done";
    case JobState::Failed:
      return "failed";
    case JobState::Cancelled:
      return "cancelled";
  }
  return "queued";
}

std::string toJson(const JobSpec& spec) {
  nlohmann::json json{{"kind", jobKindName(spec.kind)},
                      {"title", spec.title},
                      {"output", spec.output},
                      {"credits", spec.credits},
                      {"work", spec.work}};
  if (spec.kind == JobKind::Generate) {
    json["request"] = requestToObject(spec.request);
    if (!spec.resumes.empty()) json["resumes"] = spec.resumes;
  } else {
    const ExportSpec& e = spec.exportSpec;
    json["export"] = {{"project", e.projectJson},
                      {"project_dir", e.projectDir},
                      {"preset", e.preset},
                      {"from", e.fromFrame},
                      {"to", e.toFrame}};
  }
  return dumpJson(json);
}

Result<JobSpec> jobSpecFromJson(std::string_view json) {
  return parseObject<JobSpec>(json, "the job", [](const nlohmann::json& object, JobSpec& spec) {
    spec.kind = object.at("kind") == "export" ? JobKind::Export : JobKind::Generate;
    readField(object, "title", spec.title);
    readField(object, "output", spec.output);
    readField(object, "credits", spec.credits);
    readField(object, "work", spec.work);
    if (spec.kind == JobKind::Generate) {
      requestFromObject(object.at("request"), spec.request);
      readField(object, "resumes", spec.resumes);
      return;
    }
    const nlohmann::json& e = object.at("export");
    readField(e, "project", spec.exportSpec.projectJson);
    readField(e, "project_dir", spec.exportSpec.projectDir);
    readField(e, "preset", spec.exportSpec.preset);
    readField(e, "from", spec.exportSpec.fromFrame);
    readField(e, "to", spec.exportSpec.toFrame);
  });
}

std::string toJson(const JobOutcome& outcome) {
  return dumpJson({{"clip", clipToObject(outcome.clip)},
                   {"seed", outcome.seed},
                   {"timings", outcome.timings},
                   {"passes", outcome.passes},
                   {"reused_passes", outcome.reusedPasses},
                   {"resumed_steps", outcome.resumedSteps},
                   {"notes", outcome.notes}});
}

Result<JobOutcome> jobOutcomeFromJson(std::string_view json) {
  return parseObject<JobOutcome>(json, "the job's result", [](const nlohmann::json& object, JobOutcome& outcome) {
    clipFromObject(object.at("clip"), outcome.clip);
    readField(object, "seed", outcome.seed);
    readField(object, "timings", outcome.timings);
    readField(object, "passes", outcome.passes);
    readField(object, "reused_passes", outcome.reusedPasses);
    readField(object, "resumed_steps", outcome.resumedSteps);
    readField(object, "notes", outcome.notes);
  });
}

}  // namespace kinora::core
