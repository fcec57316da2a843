// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/generation_request.h"

#include "engine/core/json_fields.h"

namespace kinora::core {

namespace {

nlohmann::json toField(const NagUse& nag) {
  return {{"scale", nag.scale}, {"tau", nag.tau}, {"alpha", nag.alpha}};
}

nlohmann::json toField(const SkipLayers& skip) {
  return {{"blocks", skip.blocks}, {"scale", skip.scale}, {"from", skip.from}, {"to", skip.to}};
}

void readField(const nlohmann::json& json, std::optional<NagUse>& nag) {
  const auto it = json.find("nag");
  if (it == json.end()) return;
  nag = NagUse();
  it->at("scale").get_to(nag->scale);
  core::readField(*it, "tau", nag->tau);
  core::readField(*it, "alpha", nag->alpha);
}

void readField(const nlohmann::json& json, SkipLayers& skip) {
  const auto it = json.find("skip_layers");
  if (it == json.end()) return;
  it->at("blocks").get_to(skip.blocks);
  core::readField(*it, "scale", skip.scale);
  core::readField(*it, "from", skip.from);
  core::readField(*it, "to", skip.to);
}

}  // namespace

nlohmann::json requestToObject(const GenerationRequest& r) {
  nlohmann::json json = nlohmann::json::object();
  const auto text = [&json](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  json["prompt"] = r.prompt;
  text("negative_prompt", r.negativePrompt);
  text("start_image", r.startImage);
  text("end_image", r.endImage);
  text("control_video", r.controlVideo);
  text("control_mask", r.controlMask);
  if (!r.references.empty()) json["references"] = r.references;
  if (r.controlScale) json["control_scale"] = *r.controlScale;
  text("edition", r.edition);
  text("quality", r.quality);
  text("aspect", r.aspect);
  text("model", r.model);
  if (!r.size.isEmpty()) json["size"] = toField(r.size);
  if (r.frames > 0) json["frames"] = r.frames;
  if (r.seconds.isPositive()) json["seconds"] = toField(r.seconds);
  if (r.fps.isPositive()) json["fps"] = toField(r.fps);
  if (r.steps > 0) json["steps"] = r.steps;
  if (r.guidance) json["guidance"] = *r.guidance;
  if (r.guidance2) json["guidance_2"] = *r.guidance2;
  if (r.shift) json["shift"] = *r.shift;
  text("sampler", r.sampler);
  text("guidance_kind", r.guidanceKind);
  if (r.nag) json["nag"] = toField(*r.nag);
  if (!r.skipLayers.blocks.empty()) json["skip_layers"] = toField(r.skipLayers);
  text("cache", r.cache);
  if (r.cacheThreshold) json["cache_threshold"] = *r.cacheThreshold;
  for (const LoraUse& lora : r.loras) {
    json["loras"].push_back({{"file", lora.file}, {"weight", lora.weight}});
    if (!lora.expert.empty()) json["loras"].back()["expert"] = lora.expert;
  }
  if (r.seed) json["seed"] = *r.seed;
  text("noise_file", r.noiseFile);
  text("detail", r.detail);
  text("device", r.device);
  text("dtype", r.dtype);
  if (r.threads > 0) json["threads"] = r.threads;
  if (r.memoryGiB > 0) json["memory_gib"] = r.memoryGiB;
  return json;
}

void requestFromObject(const nlohmann::json& json, GenerationRequest& r) {
  readField(json, "prompt", r.prompt);
  readField(json, "negative_prompt", r.negativePrompt);
  readField(json, "start_image", r.startImage);
  readField(json, "end_image", r.endImage);
  readField(json, "control_video", r.controlVideo);
  readField(json, "control_mask", r.controlMask);
  readField(json, "references", r.references);
  readField(json, "control_scale", r.controlScale);
  readField(json, "edition", r.edition);
  readField(json, "quality", r.quality);
  readField(json, "aspect", r.aspect);
  readField(json, "model", r.model);
  readField(json, "size", r.size);
  readField(json, "frames", r.frames);
  readField(json, "seconds", r.seconds);
  readField(json, "fps", r.fps);
  readField(json, "steps", r.steps);
  readField(json, "guidance", r.guidance);
  readField(json, "guidance_2", r.guidance2);
  readField(json, "shift", r.shift);
  readField(json, "sampler", r.sampler);
  readField(json, "guidance_kind", r.guidanceKind);
  readField(json, r.nag);
  readField(json, r.skipLayers);
  readField(json, "cache", r.cache);
  readField(json, "cache_threshold", r.cacheThreshold);
  if (const auto loras = json.find("loras"); loras != json.end()) {
    for (const auto& entry : *loras)
      r.loras.push_back({entry.at("file").get<std::string>(), entry.value("weight", 1.0), entry.value("expert", "")});
  }
  readField(json, "seed", r.seed);
  readField(json, "noise_file", r.noiseFile);
  readField(json, "detail", r.detail);
  readField(json, "device", r.device);
  readField(json, "dtype", r.dtype);
  readField(json, "threads", r.threads);
  readField(json, "memory_gib", r.memoryGiB);
}

std::string toJson(const GenerationRequest& request) {
  return dumpJson(requestToObject(request));
}

Result<GenerationRequest> requestFromJson(std::string_view json) {
  return parseObject<GenerationRequest>(json, "the recipe", requestFromObject);
}

}  // namespace kinora::core
